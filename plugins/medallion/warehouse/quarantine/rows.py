"""Quarantine: rows that did not pass, kept with their reasons, their run and their bronze part.

A row is open until its own run publishes again without it among the rejects. Then it stays as
history, with the publication by which it left. So a row is never both open and published.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from medallion.cleaning.declared.classification import WITHHELD
from medallion.names import Layer, PublishedTable, TableName
from medallion.publish.relations import identifier
from medallion.run import Run
from medallion.warehouse.registry.figures import keep_open_rows
from medallion.warehouse.registry.masks import read_masks
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements

SQL = "quarantine/rows.sql"


def keep(
    connection: psycopg.Connection,
    run: Run,
    table: PublishedTable,
    rejects: TableName,
    publication_id: int,
) -> None:
    """Commit a run's rejects to quarantine with its publication.

    Rows that an earlier publication of the same run has left here and that are not among them any
    more leave it; the others take their new reasons, but for those that a replay was not about
    (`left_out`). Of gold, whose rows come from no one record, those of the earlier publication go.
    """
    named = statements(SQL)
    words = {"table": identifier(table.quarantine), "rejects": identifier(rejects)}
    values = {
        "dag_id": run.dag_id,
        "run_id": run.run_id,
        "interval_start": run.interval_start,
        "interval_end": run.interval_end,
        "publication_id": publication_id,
        "masked": [mask.column for mask in read_masks(connection, table)],
        "withheld": WITHHELD,
    }
    is_there = bool(columns_of(connection, table.quarantine))
    if not is_there:
        connection.execute(named["create"].format(table=words["table"]))
    again = bool(columns_of(connection, rejects))
    but: dict[str, sql.Composable] = dict.fromkeys(("not_again", "not_left"), sql.SQL(""))
    if again:
        same = {"rejects": words["rejects"], "same_record": named["same_record"]}
        but = {name: named[name].format(**same) for name in but}
    if is_there and table.layer is Layer.SILVER:
        leave = named["leave"].format(table=words["table"], again=but["not_again"])
        connection.execute(leave, values)
    if is_there:
        forget = named["forget"].format(table=words["table"], not_left=but["not_left"])
        connection.execute(forget, values)
    if again:
        connection.execute(named["copy"].format(**words), values)
        connection.execute(sql.SQL("DROP TABLE {}").format(identifier(rejects)))
    keep_open_rows(connection, table)
