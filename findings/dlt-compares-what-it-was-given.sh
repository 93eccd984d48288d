#!/usr/bin/env bash
# dlt 1.31.0 into DuckDB 2.0.1: the cursor of an incremental resource, and the versions of scd2.
#
# One would guess: dlt compares the values that it stores. The texts of a cursor become a column of
# TIMESTAMP WITH TIME ZONE, so a later moment is new; and a row whose stored values are the same as
# before is the same version.
# True: it compares what it was given. The cursor's texts are compared as texts: in the night when
# Berlin's clocks go back, 02:10+01:00 is half an hour after 02:40+02:00, and is dropped without a
# message, for ever, for the next cursor is later still. Given as datetimes the same two rows arrive.
# With scd2, v = 1, then 1.0, then "1" are three versions of one key with three times the stored value
# 1, and so are a key that is null and one that is left out. So a source that changes how it writes a
# number makes a new version of every row.
# The documentation's own examples have texts as cursors, and its page on troubleshooting advises them
# for consistency; of scd2 it says that the row is hashed, not that this comes before the types.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check "dlt[duckdb]==1.31.0" duckdb==2.0.1
cd "$work"
RUNTIME__DLTHUB_TELEMETRY=false RUNTIME__LOG_LEVEL=ERROR "$work/venv/bin/python" - <<'PY'
from datetime import datetime
from importlib.metadata import version

import dlt
import duckdb

print("dlt", version("dlt"), "duckdb", version("duckdb"))


def loads(name, query, *runs, **options):
    file = f"{name}.db"
    pipeline = dlt.pipeline(
        pipeline_name=name,
        destination=dlt.destinations.duckdb(file),
        dataset_name="loaded",
        pipelines_dir="pipelines",
    )
    for data in runs:
        pipeline.run(data, table_name="t", **options)
    with duckdb.connect(file) as connection:
        rows = connection.execute(query).fetchall()
    print(f"{name}: {rows}")
    return rows


def since(*moments):
    @dlt.resource(name="t")
    def rows(seen=dlt.sources.incremental("seen")):
        yield [{"seen": moment} for moment in moments]

    return rows()


SUMMER, WINTER, NOON = (
    "2026-10-25T02:40:00+02:00",
    "2026-10-25T02:10:00+01:00",
    "2026-10-25T12:00:00+01:00",
)
KIND = "SELECT typeof(seen), (seen AT TIME ZONE 'UTC')::time::varchar FROM loaded.t ORDER BY seen"
texts = [since(SUMMER), since(SUMMER, WINTER), since(SUMMER, WINTER, NOON)]
moments = [
    since(datetime.fromisoformat(SUMMER)),
    since(datetime.fromisoformat(SUMMER), datetime.fromisoformat(WINTER)),
]
zoned = "TIMESTAMP WITH TIME ZONE"
found = loads("texts", KIND, *texts, write_disposition="append")
assert found == [(zoned, "00:40:00"), (zoned, "11:00:00")], "this has changed"
found = loads("datetimes", KIND, *moments, write_disposition="append")
assert found == [(zoned, "00:40:00"), (zoned, "01:10:00")], "this has changed"

VERSIONS = """SELECT id, v, typeof(v), count(*), count(_dlt_valid_to) FROM loaded.t GROUP BY ALL"""
history = {"write_disposition": {"disposition": "merge", "strategy": "scd2"}}
same = [[{"id": 1, "v": 1}]] * 3
written = [[{"id": 1, "v": 1}], [{"id": 1, "v": 1.0}], [{"id": 1, "v": "1"}]]
assert loads("same", VERSIONS, *same, **history) == [(1, 1, "BIGINT", 1, 0)], "this has changed"
found = loads("written_otherwise", VERSIONS, *written, **history)
assert found == [(1, 1, "BIGINT", 3, 2)], "this has changed"
left_out = [[{"id": 1, "v": None}, {"id": 2, "v": 5}], [{"id": 1}, {"id": 2, "v": 5}]]
found = loads("left_out", VERSIONS + " HAVING id = 1", *left_out, **history)
assert found == [(1, None, "BIGINT", 2, 1)], "this has changed"
PY
