#!/usr/bin/env bash
# deltalake (delta-rs) 1.6.6, mode="append", a frame whose column type differs from the table's.
#
# One would guess: the append is refused with a schema mismatch, as it is for a decimal of another
# scale (and as Spark's Delta writer does), because append does not mean "change my values".
# True: some types are cast without a word, and the cast loses data. 1.9 appended to a column of
# int64 is stored as 1, the text "7" as the number 7. A number that does not fit int32 is an error,
# a decimal whose scale differs is refused. So the writer's own check protects decimals only:
# compare the schemas before appending.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check deltalake==1.6.6 pyarrow==26.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
from decimal import Decimal
from importlib.metadata import version

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

print("deltalake", version("deltalake"), "pyarrow", version("pyarrow"))


def append(name, first, second):
    write_deltalake(name, first)
    try:
        write_deltalake(name, second, mode="append")
    except Exception as error:
        print(f"{name}: {type(error).__name__}: {error}")
        return type(error).__name__
    values = sorted(DeltaTable(name).to_pyarrow_table().column("n").to_pylist())
    print(f"{name}: stored {values}")
    return values


whole = pa.table({"n": pa.array([1], pa.int64())})
cents = pa.table({"n": pa.array([Decimal("1.50")], pa.decimal128(10, 2))})
mills = pa.table({"n": pa.array([Decimal("1.555")], pa.decimal128(10, 3))})
small = pa.table({"n": pa.array([1], pa.int32())})
seen = [
    append("double_into_int64", whole, pa.table({"n": [1.9]})),
    append("text_into_int64", whole, pa.table({"n": ["7"]})),
    append("int64_into_int32", small, pa.table({"n": pa.array([2**40], pa.int64())})),
    append("decimal_scale_3_into_2", cents, mills),
]
expected = [[1, 1], [1, 7], "Exception", "SchemaMismatchError"]
assert seen == expected, f"this has changed: {seen}"
PY
