"""Columns whose clear value only some roles read, as expressions of the public view.

The store holds the clear value, on which readers have no right. The view asks PostgreSQL whether
the role that reads is one of the column's, once a query, and else gives a mask of the value. So a
condition of a reader's own, and any function in it, gets the mask: there is nothing to leak, and no
index or statistic of the clear value serves the comparison. Built-in functions alone are called,
which raise no error on any text: an error would show the value.

A role is asked for by its name: by its number, a dump that is restored on another server could
name somebody else. A name that no role has lets nobody read.
"""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from medallion.publish.read_mask import ReadMask
from medallion.publish.relations import Column


def select_masked(columns: Sequence[Column], masks: Sequence[ReadMask]) -> sql.Composed:
    """The columns of `t`, comma-separated, masked where they are.

    >>> email = Column(name="email", type="text")
    >>> mask = ReadMask(column="born", roles=("fraud",), is_email=False, keep_last=4)
    >>> select_masked([email], [mask]).as_string()
    '"t"."email"'
    """
    by_name = {mask.column: mask for mask in masks}
    return sql.SQL(", ").join(
        _select_one(column, by_name[column.name])
        if column.name in by_name
        else sql.Identifier("t", column.name)
        for column in columns
    )


def _select_one(column: Column, mask: ReadMask) -> sql.Composed:
    return sql.SQL("CAST({} AS {}) AS {}").format(
        show_value(sql.Identifier("t", column.name), column.type, mask),
        sql.SQL(column.type),  # PostgreSQL's own spelling, not a person's
        sql.Identifier(column.name),
    )


def show_value(value: sql.Composable, kind: str, mask: ReadMask) -> sql.Composed:
    """The clear value for who may read it, the mask for everybody else."""
    masked = _mask_any(value, kind, mask)
    if not mask.roles:
        return sql.Composed([masked])
    return sql.SQL("CASE WHEN {} THEN {} ELSE {} END").format(_reads(mask.roles), value, masked)


def _reads(roles: Sequence[str]) -> sql.Composed:
    """Whether the role that reads has the rights of one of them: an uncorrelated question, which
    is answered once a query."""
    return sql.SQL(
        "EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = ANY ({}::name[])"
        " AND pg_catalog.pg_has_role(r.oid, 'USAGE'))"
    ).format(sql.Literal(list(roles)))


def _mask_any(value: sql.Composable, kind: str, mask: ReadMask) -> sql.Composable:
    if kind == "text":
        return _mask_text(value, mask)
    if kind == "text[]":
        element = sql.Identifier("u", "one")
        return sql.SQL(
            "CASE WHEN {value} IS NOT NULL THEN ARRAY(SELECT {masked} FROM"
            " pg_catalog.unnest({value}) WITH ORDINALITY AS u(one, at) ORDER BY u.at) END"
        ).format(value=value, masked=_mask_text(element, mask))
    return sql.SQL("NULL")


def _mask_text(value: sql.Composable, mask: ReadMask) -> sql.Composed:
    """As the cleaning masks (`cleaning.duckdb.protection`): a test holds them together."""
    if mask.is_email:
        return sql.SQL(
            "CASE WHEN pg_catalog.strpos({value}, '@') > 0"
            " THEN pg_catalog.left({value}, 1) || '****@' ||"
            " pg_catalog.split_part({value}, '@', -1)"
            " WHEN {value} IS NOT NULL THEN '****' END"
        ).format(value=value)
    kept = mask.keep_last
    if not kept:
        return sql.SQL("CASE WHEN {value} IS NOT NULL THEN '****' END").format(value=value)
    return sql.SQL(
        "CASE WHEN pg_catalog.length({value}) >= {enough}"
        " THEN '****' || pg_catalog.right({value}, {kept})"
        " WHEN {value} IS NOT NULL THEN '****' END"
    ).format(value=value, enough=sql.Literal(2 * kept), kept=sql.Literal(kept))
