#!/usr/bin/env bash
# deltalake (delta-rs) 1.6.6 with pyarrow 26.0.1, the rows of DeltaTable.scan().
#
# One would guess: scan() and to_pyarrow_table() give the same Arrow types, and pyarrow, which the
# documentation of scan() names as a reader, can work with both.
# True: texts and bytes of scan() and load_cdf() are views (string_view, binary_view), those of
# to_pyarrow_table() are not; and pyarrow's functions know no views: a comparison, a filter even by
# another column, take and sort_by all raise. group_by, to_pandas and a cast to string work. As only
# scan() reads deletion vectors and renamed columns, cast its schema before anything else.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check deltalake==1.6.6 pyarrow==26.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

print("deltalake", version("deltalake"), "pyarrow", version("pyarrow"))
import pyarrow.compute as pc

write_deltalake("t", pa.table({"id": [1, 2, 3], "name": ["a", "b", "c"]}))
table = DeltaTable("t")
scanned = pa.RecordBatchReader.from_stream(table.scan()).read_all()
whole = table.to_pyarrow_table()
print("scan():", scanned.schema.field("name").type, " to_pyarrow_table():", whole.schema.field("name").type)
work = {
    "equal": lambda rows: pc.equal(rows["name"], "b"),
    "filter by id": lambda rows: rows.filter(pc.equal(rows["id"], 2)),
    "take": lambda rows: rows.take([0]),
    "sort_by": lambda rows: rows.sort_by("name"),
    "group_by": lambda rows: rows.group_by("name").aggregate([("id", "sum")]),
}


def attempt(rows):
    said = {}
    for what, call in work.items():
        try:
            call(rows)
        except (pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
            said[what] = f"{type(error).__name__}: {error}"
    return said


refused = attempt(scanned)
print(*refused.items(), sep="\n")
assert attempt(whole) == {}
assert set(refused) == {"equal", "filter by id", "take", "sort_by"}, "this has changed"
plain = pa.schema([("id", pa.int64()), ("name", pa.string())])
assert attempt(scanned.cast(plain)) == {}
PY
