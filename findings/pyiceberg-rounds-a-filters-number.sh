#!/usr/bin/env bash
# pyiceberg 0.12.0, a filter written as a text on a column of whole numbers.
#
# One would guess: k < 2.5 means 0, 1 and 2, as in SQL. Or it is refused, as the same number is in
# LessThan("k", 2.5), and as "k > 1.5" is for a column of decimal(10, 2): the scales differ.
# True: the text's number is a decimal, and a decimal is rounded to the column's type, half to even,
# before anything is compared. k < 2.5 becomes k < 2 and leaves 2 out; k > 1.5 becomes k > 2 and leaves
# 2 out as well; k = 1.5, which no row can meet, finds the rows with 2. A text in quotes is cut instead:
# k > '-0.5' becomes k > 0. delete() goes by the same numbers: delete("k = 1.5") removes the rows with 2,
# and delete("k > 1.5") keeps them. So does LessThan("k", Decimal("2.5")).
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  "pyiceberg[pyarrow,sql-sqlite]==0.12.0" pyarrow==26.0.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import LessThan

print("pyiceberg", version("pyiceberg"), "pyarrow", version("pyarrow"))
here = Path.cwd()
catalog = SqlCatalog("c", uri=f"sqlite:///{here}/catalog.db", warehouse=f"file://{here}")
catalog.create_namespace("n")
tables = iter(range(100))


def table_of(values, kind=pa.int64()):
    table = catalog.create_table(f"n.t{next(tables)}", pa.schema([("k", kind)]))
    table.append(pa.table({"k": pa.array(values, kind)}))
    return table


def values_in(table, **options):
    return sorted(table.scan(**options).to_arrow().column("k").to_pylist())


def scan(table, condition):
    try:
        found = values_in(table, row_filter=condition)
    except Exception as error:
        found = type(error).__name__
    print(f"{condition}: {found}")
    return found


numbers = table_of([0, 1, 2, 3, 4])
texts = ["k < 2.5", "k <= 2.5", "k > 1.5", "k = 1.5", "k != 2.5", "k > '-0.5'"]
seen = [scan(numbers, text) for text in texts]
expected = [[0, 1], [0, 1, 2], [3, 4], [2], [0, 1, 3, 4], [1, 2, 3, 4]]
assert seen == expected, f"this has changed: {seen}"
assert scan(numbers, LessThan("k", 2.5)) == "TypeError", "this has changed"
assert scan(numbers, LessThan("k", Decimal("2.5"))) == [0, 1], "this has changed"
exact = table_of([Decimal("1.00"), Decimal("2.00")], pa.decimal128(10, 2))
assert scan(exact, "k > 1.5") == "ValueError", "this has changed"

left = []
for condition in ("k = 1.5", "k > 1.5"):
    table = table_of([1, 2, 3])
    table.delete(condition)
    left.append(values_in(table))
    print(f"of 1, 2 and 3 delete({condition!r}) leaves {left[-1]}")
assert left == [[1, 3], [1, 2]], f"this has changed: {left}"
PY
