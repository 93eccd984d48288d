"""Paths of an API: their values, and names made of them."""

from __future__ import annotations

import re

from medallion.workbench.imports.base.sketch import short_name


def path_names(path: str) -> list[str]:
    """The names in braces, in their order: `/shops/{shop}/orders/{id}` gives shop and id."""
    return re.findall(r"\{([^{}]+)\}", path)


def parent_path(path: str) -> str:
    """The list whose record a path names."""
    return path.partition("/{")[0]


def write_path(path: str) -> str:
    """As a spec has it.

    >>> write_path("/orders/{orderId}/items")
    'orders/{order_id}/items'
    """
    return re.sub(r"\{([^{}]+)\}", lambda name: f"{{{in_small_letters(name[1])}}}", path).lstrip(
        "/"
    )


def in_small_letters(name: str) -> str:
    """`orderId` as order_id."""
    return short_name(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name))


def segments(path: str) -> list[str]:
    """Its words, without values and versions."""
    words = (one for one in path.split("/") if one and "{" not in one)
    return [one for one in words if not re.fullmatch(r"v\d+(?:\.\d+)?|api|rest", one)]


def dataset_name(path: str) -> str:
    """What a list is called, with its parent's name where it has one.

    >>> dataset_name("/v2/orders/{orderId}/items"), dataset_name("/v2/orders")
    ('orders_items', 'orders')
    """
    words = segments(path)
    return "_".join(words[-2:] if "{" in path else words[-1:]) or "records"
