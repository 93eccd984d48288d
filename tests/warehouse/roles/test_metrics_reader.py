"""The role of /metrics reads figures, and nothing else."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.steps.staged import REPLACE, Run

from medallion.errors import SetupError
from medallion.steps.publish import step as publish
from medallion.warehouse.registry.measures import READS, measures_at
from medallion.warehouse.roles.metrics_reader import metrics_url
from medallion.warehouse.roles.reconcile import reconcile

WAITING = """
    WITH i AS (
        INSERT INTO medallion.incidents (key, event, domain, dag_id, problem, is_passing)
        VALUES ('k', 'stale', 'lab', 'lab.sensors', 'p', false) RETURNING incident_id
    )
    INSERT INTO medallion.notices (incident_id, conn_id, notice, receivers, error)
    SELECT incident_id, conn_id, 'opened', '{}', error
    FROM i, (VALUES ('slack', 'it does not answer'), ('mail', NULL)) AS n (conn_id, error)
"""
"""One that a connection did not take, and one that nobody has tried to send yet."""


def test_it_reads_the_figures_and_nothing_else(pg_url: str, warehouse_db: str) -> None:
    admin_url = make_conninfo(pg_url, dbname=str(conninfo_to_dict(warehouse_db)["dbname"]))
    run = Run(url=warehouse_db, day=0)
    run.stage([(1, "a")])
    publish.run(REPLACE, run.context())
    lines = list(reconcile(admin_url, warehouse_db, ()))
    url = metrics_url(warehouse_db)
    assert f"{conninfo_to_dict(url)['user']} is created" in lines
    assert list(reconcile(admin_url, warehouse_db, ())) == []
    with psycopg.connect(warehouse_db) as loader:
        loader.execute(
            "INSERT INTO medallion.freshness_states (layer, domain, table_name, state, is_late,"
            " since) VALUES ('gold', 'lab', 'awaited', 'never_published', true, now())"
        )
        loader.execute("INSERT INTO medallion.last_runs VALUES ('freshness', '2026-01-01+00')")
        loader.execute(WAITING)
    measures = measures_at(url)
    table, awaited = measures.tables
    assert (table.name, table.publications, table.rows) == ("readings", 1, 1)
    assert (awaited.name, awaited.is_late, awaited.rows) == ("awaited", True, None)
    assert {figure.kind for figure in measures.figures} == {"steps", "waiting", "watched"}
    (waiting,) = (one for one in measures.figures if one.kind == "waiting")
    assert (waiting.name, waiting.number) == ("slack", 1)
    with psycopg.connect(url, autocommit=True) as role:
        readable = role.execute(
            "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'v', 'm', 'p') AND n.nspname <> 'information_schema'"
            " AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'medallion_client'"
            " AND has_any_column_privilege(c.oid, 'SELECT')"
        ).fetchall()
        # Anybody may look into that schema, at the rows of tables that he may read.
        assert role.execute("SELECT FROM medallion_client.publications").fetchall() == []
        assert {name for (name,) in readable} == set(READS)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            role.execute("SELECT receivers FROM medallion.notices")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            role.execute("CREATE TEMPORARY TABLE mine (a integer)")
        role.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            role.execute("DELETE FROM medallion.table_figures")


def test_without_a_password_there_is_none_to_derive() -> None:
    with pytest.raises(SetupError, match="connection medallion_metrics"):
        metrics_url("postgresql://loader@host/warehouse")
