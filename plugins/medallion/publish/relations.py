"""The relations behind a published table, as statements. Pure: nothing is executed here.

    silver_cinema.movies                 the public view
      └─ store_silver_cinema.movies      partitioned by list of _version; holds no rows itself
           ├─ …movies__v3                a version: the gated staging table, attached as it is
           └─ …movies__v4
    medallion.current_versions           the one row that says which version the view shows

The view never changes when a version is published: it selects the version that one registry row
names, and PostgreSQL prunes the other partitions when the query starts. So a publication takes no
lock that a reader's transaction, however long, could hold up, and no reader waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from medallion.names import Area, PublishedTable, TableName

VERSION = "_version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as PostgreSQL tells it: `type` is what format_type() says (`numeric(18,2)`)."""

    name: str
    type: str


def identifier(table: TableName) -> sql.Identifier:
    """A table's name, quoted."""
    return sql.Identifier(table.schema, table.table)


def parent_of(table: PublishedTable) -> TableName:
    """The partitioned table that holds the versions."""
    return TableName(table.schema(Area.STORE), table.name)


def create_parent(table: PublishedTable, columns: Sequence[Column]) -> sql.Composed:
    """The partitioned table. It forbids no NULL: its versions do."""
    return sql.SQL("CREATE TABLE {} ({}, {} integer) PARTITION BY LIST ({})").format(
        identifier(parent_of(table)),
        sql.SQL(", ").join(_declaration(column) for column in columns),
        sql.Identifier(VERSION),
        sql.Identifier(VERSION),
    )


def add_column(table: PublishedTable, column: Column) -> sql.Composed:
    """A new column, in every version; NULL in those that never had it."""
    return sql.SQL("ALTER TABLE {} ADD COLUMN {}").format(
        identifier(parent_of(table)), _declaration(column)
    )


def create_view(table: PublishedTable, columns: Sequence[str]) -> sql.Composed:
    """The public view on whichever version is current; new columns come last."""
    return sql.SQL(
        "CREATE OR REPLACE VIEW {view} AS SELECT {columns} FROM {parent} AS t"
        " WHERE t.{version} = (SELECT c.version FROM medallion.current_versions AS c"
        " WHERE c.layer = {layer} AND c.domain = {domain} AND c.table_name = {name})"
    ).format(
        view=identifier(table.public),
        columns=sql.SQL(", ").join(sql.Identifier("t", name) for name in columns),
        parent=identifier(parent_of(table)),
        version=sql.Identifier(VERSION),
        layer=sql.Literal(str(table.layer)),
        domain=sql.Literal(table.domain),
        name=sql.Literal(table.name),
    )


def grant_select(table: PublishedTable, role: str) -> sql.Composed:
    """Let a role read the view, and nothing behind it."""
    return sql.SQL("GRANT USAGE ON SCHEMA {} TO {}; GRANT SELECT ON {} TO {}").format(
        sql.Identifier(table.schema()),
        sql.Identifier(role),
        identifier(table.public),
        sql.Identifier(role),
    )


def _declaration(column: Column) -> sql.Composed:
    # The type is PostgreSQL's own spelling of a type that it has (format_type), not a person's.
    return sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type))
