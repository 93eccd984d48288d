"""Documents of products in a folder: read, brought up to date, and compared."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medallion.errors import SetupError
from medallion.workbench.contracts.changes import next_version
from medallion.workbench.contracts.kept import KeptDocument
from medallion.workbench.imports.base.document import read_document
from medallion.workbench.products.changes import compare_products
from medallion.workbench.products.document import (
    ENDING,
    FIRST_VERSION,
    LANGUAGE,
    ProductFacts,
    render_product,
    write_product,
)


def file_of(product_id: str) -> str:
    """The name of a product's file: `cinema.brands.odps.yaml`."""
    return f"{product_id}{ENDING}"


def read_product(path: Path) -> Mapping[str, Any]:
    """A document from a file.

    Raises:
        SetupError: the file cannot be read, or holds something else.
    """
    data = read_document(path).data
    if not isinstance(data.get("product"), Mapping) or not str(data.get("version")).startswith("4"):
        raise SetupError(
            f"{path.name} is not a document of the Open Data Product Specification 4",
            remedy="it has `version: '4.1'` and `product`; delete it to begin again",
        )
    return data


def update_product(facts: ProductFacts, path: Path | None) -> KeptDocument:
    """The document in the version that follows from what has changed since its file.

    Raises:
        SetupError: the file is there and cannot be read.
    """
    made = write_product(facts)
    if path is None or not path.exists():
        return KeptDocument(
            name=facts.id, document=made, version=FIRST_VERSION, text=render_product(made),
            is_new=True,
        )  # fmt: skip
    before = read_product(path)
    changes = compare_products(before, made)
    version = next_version(_version_of(before), changes) or FIRST_VERSION
    made = write_product(facts, version=version)
    return KeptDocument(
        name=facts.id, document=made, version=version, text=render_product(made), changes=changes
    ).beside(path)


def _version_of(document: Mapping[str, Any]) -> str:
    said: object = document.get("product")
    for key in ("details", LANGUAGE, "productVersion"):
        said = said.get(key) if isinstance(said, Mapping) else None
    return str(said or "")
