"""Records of a landing that its cleaning leaves out: they stay in quarantine, because a replay is
about other rows, or a person has dropped them.

They are counted among the run's rejects, so that every row read is accounted for. A publication
leaves the former where they are in quarantine, and makes no rows of the latter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from medallion.names import PublishedTable
from medallion.publish.relations import identifier
from medallion.run import Run
from medallion.warehouse.quarantine.chosen import Chosen, which_rows
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements

SQL = "quarantine/left_out.sql"


def leave_in_quarantine(
    connection: psycopg.Connection, run: Run, table: PublishedTable, chosen: Chosen
) -> int | None:
    """Enter the run's open rows that were not chosen into its rejects, which are empty; how many.
    None: the landing has been made again since, and nobody can tell which of its records they are.
    """
    if not columns_of(connection, table.quarantine):
        return 0
    named, values = statements(SQL), {**run.ids(), **chosen.values()}
    words = {"table": identifier(table.quarantine), "rejects": identifier(table.rejects(run.key))}
    row = connection.execute(named["is_of_former_landing"].format(**words), values).fetchone()
    if row and row[0]:
        return None
    return connection.execute(named["leave"].format(**words, which=which_rows()), values).rowcount


def drop_again(
    connection: psycopg.Connection, run: Run, table: PublishedTable, load_id: int
) -> int:
    """Enter what was dropped of a load's landing into the run's rejects; how many records."""
    query = statements(SQL)["drop_again"].format(rejects=identifier(table.rejects(run.key)))
    return connection.execute(query, {"load_id": load_id}).rowcount


def list_left_out(
    connection: psycopg.Connection, run: Run, table: PublishedTable
) -> Mapping[int, Sequence[int]]:
    """The numbers of the records that were entered, by part; lines that are not records below 0."""
    query = statements(SQL)["places"].format(rejects=identifier(table.rejects(run.key)))
    return dict(connection.execute(query).fetchall())


def remember_drops(
    connection: psycopg.Connection,
    table: PublishedTable,
    which: sql.Composable,
    values: Mapping[str, object],
) -> None:
    """Note which records the rows are that are about to be deleted for good. In the transaction
    that deletes them.

    Args:
        which: the condition on the rows of the quarantine, and its values.
    """
    query = statements(SQL)["remember"].format(table=identifier(table.quarantine), which=which)
    connection.execute(query, values)


def forget_drops(connection: psycopg.Connection, load_id: int) -> None:
    """The landing is gone."""
    connection.execute(statements(SQL)["forget"], {"load_id": load_id})


def forget_record_drops(
    connection: psycopg.Connection,
    table: PublishedTable,
    load_id: int,
    part: int,
    records: Sequence[int],
) -> None:
    """Delete what quarantine has of some records of a landing, which are blank from now on."""
    if columns_of(connection, table.quarantine):
        query = statements(SQL)["forget_records"].format(table=identifier(table.quarantine))
        asked = {"load_id": load_id, "part": part, "records": list(records)}
        connection.execute(query, asked)
