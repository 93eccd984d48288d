#!/usr/bin/env bash
# dlt 1.31.0 into DuckDB 2.0.1: a resource with a primary key and a cursor (updated_at), merged.
#
# One would guess: a row that was changed again in the second of its last change, after it was read,
# arrives with the next run. Its cursor is not below the last value, so the range includes it ("closed"
# is the default), and merge by the key takes the newest row that came.
# True: it is dropped as a duplicate, for ever. Rows at the last value are told apart by a hash: of the
# whole row where there is no primary key, and of the key alone where there is one. So to declare the
# key is what loses the change: with merge_key in its place the same runs bring it. The order stays
# "open" in the warehouse, and is "paid" in the source.
# Any source whose clock has seconds does this (MySQL's DATETIME, most REST APIs), and each run reads
# up to a second that is not over. The documentation says that duplicates are removed.
# primary_key=() in incremental() turns it off, and so does a lag.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check "dlt[duckdb]==1.31.0" duckdb==2.0.1
cd "$work"
RUNTIME__DLTHUB_TELEMETRY=false RUNTIME__LOG_LEVEL=ERROR "$work/venv/bin/python" - <<'PY'
from datetime import UTC, datetime
from importlib.metadata import version

import dlt
import duckdb

print("dlt", version("dlt"), "duckdb", version("duckdb"))
TEN = datetime(2026, 11, 28, 10, 0, 0, tzinfo=UTC)
ELEVEN = datetime(2026, 11, 28, 11, 0, 0, tzinfo=UTC)
FIRST = [{"id": 1, "status": "open", "updated_at": TEN}]
PAID = [{"id": 1, "status": "paid", "updated_at": TEN}]
LATER = [*PAID, {"id": 2, "status": "open", "updated_at": ELEVEN}]


def orders(rows, cursor, **keys):
    @dlt.resource(name="orders", write_disposition="merge", **keys)
    def read(updated=cursor):
        yield rows

    return read()


def loads(name, cursor, **keys):
    pipeline = dlt.pipeline(
        pipeline_name=name,
        destination=dlt.destinations.duckdb(f"{name}.db"),
        dataset_name="shop",
        pipelines_dir="pipelines",
    )
    for rows in (FIRST, PAID, LATER):
        pipeline.run(orders(rows, cursor(), **keys))
    with duckdb.connect(f"{name}.db") as connection:
        found = connection.execute("SELECT id, status FROM shop.orders ORDER BY id").fetchall()
    print(f"{name}: {found}")
    return found


def plain():
    return dlt.sources.incremental("updated_at")


def without_hashes():
    return dlt.sources.incremental("updated_at", primary_key=())


right = [(1, "paid"), (2, "open")]
assert loads("primary_key", plain, primary_key="id") == [(1, "open"), (2, "open")], "changed"
assert loads("merge_key", plain, merge_key="id") == right, "this has changed"
assert loads("turned_off", without_hashes, primary_key="id") == right, "this has changed"
PY
