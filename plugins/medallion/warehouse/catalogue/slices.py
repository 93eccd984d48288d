"""How many rows of a table lie in stretches of its time."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from medallion.names import TableName
from medallion.publish.relations import identifier
from medallion.publish.window import Slice
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "catalogue/slices.sql"


def count_rows(session: Session, relation: TableName, slices: Sequence[Slice]) -> int | None:
    """The rows of some slices, which do not overlap; None: the server does not count them in the
    session's time, or the relation is gone, or has no such column any more.

    Args:
        relation: a version of a table, which the session may read.
    """
    condition = sql.SQL(" OR ").join(one.holds("t") for one in slices)
    counted = statements(SQL)["count"].format(relation=identifier(relation), in_slices=condition)
    try:
        with session.transaction():
            row = session.execute(counted).fetchone()
    except (psycopg.errors.QueryCanceled, psycopg.errors.SyntaxErrorOrAccessRuleViolation):
        return None
    return row[0] if row else None
