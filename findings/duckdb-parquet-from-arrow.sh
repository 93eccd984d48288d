#!/usr/bin/env bash
# Parquet written by pyarrow 26.0.1, read by DuckDB 2.0.0.
#
# One would guess: a decimal of more digits than DuckDB's DECIMAL has (38) is refused, or read as a
# text; and a timestamp of nanoseconds is TIMESTAMP_NS, however Parquet stores it.
# True: a column of decimal256(50, 4) is a DOUBLE without a word, so that
# 12345678901234567890123456789012345678901234.5678 loses all but 17 digits, alone, in a list and in a
# struct. A timestamp stored as INT96 (Impala's and old Spark's way) is a TIMESTAMP of microseconds,
# and its last three digits are cut; stored as INT64 the same values keep them.
# pyarrow reads both exactly, and casts decimal256 to a text.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 pyarrow==26.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

print("duckdb", duckdb.__version__, "pyarrow", pa.__version__)
LONG = Decimal("12345678901234567890123456789012345678901234.5678")
wide = pa.decimal256(50, 4)
table = pa.table(
    {
        "alone": pa.array([LONG], wide),
        "listed": pa.array([[LONG]], pa.list_(wide)),
        "within": pa.array([{"x": LONG}], pa.struct([("x", wide)])),
    }
)
pq.write_table(table, "wide.parquet")
moment = pa.table({"t": pa.array([1704448800123456789], pa.timestamp("ns"))})
pq.write_table(moment, "int64.parquet")
pq.write_table(moment, "int96.parquet", use_deprecated_int96_timestamps=True)


def read(query):
    with duckdb.connect() as connection:
        row = connection.execute(query).fetchall()[0]
    print(row)
    return row


decimals = read("SELECT typeof(alone), typeof(listed), typeof(within), alone FROM 'wide.parquet'")
new = read("SELECT typeof(t), t::varchar FROM 'int64.parquet'")
old = read("SELECT typeof(t), t::varchar FROM 'int96.parquet'")
text = pq.read_table("wide.parquet").column("alone").cast(pa.string()).to_pylist()
print("pyarrow:", text, pq.read_table("int96.parquet").column("t").cast(pa.int64()).to_pylist())
assert decimals[:3] == ("DOUBLE", "DOUBLE[]", "STRUCT(x DOUBLE)"), f"this has changed: {decimals}"
assert decimals[3] != LONG and text == [str(LONG)], "this has changed"
assert new == ("TIMESTAMP_NS", "2024-01-05 10:00:00.123456789"), f"this has changed: {new}"
assert old == ("TIMESTAMP", "2024-01-05 10:00:00.123456"), f"this has changed: {old}"
PY
