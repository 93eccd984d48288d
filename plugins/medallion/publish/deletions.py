"""`missing_keys`: what a whole extract no longer has is deleted, by a mark or for good.

An extract speaks of the moment at its interval's end. It says nothing of rows that a later one has
brought, and a row that is backfilled is already gone where a later extract did not have it: so the
days may come in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from psycopg import sql

from medallion.names import DATA_INTERVAL_END, DELETED_AT
from medallion.publish.declaration import MissingKeys
from medallion.publish.disposition import Beside
from medallion.publish.relations import identifier, names, select_rows


def soft_delete(beside: Beside) -> sql.Composed:
    """Mark the rows that the extract lacks, with the end of the first interval that lacked them."""
    return sql.SQL(
        "UPDATE {target} AS t SET {mark} = {end} WHERE {missing}"
        " AND (t.{mark} IS NULL OR t.{mark} > {end})"
    ).format(
        target=identifier(beside.table.version(beside.version)),
        mark=sql.Identifier(DELETED_AT),
        end=_moment(beside.order.interval_end),
        missing=_missing(beside),
    )


def hard_delete(beside: Beside) -> sql.Composed:
    """Delete the rows that the extract lacks. Rows of later intervals are not touched."""
    return sql.SQL("DELETE FROM {} AS t WHERE {}").format(
        identifier(beside.table.version(beside.version)), _missing(beside)
    )


def mark_gone_later(beside: Beside, later: datetime) -> sql.Composed:
    """Mark the rows last seen in this interval as deleted at `later`, the next whole extract. For
    an interval that is backfilled before one that is already published."""
    return sql.SQL("UPDATE {} SET {} = {} WHERE {} = {}").format(
        identifier(beside.table.version(beside.version)),
        sql.Identifier(DELETED_AT),
        _moment(later),
        sql.Identifier(DATA_INTERVAL_END),
        _moment(beside.order.interval_end),
    )


def count_missing(beside: Beside, *, marked: bool) -> sql.Composed:
    """(rows that readers see, rows that would go). Rows newer than the extract count in neither.

    Args:
        marked: deleted rows are only marked, and those already marked are not counted.
    """
    unmarked = sql.SQL("t.{} IS NULL").format(sql.Identifier(DELETED_AT))
    return sql.SQL(
        "SELECT count(*), count(*) FILTER (WHERE {missing}) FROM {target} AS t WHERE {alive}"
    ).format(
        missing=_missing(beside),
        target=identifier(beside.table.version(beside.version)),
        alive=unmarked if marked else sql.SQL("true"),
    )


def select_overwritten(beside: Beside) -> sql.Composed:
    """SELECT of the published rows that an extract overwrites, and, with `missing_keys`, of those
    that it lacks. Rows that are marked as deleted count as gone."""
    keys = _same(beside.primary_key, "s")
    staged = sql.SQL("EXISTS (SELECT FROM {} AS s WHERE {})").format(
        identifier(beside.staging), keys
    )
    clauses = [beside.order.is_not_later("t"), staged]
    if beside.missing_keys is not MissingKeys.KEEP and not beside.has_unread_records:
        clauses[1] = sql.SQL("({} OR {})").format(staged, _missing(beside))
    if beside.missing_keys is MissingKeys.SOFT_DELETE:
        clauses.append(sql.SQL("t.{} IS NULL").format(sql.Identifier(DELETED_AT)))
    return select_rows(beside.table.version(beside.version), sql.SQL(" AND ").join(clauses))


def select_not_older(beside: Beside) -> sql.Composed:
    """SELECT of the staged rows than which no published one of their key is newer."""
    newer = sql.SQL("NOT EXISTS (SELECT FROM {} AS s WHERE {} AND {})").format(
        identifier(beside.table.version(beside.version)),
        beside.order.is_later("s"),
        _same(beside.primary_key, "s"),
    )
    if beside.deleted_when is not None:
        newer = sql.SQL("{} AND t.{} IS NOT TRUE").format(
            newer, sql.Identifier(beside.deleted_when)
        )
    return select_rows(beside.staging, newer)


def _missing(beside: Beside) -> sql.Composed:
    """The rows `t` that are not newer than the extract, and not in it. A key in a row that failed a
    check is still in the source: it is not missing."""
    clauses = [
        beside.order.is_not_later("t"),
        sql.SQL("NOT EXISTS (SELECT FROM {} AS s WHERE {})").format(
            identifier(beside.staging), _same(beside.primary_key, "s")
        ),
    ]
    if beside.rejects:
        clauses.append(
            sql.SQL(
                "NOT EXISTS (SELECT FROM {rejects} AS r,"
                " jsonb_populate_record(NULL::{staging}, r.record) AS q"
                " WHERE r.stage IN ('gate', 'left gate') AND {same})"
            ).format(
                rejects=identifier(beside.rejects),
                staging=identifier(beside.staging),
                same=_same(beside.primary_key, "q"),
            )
        )
    return sql.SQL(" AND ").join(clauses)


def _same(keys: Sequence[str], other: str) -> sql.Composed:
    return sql.SQL("({}) = ({})").format(names(keys, of="t"), names(keys, of=other))


def _moment(moment: datetime) -> sql.Composed:
    return sql.SQL("CAST({} AS timestamptz)").format(sql.Literal(moment))
