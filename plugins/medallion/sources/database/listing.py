"""The tables of a schema, and how they compare with those that a spec lists."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from medallion.errors import SetupError
from medallion.model import SpecModel
from medallion.sources.base.table_states import EXCLUDED, GONE, NEW, READ

if TYPE_CHECKING:
    import pyarrow as pa

    from medallion.sources.base.source import ExtractRequest
    from medallion.sources.database.query import Statement
    from medallion.sources.database.rows import Rows

Patterns = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=200)], ...],
    Field(strict=False, max_length=200),
]

_SHOWN = 20
"""How many tables a line of the log names."""


class TablesSpec(SpecModel):
    """The tables and views of a schema, one record for each: its name, its kind, its state."""

    schema_name: str = Field(default="", alias="schema", max_length=200)
    """The schema, exactly as the database has it; that of the connection by default."""
    include: Patterns = ("*",)
    """Which tables are wanted, by their names: `[order*, customer?]`."""
    exclude: Patterns = ()
    """Which of them are not: `["*_bak", tmp_*]`."""
    views: bool = False
    """Whether views are wanted too."""
    known: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """The tables that are read already."""

    def wants(self, table: SourceTable) -> bool:
        """Whether the patterns ask for a table. Letters are compared as they are."""
        if table.is_view and not self.views:
            return False
        name = table.name
        wanted = any(fnmatchcase(name, pattern) for pattern in self.include)
        return wanted and not any(fnmatchcase(name, pattern) for pattern in self.exclude)


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table or a view that the connection's login may read."""

    name: str
    is_view: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTable:
    """A record of the listing; `kind` is None of a table that has gone."""

    table_name: str
    kind: str | None
    state: str


def compare(found: Iterable[SourceTable], asked: TablesSpec) -> list[ListedTable]:
    """Each table that the database has or the spec names, once, by name.

    >>> asked = TablesSpec(exclude=("tmp_*",), known=("a", "gone"))
    >>> found = compare(map(SourceTable, ("a", "b", "tmp_c")), asked)
    >>> [(one.table_name, one.state) for one in found]
    [('a', 'read'), ('b', 'new'), ('gone', 'gone'), ('tmp_c', 'excluded')]
    """
    there = {table.name: table for table in found}
    known = set(asked.known)
    listed = [
        ListedTable(
            table_name=name,
            kind="view" if table.is_view else "table",
            state=READ if name in known else NEW if asked.wants(table) else EXCLUDED,
        )
        for name, table in there.items()
    ]
    gone = known.difference(there)
    listed += [ListedTable(table_name=name, kind=None, state=GONE) for name in gone]
    return sorted(listed, key=lambda one: one.table_name)


def statement_of_tables(schema: str, dialect: str) -> Statement:
    """What is asked for the tables and views of a schema (empty: the connection's own): their names
    and whether they are views. Only those that the login may read.

    Raises:
        SetupError: it is not known how a database of this dialect lists its tables.
    """
    from medallion.sources.database.query import Statement, quote_text

    if dialect not in _STATEMENTS:
        raise SetupError(
            "it is not known here how this kind of database lists its tables",
            remedy="set `listing: null` in `for_each_table`, and keep the list by hand",
        )
    before, current, after = _STATEMENTS[dialect]
    wanted = quote_text(schema, dialect) if schema else current
    return Statement(main=(f"{before}{wanted}{after}",), dialect=dialect, values={})


def read_tables(rows: Rows) -> list[SourceTable]:
    """The tables that the answer names."""
    found = [list(one.values()) for batch in rows.batches for one in batch.to_pylist()]
    return [SourceTable(str(name), bool(int(is_view))) for name, is_view in found]


def batch_of(listed: Iterable[ListedTable]) -> pa.RecordBatch:
    """The records that are landed: three columns of texts."""
    import pyarrow as pa

    names = ("table_name", "kind", "state")
    schema = pa.schema([(name, pa.string()) for name in names])
    rows = list(listed)
    return pa.RecordBatch.from_arrays(
        [pa.array([getattr(one, name) for one in rows], pa.string()) for name in names],
        schema=schema,
    )


def say_changes(listed: Iterable[ListedTable], request: ExtractRequest) -> None:
    """Name in the task's log what is new and what has gone. Whether a new one is worth a warning
    says the gate: it may be meant (`new_tables: discard`)."""
    by_state: dict[str, list[str]] = {}
    for one in listed:
        by_state.setdefault(one.state, []).append(one.table_name)
    domain, _, pipeline = request.run.dag_id.partition(".")
    remedy = f"`python -m medallion.cli new {domain}/{pipeline} --update` proposes its lines"
    for state, what, level in (
        (NEW, "not in the spec", logging.INFO),
        (GONE, "in the spec, and not in the database", logging.WARNING),
    ):
        names = by_state.get(state, [])
        if names:
            shown = ", ".join(names[:_SHOWN])
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            request.log.log(level, "%d %s: %s%s. %s", len(names), what, shown, more, remedy)


_INFORMATION = """
SELECT TABLE_NAME AS name, CASE WHEN TABLE_TYPE LIKE '%VIEW' THEN 1 ELSE 0 END AS is_view
FROM {}TABLES
WHERE TABLE_TYPE <> 'SEQUENCE' AND TABLE_SCHEMA = """


def _information(current: str, where: str = "INFORMATION_SCHEMA.") -> tuple[str, str, str]:
    return _INFORMATION.format(where), current, "\nORDER BY TABLE_NAME\n"


_STATEMENTS: dict[str, tuple[str, str, str]] = {
    "postgres": (
        """
SELECT c.relname AS name, CASE WHEN c.relkind IN ('v', 'm') THEN 1 ELSE 0 END AS is_view
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition
    AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
    AND n.nspname = """,
        "pg_catalog.current_schema()",
        "\nORDER BY c.relname\n",
    ),
    "mysql": _information("DATABASE()", "information_schema."),
    "sqlite": (
        """
SELECT name, CASE WHEN type = 'view' THEN 1 ELSE 0 END AS is_view
FROM pragma_table_list
WHERE type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    AND schema = """,
        "'main'",
        "\nORDER BY name\n",
    ),
    "tsql": _information("SCHEMA_NAME()"),
    "redshift": _information("current_schema()"),
    "snowflake": _information("CURRENT_SCHEMA()"),
    "trino": _information("current_schema"),
    "oracle": (
        """
SELECT OBJECT_NAME AS "name", CASE WHEN OBJECT_TYPE = 'VIEW' THEN 1 ELSE 0 END AS "is_view"
FROM ALL_OBJECTS
WHERE OBJECT_TYPE IN ('TABLE', 'VIEW') AND OWNER = """,
        "SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')",
        "\nORDER BY OBJECT_NAME\n",
    ),
    "db2": (
        """
SELECT TABNAME AS "name", CASE WHEN TYPE = 'V' THEN 1 ELSE 0 END AS "is_view"
FROM SYSCAT.TABLES
WHERE TYPE IN ('T', 'S', 'V', 'N') AND TABSCHEMA = """,
        "CURRENT_SCHEMA",
        "\nORDER BY TABNAME\n",
    ),
}
"""By dialect: what comes before the schema's name, the connection's own one, and what follows."""
