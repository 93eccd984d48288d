#!/usr/bin/env bash
# deltalake (delta-rs) 1.6.6, vacuum() after an overwrite that was to remove a value.
#
# One would guess: after an overwrite and a vacuum with a retention of 0 nothing of the old rows is
# left; and a vacuum that finds nothing does nothing.
# True: the old file is gone, and its values are not: the log still has the least and the greatest
# value of each column of each former file, and with a few rows that is most of them. Erasing a person
# takes a checkpoint and a log retention of 0 as well. And each later vacuum names the same file again,
# now by its whole path, which is no longer there, and commits two versions (VACUUM START, VACUUM END) that change nothing:
# a nightly one counts as a change for whoever watches the version.
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
from pathlib import Path


def holders(text):
    return sorted(p.suffix for p in Path("t").rglob("*") if p.is_file() and text in p.read_bytes())


def vacuum(**options):
    table = DeltaTable("t")
    return table.vacuum(0, enforce_retention_duration=False, full=True, **options)


write_deltalake("t", pa.table({"email": ["ada@example.org"]}))
write_deltalake("t", pa.table({"email": ["nobody"]}), mode="overwrite")
print("before the vacuum:", holders(b"ada@example.org"))
first = vacuum(dry_run=False)
left = holders(b"ada@example.org")
print("after it:", left, "version", DeltaTable("t").version())
again = vacuum(dry_run=False)
print("a second one names", again, "and makes version", DeltaTable("t").version())
assert left == [".json"], "this has changed"
assert [Path(one).name for one in again] == first, "this has changed"
assert not Path("t", first[0]).exists()
assert DeltaTable("t").version() == 5, "this has changed"
properties = DeltaTable("t").alter
properties.set_table_properties({"delta.logRetentionDuration": "interval 0 days"})
DeltaTable("t").create_checkpoint()
DeltaTable("t").cleanup_metadata()
print("after a checkpoint and a clean-up of the log:", holders(b"ada@example.org"))
assert holders(b"ada@example.org") == []
PY
