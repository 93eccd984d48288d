#!/usr/bin/env bash
# chdb 4.4.0 (ClickHouse 26.9), Delta tables written by deltalake 1.6.6.
#
# One would guess: an array that is NULL is NULL, and a table whose columns have changed is read as it
# is now.
# True: ClickHouse has no NULL for an array, and shows an empty one: who counts NULLs there gets none.
# Its default reader of Delta reads a table with other columns; its own one
# (allow_experimental_delta_kernel_rs = 0) refuses it for as long as
# the log has the commit with the former columns, though none of its files is in the table any more.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  chdb==4.4.0 deltalake==1.6.6 pyarrow==26.0.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
from chdb.session import Session
from deltalake import write_deltalake

print("chdb", version("chdb"), "deltalake", version("deltalake"))
folder, session = str(Path.cwd() / "table"), Session()


def read(kernel):
    asked = f"SELECT * FROM deltaLakeLocal('{folder}') ORDER BY n"
    asked += f" SETTINGS allow_experimental_delta_kernel_rs = {kernel}"
    try:
        return str(session.query(asked, "JSONEachRow")).split()
    except Exception as error:
        return str(error).partition(" (columns")[0]


tags = pa.array([["x"], [], None], pa.list_(pa.string()))
write_deltalake(folder, pa.table({"n": [1, 2, 3], "tags": tags}))
print("NULL arrays:", empty := [read(1), read(0)])
write_deltalake(folder, pa.table({"n": [1], "m": [2]}), mode="overwrite", schema_mode="overwrite")
print("other columns:", changed := [read(1), read(0)])
rows = ['{"n":1,"tags":["x"]}', '{"n":2,"tags":[]}', '{"n":3,"tags":[]}']
assert empty == [rows, rows], "this has changed"
assert changed[0] == ['{"n":1,"m":2}'] and "different schema" in changed[1], "this has changed"
PY
