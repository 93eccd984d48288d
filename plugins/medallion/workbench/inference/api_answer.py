"""What an answer of an API is made of: the list of its records, and what is around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DEEPEST = 3
"""Names of a path to the list of records."""
USUAL_LISTS = ("data", "results", "items", "records", "rows", "values", "value", "content", "hits",
               "entries", "list", "features", "elements", "docs")  # fmt: skip
"""What APIs usually call the field that has the records."""
Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Where an answer has its records.

    Attributes:
        path: of the list; empty where the answer is the list, or `single` and one record itself.
        records: of this answer.
        others: paths of other lists that could be meant.
    """

    path: str
    records: Sequence[Any]
    single: bool = False
    others: tuple[str, ...] = ()


def find_listing(document: Any) -> Listing | None:
    """The list of records of an answer, the longest one of objects; None where there is none.

    >>> find_listing({"total": 2, "data": {"items": [{"id": 1}, {"id": 2}]}}).path
    'data.items'
    >>> find_listing({"base": "EUR", "rates": {"USD": 1.1}}).single
    True
    """
    if isinstance(document, list):
        return Listing(path="", records=document)
    if not isinstance(document, Mapping):
        return None
    found = sorted(_lists(document, "", 1), key=_rank)
    if not found:
        return Listing(path="", records=[document], single=True) if document else None
    (path, records), *others = found
    return Listing(path=path, records=records, others=tuple(path for path, _ in others))


def around(document: Any, listing: Listing) -> dict[str, Scalar]:
    """What an answer says beside its records, by dotted paths.

    >>> found = {"meta": {"next": None}, "rows": [{"id": 1}]}
    >>> around(found, find_listing(found))
    {'meta.next': None}
    """
    if listing.single or not isinstance(document, Mapping):
        return {}
    return dict(_scalars(document, "", 1))


def _lists(document: Mapping[str, Any], before: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    for key, value in document.items():
        path = f"{before}{key}"
        if "." in key:
            continue
        if isinstance(value, list) and all(isinstance(one, Mapping) for one in value):
            if value or key in USUAL_LISTS:
                yield path, value
        elif isinstance(value, Mapping) and depth < DEEPEST:
            yield from _lists(value, f"{path}.", depth + 1)


def _rank(found: tuple[str, list[Any]]) -> tuple[int, int, bool]:
    path, records = found
    return -len(records), path.count("."), path.rpartition(".")[2] not in USUAL_LISTS


def _scalars(document: Mapping[str, Any], before: str, depth: int) -> Iterator[tuple[str, Scalar]]:
    for key, value in document.items():
        if isinstance(value, Mapping) and depth < DEEPEST:
            yield from _scalars(value, f"{before}{key}.", depth + 1)
        elif value is None or isinstance(value, str | int | float | bool):
            yield f"{before}{key}", value
