"""A registry that has known a project for weeks: rows as runs would have left them, by SQL."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from medallion.catalogue.declared import SpecShelf
from medallion.catalogue.declared_table import DeclaredTable
from medallion.names import PublishedTable
from medallion.operations.freshness import keep_declared
from medallion.publish.relations import identifier
from medallion.warehouse.registry.freshness import keep_freshness
from medallion.warehouse.session.transaction import session

RUNS = 20
"""Of each pipeline. A run has five gate results: so 1,000 pipelines have 100,000."""

_TABLES = """
CREATE TEMPORARY TABLE t ON COMMIT DROP AS
SELECT *, row_number() OVER () AS number
FROM unnest(%(layers)s::text[], %(domains)s::text[], %(names)s::text[], %(dag_ids)s::text[],
            %(digests)s::text[]) AS d (layer, domain, table_name, dag_id, digest)
"""

_RUNS = """
CREATE TEMPORARY TABLE r ON COMMIT DROP AS
SELECT n, 'scheduled__' || n AS run_id,
       date_trunc('hour', now()) - (%(runs)s - n) * interval '1 day' AS ended_at
FROM generate_series(1, %(runs)s) AS n
"""

_ROWS = (
    """
    INSERT INTO medallion.publications
        (layer, domain, table_name, version, physical_table, write_disposition, dag_id, run_id,
         data_interval_start, data_interval_end, as_of, spec_digest, rows_read, rows_published,
         rows_quarantined, rows_deduplicated, rows_discarded, rows_deleted, rows_total, digest,
         published_at, bytes, is_current, is_whole, version_kept, retired_by)
    SELECT t.layer, t.domain, t.table_name, r.n,
           'store_' || t.layer || '_' || t.domain || '.' || t.table_name || '__v' || r.n,
           'replace', t.dag_id, r.run_id, r.ended_at - interval '1 day', r.ended_at, r.ended_at,
           t.digest, 1010 + r.n, 1000 + r.n, 10, 0, 0, 0, 1000 + r.n, '', r.ended_at, 65536,
           r.n = %(runs)s, true, r.n > %(runs)s - 3,
           CASE WHEN r.n < %(runs)s THEN pg_current_xact_id() END
    FROM r CROSS JOIN t ORDER BY r.n, t.number
    """,
    """
    INSERT INTO medallion.gate_results
        (dag_id, run_id, task_id, check_id, try_number, layer, domain, table_name, check_name,
         expectation, kwargs, on_failure, status, rows_checked, rows_failed, observed, examples,
         description, evaluated_at, publication_id)
    SELECT t.dag_id, r.run_id, t.table_name || '.gate_' || c.layer, c.name, 1, c.layer, t.domain,
           t.table_name, c.name, 'expect_column_values_to_not_be_null', '{"column": "amount"}',
           'fail', CASE WHEN (t.number + r.n) %% 50 = 0 THEN 'warned' ELSE 'passed' END, 1000 + r.n,
           0, NULL, NULL, c.name || ' holds', r.ended_at, p.publication_id
    FROM t CROSS JOIN r
    JOIN (VALUES ('silver', 'bronze', 'row_count'), ('silver', 'silver', 'unique'),
                 ('silver', 'silver', 'between'), ('silver', 'silver', 'accepted_values'),
                 ('gold', 'gold', 'not_null')) AS c (of_layer, layer, name) ON c.of_layer = t.layer
    JOIN medallion.publications AS p
        ON (p.layer, p.domain, p.table_name, p.version)
         = (t.layer, t.domain, t.table_name, r.n)
    """,
    """
    INSERT INTO medallion.task_runs
        (dag_id, run_id, task_id, try_number, step, status, started_at, finished_at, rows_in,
         rows_out, error)
    SELECT t.dag_id, r.run_id, t.table_name || '.' || s.task, 1, s.step,
           CASE WHEN failed.it THEN 'failed' ELSE 'success' END, r.ended_at - interval '5 s',
           r.ended_at, 1000, 1000,
           CASE WHEN failed.it THEN 'the gate of ' || t.table_name || ' is shut' END
    FROM t CROSS JOIN r
    JOIN (VALUES ('silver', 'land', 'land'), ('silver', 'gate_bronze', 'gate'),
                 ('silver', 'clean', 'clean'), ('silver', 'gate_silver', 'gate'),
                 ('silver', 'publish', 'publish'), ('gold', 'build', 'build'),
                 ('gold', 'gate', 'gate'), ('gold', 'publish', 'publish'))
        AS s (layer, task, step) ON s.layer = t.layer
    CROSS JOIN LATERAL
        (SELECT t.number %% 50 = 0 AND r.n = %(runs)s AND s.step = 'publish' AS it) AS failed
    """,
    """
    INSERT INTO medallion.table_inputs (layer, domain, table_name, input, dag_id)
    SELECT g.layer, g.domain, g.table_name, 'silver_' || s.domain || '.' || s.table_name, g.dag_id
    FROM t AS g JOIN t AS s ON s.dag_id = g.dag_id AND s.layer = 'silver'
    WHERE g.layer = 'gold'
    """,
    """
    INSERT INTO medallion.table_figures
        (layer, domain, table_name, publications, rows_published, rows_quarantined, published_at,
         quarantine_open, lake_bytes)
    SELECT layer, domain, table_name, %(runs)s, %(runs)s * 1010, %(runs)s * 10, now(),
           %(runs)s * 10, 1000000
    FROM t
    """,
    """
    INSERT INTO medallion.check_figures
    SELECT layer, domain, table_name, 'fail', status, count(*), count(*) FILTER
           (WHERE run_id = 'scheduled__' || %(runs)s)
    FROM medallion.gate_results GROUP BY layer, domain, table_name, status
    """,
    """
    INSERT INTO medallion.step_figures
    SELECT DISTINCT ON (1, 2, 3) split_part(dag_id, '.', 1), step, status, 5, 1000, 5000
    FROM medallion.task_runs
    """,
    """
    INSERT INTO medallion.incidents
        (key, event, domain, dag_id, run_id, table_name, problem, is_passing)
    SELECT 'run_failed:' || dag_id, 'run_failed', domain, dag_id, run_id,
           layer || '_' || domain || '.' || table_name, error, false
    FROM medallion.task_runs JOIN t USING (dag_id)
    WHERE status = 'failed' AND split_part(task_id, '.', 1) = table_name
    """,
)

_STORED = """
CREATE TABLE {} AS SELECT n AS order_id, 'Customer ' || n AS customer, date '2026-01-01' + n % 365
    AS ordered_on, n * 1.25 AS amount, n % 9 AS quantity, 'paid' AS status
