"""The formats of tables in a lake, and which of PostgreSQL's types each holds.

A type that a format lacks is refused before anything is written: a cast that nobody asked for is
found by a reader, much later. What each one holds was written and read back (docs/lake.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from medallion.prose import tally

MAX_DIGITS = 38
"""Of a decimal, in Delta as in Iceberg."""

_EVERYWHERE = frozenset(
    (
        "bool", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "bpchar",
        "bytea", "date", "timestamp", "timestamptz",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnKind:
    """A column as PostgreSQL has it.

    Attributes:
        kind: the type's name in PostgreSQL's catalogue, of an array that of its elements: `int4`.
        spelled: the type as people know it: `numeric(18,2)[]`.
        digits: of a numeric; None: its type does not say how many it has.
    """

    name: str
    kind: str
    spelled: str
    is_array: bool = False
    digits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeFormat:
    """A format of tables in a lake.

    Attributes:
        name: its word in specs.
        title: what people call it.
        holds: PostgreSQL's names of the types that it has, each without loss; arrays of them too.
        forbidden: the signs that no name of a column has.
        reserved: names that its readers have for columns of their own.
        instead: the type to take for one that it lacks, by PostgreSQL's name.
        is_listed: whether its tables have a name in the lake's catalogue.
    """

    name: str
    title: str
    holds: frozenset[str]
    forbidden: str = ""
    reserved: frozenset[str] = frozenset()
    instead: Mapping[str, str] = field(default_factory=dict)
    is_listed: bool = False

    def why_not(self, column: ColumnKind) -> str:
        """Why it does not hold a column, in a few words; empty: it does.

        >>> DELTA.why_not(ColumnKind(name="at", kind="time", spelled="time without time zone"))
        'Delta has no type for time without time zone'
        >>> DELTA.why_not(ColumnKind(name="n", kind="numeric", spelled="numeric(18,2)", digits=18))
        ''
        >>> ICEBERG.why_not(ColumnKind(name="few", kind="int2", spelled="smallint"))
        'Iceberg has no type for smallint; it has integer'
        """
        if why := self._judge_name(column.name):
            return why
        if column.kind not in self.holds:
            instead = self.instead.get(column.kind)
            more = f"; it has {instead}" if instead else ""
            return f"{self.title} has no type for {column.spelled}{more}"
        if column.kind != "numeric":
            return ""
        if column.digits is None:
            return f"{column.spelled} does not say how many digits it has, and {self.title} asks"
        if column.digits > MAX_DIGITS:
            return f"{column.spelled} has more than {self.title}'s {tally(MAX_DIGITS, 'digit')}"
        return ""

    def _judge_name(self, name: str) -> str:
        if signs := sorted(set(name) & set(self.forbidden)):
            return f"{self.title} takes no {signs[0]!r} in the name of a column"
        if name.lower() in self.reserved:
            return f"readers of {self.title} have a column of this name of their own"
        return ""

    def find_problems(self, columns: Iterable[ColumnKind]) -> list[str]:
        """What it does not hold of a table, a line each: `price: …`. Names that differ in their
        case only are one name to most readers of a lake."""
        found, seen = [], dict[str, str]()
        for column in columns:
            if why := self.why_not(column):
                found.append(f"{column.name}: {why}")
            other = seen.setdefault(column.name.lower(), column.name)
            if other != column.name:
                found.append(f"{column.name}: readers of {self.title} take it for {other}")
        return found


DELTA = LakeFormat(
    name="delta", title="Delta", holds=_EVERYWHERE | {"int2"}, forbidden=" ,;{}()\n\t="
)

ICEBERG = LakeFormat(
    name="iceberg",
    title="Iceberg",
    holds=_EVERYWHERE,
    forbidden=".",
    reserved=frozenset(("_file", "_pos", "_deleted", "_spec_id", "_partition")),
    instead=MappingProxyType({"int2": "integer"}),
    is_listed=True,
)

LAKE_FORMATS: Mapping[str, LakeFormat] = MappingProxyType(
    {one.name: one for one in (DELTA, ICEBERG)}
)
"""By their words in specs."""
