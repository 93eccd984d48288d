"""Rows that fail a check: moved from the staging table to the run's rejects with their reasons, and
back."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

from medallion.names import PROVENANCE_COLUMNS, Layer, PublishedTable
from medallion.publish.relations import identifier
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements

SQL = "tables/failing_rows.sql"
STAGE = "gate"
_PROVENANCE_TYPES = ("bigint", "integer", "bigint")


def put_back(connection: psycopg.Connection, table: PublishedTable, run_key: str) -> None:
    """Undo what an earlier try of this gate moved, so that every try ends the same."""
    rejects = table.rejects(run_key)
    if not columns_of(connection, rejects):
        return
    restored = sql.SQL(", ").join(
        sql.SQL("{}, {}").format(sql.Literal(name), sql.Identifier(name))
        for name in (PROVENANCE_COLUMNS if table.layer is Layer.SILVER else ())
    )
    named, words = statements(SQL), _words(table, run_key)
    connection.execute(named["put_back"].format(**words, restored=restored))
    connection.execute(named["forget_moved"].format(**words))


def move(
    connection: psycopg.Connection,
    table: PublishedTable,
    run_key: str,
    conditions: Mapping[str, str],
) -> int:
    """Move the rows for which any condition is true; returns how many. The reasons are the check
    ids.

    Args:
        connection: of the domain's role, because the conditions come from a spec.
        table: names the staging table and the rejects.
        run_key: the run's.
        conditions: by check id, SQL that is true of the rows `t` that fail.
    """
    parts = {check_id: sql.SQL(text) for check_id, text in conditions.items()}
    return connection.execute(
        statements(SQL)["move"].format(
            **_words(table, run_key),
            any_of_them=sql.SQL(" OR ").join(sql.SQL("({})").format(c) for c in parts.values()),
            reasons=sql.SQL(", ").join(
                sql.SQL("CASE WHEN {} THEN {} END").format(condition, sql.Literal(check_id))
                for check_id, condition in parts.items()
            ),
            hidden=sql.Literal(list(PROVENANCE_COLUMNS)),
            provenance=_return_provenance(table),
            names=sql.SQL(", ").join(sql.Identifier(name) for name in PROVENANCE_COLUMNS),
        )
    ).rowcount


def count_moved_by_check(
    connection: psycopg.Connection, table: PublishedTable, run_key: str
) -> dict[str, int]:
    """The rows moved for each check id; a row that fails two checks counts twice."""
    query = statements(SQL)["count_by_reason"].format(**_words(table, run_key))
    return dict(connection.execute(query).fetchall())


def _words(table: PublishedTable, run_key: str) -> dict[str, sql.Composable]:
    return {
        "staging": identifier(table.staging(run_key)),
        "rejects": identifier(table.rejects(run_key)),
        "stage": sql.Literal(STAGE),
    }


def _return_provenance(table: PublishedTable) -> sql.Composed:
    """The provenance of a row. Gold has none: NULL."""
    return sql.SQL(", ").join(
        sql.SQL("t.{}").format(sql.Identifier(name))
        if table.layer is Layer.SILVER
        else sql.SQL("NULL::{} AS {}").format(sql.SQL(kind), sql.Identifier(name))
        for name, kind in zip(PROVENANCE_COLUMNS, _PROVENANCE_TYPES, strict=True)
    )