FROM generate_series(1, {}) AS n
"""


def fill(url: str, root: Path, shown: PublishedTable) -> dict[str, int]:
    """Give every declared table its history, and one of them its rows; how many of what there are.

    Args:
        url: an empty warehouse, as its loader.
        root: a project whose specs have been accepted.
        shown: a table of six columns that somebody looks at.
    """
    known = SpecShelf(root).now()
    tables = list(known.tables.values())
    with session(url, "filling the registry") as connection:
        connection.execute("SET LOCAL synchronous_commit = off")
        keep_declared(connection, root)
        asked = {"runs": RUNS}
        connection.execute(_TABLES, _arrays(tables))
        for statement in (_RUNS, *_ROWS):
            connection.execute(statement, asked)
        _store(connection, shown)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    with session(url, "judging freshness") as connection:
        keep_freshness(connection)
    return {"specs": len(known.pipelines), "tables": len(tables), "results": _results(url)}


def _results(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM medallion.gate_results").fetchone()
    return int(row[0]) if row else 0


def _arrays(tables: Sequence[DeclaredTable]) -> dict[str, list[str]]:
    return {
        "layers": [str(one.table.layer) for one in tables],
        "domains": [one.table.domain for one in tables],
        "names": [one.table.name for one in tables],
        "dag_ids": [one.dag_id for one in tables],
        "digests": [one.digest for one in tables],
    }


def _store(connection: psycopg.Connection, shown: PublishedTable) -> None:
    """The rows of the last three versions, and the view of the last."""
    for number in range(RUNS - 2, RUNS + 1):
        place = shown.version(number)
        schema = sql.Identifier(place.schema)
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
        stored = identifier(place)
        connection.execute(sql.SQL(_STORED).format(stored, sql.Literal(1000 + number)))
    schema = sql.Identifier(shown.public.schema)
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
    connection.execute(
        sql.SQL("CREATE VIEW {} AS SELECT * FROM {}").format(identifier(shown.public), stored)
    )
