"""Wide records as long ones: a column for each year becomes a record for each year.

A landing stays as wide as its files. Whoever reads it for silver reads the long records: the
columns that are left, the `name` of one that was matched, and its `value`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from medallion.errors import DataRejected
from medallion.model import SpecModel
from medallion.records import RecordLayout

_SHOWN = 10


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class UnpivotSpec(SpecModel):
    """Which columns become records, and what their names and their values are called."""

    columns: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=1000)], ...],
        Field(strict=False, min_length=1, max_length=1000),
        BeforeValidator(_as_list),
        WithJsonSchema(
            {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
        ),
    ]
    r"""The columns, by their names in the header, or a regular expression between slashes that
    matches some part of them: `"/^\\d{4}$/"` is each year, also one that comes later."""
    name: str = Field(min_length=1)
    """What `from` calls the name of such a column: `year`."""
    value: str = Field(min_length=1)
    """What `from` calls the value in it: `amount`."""

    @property
    def pattern(self) -> str:
        """The regular expression; empty where the columns are listed."""
        return pattern_in(self.columns[0]) if len(self.columns) == 1 else ""


def pattern_in(text: str) -> str:
    """What is between slashes; empty for a name.

    >>> pattern_in("/^20/"), pattern_in("2026")
    ('^20', '')
    """
    between = len(text) > 2 and text.startswith("/") and text.endswith("/")
    return text[1:-1] if between else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpivoted:
    """How the wide records of one layout are read as long ones."""

    layout: RecordLayout
    """Of the long records: the columns that are left, the name, the value."""
    kept: tuple[int, ...]
    """The places of the wide record's columns that are left, from 0."""
    spread: tuple[tuple[int, str], ...]
    """The places of those that become records, each with its name."""

    @property
    def times(self) -> int:
        """How many long records a wide one becomes."""
        return len(self.spread)


def unpivot_layout(layout: RecordLayout, said: UnpivotSpec) -> Unpivoted:
    """How the records of a layout are unpivoted.

    Raises:
        DataRejected: no column matches, a listed one is missing, a column has the name of one that
            is made, or the matched ones hold values of several types.
    """
    names = _match(layout.columns, said)
    spread = tuple((at, name) for at, name in enumerate(layout.columns) if name in names)
    kept = tuple(at for at, name in enumerate(layout.columns) if name not in names)
    left = [layout.columns[at] for at in kept]
    for made, key in ((said.name, "name"), (said.value, "value")):
        if made in left:
            raise DataRejected(
                f"the header has a column {made!r}, and so does `unpivot` ({key})",
                remedy=f"call it otherwise in `unpivot: {{{key}: …}}`",
            )
    types: tuple[str, ...] = ()
    if layout.types:
        types = (*(layout.types[at] for at in kept), "VARCHAR", _one_type(layout, spread))
    return Unpivoted(
        layout=replace(layout, columns=(*left, said.name, said.value), types=types),
        kept=kept,
        spread=spread,
    )


def _match(columns: Sequence[str], said: UnpivotSpec) -> frozenset[str]:
    header = ", ".join(map(repr, columns[:_SHOWN])) + (" …" if len(columns) > _SHOWN else "")
    if said.pattern:
        import pyarrow as pa
        import pyarrow.compute as pc

        found = pc.match_substring_regex(pa.array(columns, pa.string()), said.pattern)
        names = frozenset(name for name, hit in zip(columns, found.to_pylist(), strict=True) if hit)
        if not names:
            raise DataRejected(
                f"no column matches {said.columns[0]}, so there is nothing to unpivot; the header "
                f"is {header}",
                remedy="fix `unpivot: {columns: …}`, or the file",
            )
        return names
    if missing := [name for name in said.columns if name not in columns]:
        raise DataRejected(
            f"there is no column {', '.join(map(repr, missing[:_SHOWN]))} to unpivot; the header "
            f"is {header}",
            remedy="fix `unpivot: {columns: …}`, or the file",
        )
    return frozenset(said.columns)


def _one_type(layout: RecordLayout, spread: Sequence[tuple[int, str]]) -> str:
    types = {layout.types[at]: name for at, name in spread}
    if len(types) > 1:
        (one, first), (other, second) = list(types.items())[:2]
        raise DataRejected(
            f"the columns to unpivot hold several types: {first!r} is {one}, {second!r} {other}",
            remedy="list columns of one type in `unpivot: {columns: […]}`",
        )
    return next(iter(types))
