#!/usr/bin/env bash
# dlt 1.31.0 loading Python objects into DuckDB 2.0.0.
#
# One would guess: a decimal.Decimal keeps its digits on the way, since the column is made as
# DECIMAL(38,9); and two keys of one record that differ only in case are an error, or become two
# columns.
# True: Decimal("1e20") arrives as 99999999999999991433.150857216 in that DECIMAL column: dlt writes
# the literal 1E+20, and DuckDB reads a literal with an exponent as a double, whatever it is cast to
# afterwards. Of {"A": 1, "a": 2} one value is kept without a message. A text that looks like an ISO time becomes a
# TIMESTAMP WITH TIME ZONE, and one without a zone is taken to be UTC; a later plain text of the same
# key goes to a second column, s__v_text.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check "dlt[duckdb]==1.31.0" duckdb==2.0.0
cd "$work"
RUNTIME__DLTHUB_TELEMETRY=false "$work/venv/bin/python" - <<'PY'
from decimal import Decimal
from importlib.metadata import version

import dlt
import duckdb

print("dlt", version("dlt"), "duckdb", version("duckdb"))


def load(name, rows):
    file = f"{name}.db"
    pipeline = dlt.pipeline(
        pipeline_name=name,
        destination=dlt.destinations.duckdb(file),
        dataset_name="loaded",
        pipelines_dir="pipelines",
    )
    pipeline.run(rows, table_name="t")
    with duckdb.connect(file) as connection:
        columns = {
            row[0]: row[1]
            for row in connection.execute("DESCRIBE loaded.t").fetchall()
            if not row[0].startswith("_dlt")
        }
        names = ", ".join(f'"{column}"' for column in columns)
        rows = connection.execute(f"SELECT {names} FROM loaded.t ORDER BY id").fetchall()
    print(f"{name}: {columns} {rows}")
    return columns, rows


columns, rows = load("decimals", [{"id": 1, "d": Decimal("1e20")}])
assert columns["d"] == "DECIMAL(38,9)" and rows[0][1] != Decimal("1e20"), "this has changed"

columns, rows = load("keys", [{"id": 1, "A": 1, "a": 2}])
assert list(columns) == ["id", "a"] and rows == [(1, 2)], "this has changed"

columns, rows = load("texts", [{"id": 1, "s": "2026-01-01T00:00:00"}, {"id": 2, "s": "hello"}])
assert columns["s"] == "TIMESTAMP WITH TIME ZONE" and rows[1][2] == "hello", "this has changed"
PY
