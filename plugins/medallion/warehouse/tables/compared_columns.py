"""Which columns of two sides of a table are compared, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from medallion.publish.relations import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A column that both sides have. `type`: what both are cast to; empty: it is compared as it
    is."""

    name: str
    type: str = ""
    is_hidden: bool = False
    """It is compared, and its values are not shown."""

    @property
    def value(self) -> sql.Composable:
        """What is compared, of a row `t` of either side."""
        name = sql.Identifier("t", self.name)
        return sql.SQL("{}::{}").format(name, sql.SQL(self.type)) if self.type else name


def match_columns(
    before: Sequence[Column], after: Sequence[Column], hidden: frozenset[str]
) -> tuple[Compared, ...]:
    """The columns that both sides have, in the later side's order, without Medallion's own.

    One whose type is another is compared as a type that holds both: numbers as numbers, dates and
    times as moments in UTC, and all else as text.

    >>> old = [Column(name="id", type="integer"), Column(name="at", type="date")]
    >>> new = [Column(name="at", type="timestamp without time zone"), Column(name="x", type="text")]
    >>> [(one.name, one.type) for one in match_columns(old, new, frozenset())]
    [('at', 'timestamp with time zone')]
    """
    types = {column.name: column.type for column in before}
    return tuple(
        Compared(
            name=column.name,
            type=common_type(types[column.name], column.type),
            is_hidden=column.name in hidden,
        )
        for column in after
        if column.name in types and not column.name.startswith("_")
    )


def common_type(before: str, after: str) -> str:
    """What values of two types are compared as; empty: as they are.

    >>> common_type("numeric(10,2)", "double precision"), common_type("text", "text")
    ('numeric', '')
    >>> common_type("json", "json"), common_type("integer", "text")
    ('text', 'text')
    """
    bare = [kind.split("(")[0].strip() for kind in (before, after)]
    if before == after:
        return "text" if bare[0].removesuffix("[]") in _WITHOUT_EQUALITY else ""
    for family, common in _FAMILIES:
        if all(kind in family for kind in (_strip_arguments(before), _strip_arguments(after))):
            return common
    return "text"


def _strip_arguments(kind: str) -> str:
    """A type without its arguments: `numeric(10,2)` is `numeric`.

    >>> _strip_arguments("timestamp(3) without time zone"), _strip_arguments("numeric(10,2)")
    ('timestamp without time zone', 'numeric')
    """
    head, _, rest = kind.partition("(")
    return f"{head}{rest.partition(')')[2]}"


_WITHOUT_EQUALITY = (
    "json", "jsonpath", "xml", "point", "polygon", "box", "circle", "line", "lseg", "path",
)  # fmt: skip
"""Types of PostgreSQL that have no `=`, or one that compares something else than the values."""

_FAMILIES = (
    (("smallint", "integer", "bigint", "numeric", "real", "double precision"), "numeric"),
    (
        ("date", "timestamp without time zone", "timestamp with time zone"),
        "timestamp with time zone",
    ),
)
