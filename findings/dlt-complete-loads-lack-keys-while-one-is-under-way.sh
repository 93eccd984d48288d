#!/usr/bin/env bash
# dlt 1.31.0 into DuckDB 2.0.1: the rows of complete loads, while a load is under way.
#
# One would guess: who reads a table of dlt's while a load is under way, and joins `_dlt_loads` with
# status 0 as dlt's documentation advises, sees the table as it was before that load.
# True: only where dlt appends. `merge` has by then put the new row in the place of the former one, with
# the load id of a load that has no row in `_dlt_loads` yet: the join gives neither, and a key that was
# there before and is there afterwards is missing. `replace` has emptied the table: all keys are
# missing. With scd2 the former state has ended already, under the load id of its own, complete load,
# and its successor is left out: the join shows the key as deleted. If the load fails there, it stays
# so until the same pipeline runs again.
# That next run finishes the load and returns, and what it returns looks like any other: the rows that
# it was given are not loaded, as only the docstring of `run` says.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check "dlt[duckdb]==1.31.0" duckdb==2.0.1
cd "$work"
RUNTIME__DLTHUB_TELEMETRY=false RUNTIME__LOG_LEVEL=CRITICAL "$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import dlt
import duckdb
from dlt.destinations.job_client_impl import SqlJobClientBase

print("dlt", version("dlt"), "duckdb", version("duckdb"))
COMPLETE = """SELECT t.id, t.v FROM loaded.t JOIN loaded._dlt_loads AS l
    ON l.load_id = t._dlt_load_id AND l.status = 0 {} ORDER BY ALL"""
complete_load = SqlJobClientBase.complete_load


def fail(*_):
    raise OSError("the connection is lost")


def read(name, more=""):
    with duckdb.connect(f"{name}.db") as connection:
        return connection.execute(COMPLETE.format(more)).fetchall()


def loads(name, more="", **options):
    """What the join gives before a load, when all of its rows are written, and after the next
    run."""
    pipeline = dlt.pipeline(
        pipeline_name=name,
        destination=dlt.destinations.duckdb(f"{name}.db"),
        dataset_name="loaded",
        pipelines_dir="pipelines",
    )
    run = lambda rows: pipeline.run(rows, table_name="t", **options)
    run([{"id": 1, "v": 1}, {"id": 2, "v": 2}])
    found = [read(name, more)]
    SqlJobClientBase.complete_load = fail
    try:
        run([{"id": 1, "v": 10}, {"id": 2, "v": 2}])
    except Exception as error:
        print("  the load fails:", type(error).__name__)
    SqlJobClientBase.complete_load = complete_load
    found.append(read(name, more))
    info = run([{"id": 3, "v": 3}])
    found.append(read(name, more))
    print(f"{name}: {found}; failed jobs of the last run: {info.has_failed_jobs}")
    return found


BEFORE, AFTER = [(1, 1), (2, 2)], [(1, 10), (2, 2)]
found = loads("append", write_disposition="append")
assert found[:2] == [BEFORE, BEFORE], "this has changed"
assert found[2] == sorted(BEFORE + AFTER), "this has changed: the row 3 is loaded"
found = loads("merge", write_disposition="merge", primary_key="id")
assert found == [BEFORE, [], AFTER], "this has changed"
found = loads("replace", write_disposition="replace")
assert found == [BEFORE, [], AFTER], "this has changed"
scd2 = {"disposition": "merge", "strategy": "scd2"}
found = loads("scd2", "AND t._dlt_valid_to IS NULL", write_disposition=scd2)
assert found == [BEFORE, [(2, 2)], AFTER], "this has changed"
PY
