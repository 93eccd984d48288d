"""How many keys one version of a table has that another has not."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from medallion.names import TableName
from medallion.publish.relations import identifier
from medallion.warehouse.session.statements import statements

SQL = "tables/key_changes.sql"


def count_key_changes(
    connection: psycopg.Connection, new: TableName, former: TableName, key: Sequence[str]
) -> tuple[int, int]:
    """Keys that only the new version has, and keys that only the former one has."""
    columns = sql.SQL(", ").join(map(sql.Identifier, key))
    counts = []
    for ours, theirs in ((new, former), (former, new)):
        query = statements(SQL)["missing"].format(
            key=columns, ours=identifier(ours), theirs=identifier(theirs)
        )
        row = connection.execute(query).fetchone()
        counts.append(int(row[0]) if row else 0)
    return counts[0], counts[1]
