#!/usr/bin/env bash
# deltalake (delta-rs) 1.6.6, load_as_version(datetime) beside history().
#
# One would guess: a moment that history() gives for a version loads that version: both are of one
# library and say when a commit was made.
# True: history() has the time that the writer put into the commit; load_as_version goes by when the
# file of the log was last written, on the storage's clock. That is a little later, so the moment of
# a version loads the one before it (or the same one, where both fall into one millisecond). In a
# copy of the table, whose files are new, every moment of its past loads the oldest version, though
# history() still has the true times. Take the version's number from history() and load that.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check deltalake==1.6.6 pyarrow==26.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import shutil
import time
from datetime import datetime, timedelta, timezone
from importlib.metadata import version

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

print("deltalake", version("deltalake"))
for number in range(3):
    write_deltalake("table", pa.table({"n": [number]}), mode="append")
    time.sleep(0.3)
made = {one["version"]: one["timestamp"] for one in DeltaTable("table").history()}
shutil.copytree("table", "copy", copy_function=shutil.copyfile)


def load(table, moment):
    found = DeltaTable(table)
    found.load_as_version(datetime.fromtimestamp(moment / 1000, timezone.utc))
    return found.version()


assert {one["version"]: one["timestamp"] for one in DeltaTable("copy").history()} == made
# 100 ms after each commit, so that the few milliseconds of the original do not matter.
original = [load("table", made[number] + 100) for number in range(3)]
copied = [load("copy", made[number] + 100) for number in range(3)]
print("history() of both:", made)
print("as of 100 ms after each commit, the table:", original, "its copy:", copied)
assert (original, copied) == ([0, 1, 2], [0, 0, 0]), "this has changed"
PY
