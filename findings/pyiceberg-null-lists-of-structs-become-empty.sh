#!/usr/bin/env bash
# pyiceberg 0.12.0, a column that is a list of structs, or a map whose values are structs.
#
# One would guess: a NULL comes back as NULL, as it does in a list of numbers, in a map of numbers and
# in a struct, and as DuckDB and pyarrow read the same Parquet file.
# True: it comes back as an empty list, an empty map. It is lost twice: append() writes an empty one
# (no reader can tell them apart any more), and scan() makes an empty one of a NULL that another writer
# has put into the file. Both rebuild such a column from its offsets alone, in which NULL and empty are
# the same. "No order lines known" becomes "no order lines": count, IS NULL and every default after
# it change, without a word. Nullable lists of structs are what JSON turns into; keep a flag beside
# them, or read such a column with another reader.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  "pyiceberg[pyarrow,sql-sqlite]==0.12.0" pyarrow==26.0.1 duckdb==2.0.0
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog

print("pyiceberg", version("pyiceberg"), "pyarrow", version("pyarrow"), "duckdb", duckdb.__version__)
here = Path.cwd()
catalog = SqlCatalog("c", uri=f"sqlite:///{here}/catalog.db", warehouse=f"file://{here}")
catalog.create_namespace("n")
line = pa.struct([("sku", pa.string())])
schema = pa.schema(
    [
        ("numbers", pa.list_(pa.int64())),
        ("lines", pa.list_(line)),
        ("counts", pa.map_(pa.string(), pa.int64())),
        ("parts", pa.map_(pa.string(), line)),
        ("one", line),
    ]
)
nothing = pa.Table.from_pylist([dict.fromkeys(schema.names)], schema=schema)


def read(table):
    (row,) = table.scan().to_arrow().to_pylist()
    (file,) = (task.file.file_path.removeprefix("file://") for task in table.scan().plan_files())
    (inside,) = duckdb.sql(f"SELECT * FROM read_parquet('{file}')").fetchall()
    print("  scan:", row)
    print("  DuckDB, of the file:", dict(zip(schema.names, inside, strict=True)))
    return row, list(inside)


print("a row of NULLs, appended:")
mine = catalog.create_table("n.mine", schema)
mine.append(nothing)
written = read(mine)
print("the same row, in a file of another writer:")
theirs = catalog.create_table("n.theirs", schema)
pq.write_table(nothing, here / "theirs.parquet")
theirs.add_files([f"file://{here}/theirs.parquet"])
given = read(theirs)

lost = {"numbers": None, "lines": [], "counts": None, "parts": [], "one": None}
assert written == (lost, [None, [], None, {}, None]), f"this has changed: {written}"
assert given == (lost, [None] * 5), f"this has changed: {given}"
PY
