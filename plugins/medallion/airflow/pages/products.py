"""The pages of data products."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from medallion.airflow.pages.access import Viewer, ViewerDep, no_such
from medallion.airflow.pages.desk import read_declared, reading
from medallion.airflow.pages.rendering import page
from medallion.catalogue.products import ProductPage, list_products, read_product

router = APIRouter(prefix="/products")


@router.get("")
def show_products(request: Request, viewer: ViewerDep) -> HTMLResponse:
    """What the domains offer that the person may see."""
    found = list_products(read_declared(), viewer.domains)
    return page(request, "products.html", viewer=viewer, products=found)


@router.get("/{product_id}")
def show_product(request: Request, viewer: ViewerDep, product_id: str) -> HTMLResponse:
    """One product: its purpose, its tables, its promises, its terms, who builds on it."""
    return page(request, "product.html", viewer=viewer, product=open_product(viewer, product_id))


def open_product(viewer: Viewer, product_id: str) -> ProductPage:
    """A product with the state of its tables.

    Raises:
        HTTPException: 404; of a domain that the person may not see, the same.
    """
    with reading(f"reading the product {product_id}") as session:
        found = read_product(session, read_declared(), viewer.domains, product_id)
    if found is None:
        raise no_such("product", product_id)
    return found
