"""What a database's own catalogue says of a table: types as declared, its key, comments.

Asked in the way in which rows are read, so that whoever may read a table learns no more of it.
PostgreSQL, MySQL and MariaDB, and SQLite; of other databases only the rows themselves are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medallion.sources.database.query import Statement, names_of, quote_name

if TYPE_CHECKING:
    from medallion.sources.database.rows import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueColumn:
    """A column as its database declares it; `key_place`: its place in the primary key, from 1."""

    name: str
    declared: str
    nullable: bool
    comment: str = ""
    key_place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueTable:
    """A table or view; `estimate`: about how many rows it has, None where the database does not
    say."""

    columns: tuple[CatalogueColumn, ...]
    comment: str = ""
    estimate: int | None = None

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of its primary key, in the key's order; empty where it has none."""
        key = [column for column in self.columns if column.key_place]
        return tuple(one.name for one in sorted(key, key=lambda one: one.key_place))


_POSTGRES = """
SELECT a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS declared,
    NOT a.attnotnull AS nullable, pg_catalog.col_description(a.attrelid, a.attnum) AS comment,
    coalesce(k.place, 0) AS key_place, CAST(c.reltuples AS bigint) AS estimate,
    pg_catalog.obj_description(c.oid, 'pg_class') AS table_comment
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
LEFT JOIN (
    SELECT i.indrelid, u.attnum, u.place
    FROM pg_catalog.pg_index AS i, unnest(i.indkey) WITH ORDINALITY AS u(attnum, place)
    WHERE i.indisprimary
) AS k ON k.indrelid = a.attrelid AND k.attnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = pg_catalog.to_regclass("""
_POSTGRES_END = """)
ORDER BY a.attnum
"""
_MYSQL = """
SELECT c.COLUMN_NAME AS name, c.COLUMN_TYPE AS declared, c.IS_NULLABLE = 'YES' AS nullable,
    c.COLUMN_COMMENT AS comment, coalesce(k.ORDINAL_POSITION, 0) AS key_place,
    t.TABLE_ROWS AS estimate, t.TABLE_COMMENT AS table_comment
FROM information_schema.COLUMNS AS c
JOIN information_schema.TABLES AS t
    ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
LEFT JOIN information_schema.KEY_COLUMN_USAGE AS k
    ON k.TABLE_SCHEMA = c.TABLE_SCHEMA AND k.TABLE_NAME = c.TABLE_NAME
    AND k.COLUMN_NAME = c.COLUMN_NAME AND k.CONSTRAINT_NAME = 'PRIMARY'
WHERE c.TABLE_SCHEMA = """
_MYSQL_TABLE = " AND c.TABLE_NAME = "
_MYSQL_END = "\nORDER BY c.ORDINAL_POSITION\n"
_SQLITE = """
SELECT name, type AS declared, "notnull" = 0 AND pk = 0 AS nullable, NULL AS comment,
    pk AS key_place, NULL AS estimate, NULL AS table_comment
FROM pragma_table_info("""
_SQLITE_END = ")\nORDER BY cid\n"


def statement_of_catalogue(table: str, dialect: str) -> Statement | None:
    """What is asked about a table; None in a dialect whose catalogue is not known here.

    Args:
        table: as `table` of a source has it.
        dialect: of the connection, in sqlglot's name.
    """
    names = names_of(table)
    parts: tuple[str, ...]
    if dialect == "postgres":
        quoted = ".".join(quote_name(name, dialect) for name in names)
        parts = (_POSTGRES, _literal(quoted, dialect), _POSTGRES_END)
    elif dialect == "mysql":
        schema = _literal(names[-2], dialect) if len(names) > 1 else "DATABASE()"
        parts = (_MYSQL, schema, _MYSQL_TABLE, _literal(names[-1], dialect), _MYSQL_END)
    elif dialect == "sqlite":
        parts = (_SQLITE, _literal(names[-1], dialect), _SQLITE_END)
    else:
        return None
    return Statement(main=("".join(parts),), dialect=dialect, values={})


def table_of(rows: Rows) -> CatalogueTable | None:
    """The table that the answer describes; None where there is none of that name."""
    found = list(_records(rows))
    if not found:
        return None
    estimate = found[0]["estimate"]
    return CatalogueTable(
        columns=tuple(
            CatalogueColumn(
                name=str(one["name"]),
                declared=str(one["declared"] or ""),
                nullable=bool(int(one["nullable"])),
                comment=_text(one["comment"]),
                key_place=int(one["key_place"]),
            )
            for one in found
        ),
        comment=_text(found[0]["table_comment"]),
        estimate=int(estimate) if estimate is not None and int(estimate) >= 0 else None,
    )


def _records(rows: Rows) -> Iterable[Mapping[str, Any]]:
    for batch in rows.batches:
        yield from batch.to_pylist()


def _literal(text: str, dialect: str) -> str:
    from sqlglot import exp

    return exp.Literal.string(text).sql(dialect=dialect)


def _text(value: object) -> str:
    """A comment on one line."""
    return " ".join(str(value).split()) if value else ""
