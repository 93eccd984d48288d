#!/usr/bin/env bash
# duckdb 2.0.0.
#
# One would guess: `row_group_size=100` makes row groups of 100 rows, and with `memory_limit` a query
# that is streamed takes about that much memory, or ends with "Out of Memory".
# True: a row group has at least 2,048 rows. Reading one back, all texts of up to 2,048 rows are there
# at once, however few rows a batch is asked to have. Of texts that differ the limit is kept, by an
# error; where a dictionary keeps each text once, it is passed silently: 500 texts of 1 MB take 500 MB
# beside a limit of 128.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 pyarrow==26.0.1
cat >"$work/read.py" <<'PY'
import re
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as pq


def peak():
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) // 1024


file, groups = sys.argv[1], pq.ParquetFile(sys.argv[1]).metadata.num_row_groups
connection = duckdb.connect()
connection.execute("SET memory_limit = '128MB'; SET threads = 1; SET streaming_buffer_size = '16MB'")
before, largest = peak(), 0
try:
    for batch in connection.sql(f"FROM '{file}'").to_arrow_reader(8):
        largest = max(largest, batch.nbytes >> 20)
    ended = "read"
except Exception as error:
    ended = str(error).split(" Error")[0]
print(groups, ended, largest, peak() - before)
PY
cat >"$work/finding.py" <<'PY'
import subprocess
import sys

import duckdb

print("duckdb", duckdb.__version__)
found = {}
for name, text in (
    ("few texts", "repeat(chr(CAST(97 + range % 26 AS INT)), 1000000)"),
    ("all differ", "repeat(md5(CAST(range AS VARCHAR)), 31250)"),
):
    file = f"{sys.argv[1]}/{name}.parquet"
    duckdb.sql(f"SELECT range AS id, {text} AS body FROM range(500)").write_parquet(
        file, row_group_size=100
    )
    said = subprocess.check_output([sys.executable, f"{sys.argv[1]}/read.py", file], text=True)
    found[name] = said.split()
    print(name, "(row groups, end, largest batch in MiB, growth of the process in MiB):", said.strip())
assert found["few texts"][0] == "1", found
assert found["few texts"][1] == "read" and int(found["few texts"][-1]) > 400, found
assert " ".join(found["all differ"][1:-2]) == "Out of Memory", found
PY
"$work/venv/bin/python" -W ignore "$work/finding.py" "$work"
