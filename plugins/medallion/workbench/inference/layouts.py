"""The ways in which files of one pattern are laid out, each with names that its headers have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_OF_PLACE = ("skip_rows", "header_row", "comment", "trailing_delimiter", "skip_footer")
"""Keys that are the same in all files of a layout; others may be needed for some of them only."""
_ENOUGH = 3
"""Names that no other layout has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLook:
    """What a first look at a file shows: the names in its header, and the keys of a source that say
    where its table is."""

    header: tuple[str, ...]
    shape: Mapping[str, Any]


def find_shared_shape(looks: Sequence[FileLook]) -> dict[str, Any] | None:
    """The keys that say where the table is in all of the files; None where they differ.

    >>> looks = [FileLook(header=("a",), shape=shape) for shape in ({}, {"footer": "^T"})]
    >>> find_shared_shape(looks)
    {'footer': '^T'}
    """
    if len({_place(look) for look in looks}) > 1:
        return None
    return {key: value for look in looks for key, value in look.shape.items()}


def list_layouts(looks: Sequence[FileLook]) -> list[dict[str, Any]]:
    """`layouts` of a source; one with more names than another's comes before it.

    >>> old = FileLook(header=("Ref", "Montant"), shape={})
    >>> new = FileLook(header=("Ref", "Amount"), shape={"skip_rows": 2})
    >>> list_layouts([old, new, old])
    [{'header_has': ['Montant']}, {'header_has': ['Amount'], 'skip_rows': 2}]
    """
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    for look in looks:
        groups.setdefault((look.header, _place(look)), {}).update(look.shape)
    headers = list(dict.fromkeys(header for header, _ in groups))
    found = [
        ({"header_has": list(_names(header, headers)), **shape}, len(header))
        for (header, _), shape in groups.items()
    ]
    found.sort(key=lambda pair: -pair[1])
    return [layout for layout, _ in found]


def _place(look: FileLook) -> tuple[str, ...]:
    return tuple(repr(look.shape.get(key)) for key in _OF_PLACE)


def _names(header: tuple[str, ...], headers: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Names that only this header has, else all that it has."""
    others = {name for one in headers if one != header for name in one}
    own = [name for name in header if name not in others]
    yield from own[:_ENOUGH] if own else header if others else header[:_ENOUGH]
