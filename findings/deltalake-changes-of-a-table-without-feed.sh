#!/usr/bin/env bash
# deltalake (delta-rs) 1.6.6, load_cdf() of a table that keeps no change data feed.
#
# One would guess: it is refused, as Delta's protocol and Spark do ("change data was not recorded"),
# or it gives what has changed.
# True: it answers. Where delta.enableChangeDataFeed was never set, an update of one row of three is
# three deletes and three inserts: every row of each file that was written again. Nothing says that it
# is a guess made of whole files. Applied to a copy it happens to give the right rows; counted, or
# shown to people as "what changed", it is wrong. Look at the table's property first.
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
rows = pa.table({"id": [1, 2, 3], "name": ["a", "b", "c"]})


def changes(name, configuration):
    write_deltalake(name, rows, configuration=configuration)
    DeltaTable(name).update(predicate="id = 2", updates={"name": "'B'"})
    found = pa.table(DeltaTable(name).load_cdf(starting_version=1)).to_pylist()
    return sorted((row["_change_type"], row["id"], row["name"]) for row in found)


kept = changes("kept", {"delta.enableChangeDataFeed": "true"})
unkept = changes("unkept", None)
print("with the feed:   ", kept)
print("without the feed:", unkept, DeltaTable("unkept").metadata().configuration)
assert kept == [("update_postimage", 2, "B"), ("update_preimage", 2, "b")], "this has changed"
assert [kind for kind, *_ in unkept] == ["delete"] * 3 + ["insert"] * 3, "this has changed"
PY
