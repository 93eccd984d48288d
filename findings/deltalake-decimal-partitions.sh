#!/usr/bin/env bash
# deltalake (delta-rs) 1.6.6, a table partitioned by a decimal or by a binary column.
#
# One would guess: a value that cannot be a partition is refused before anything is written, and a
# write that raises leaves the table as it was; what was written comes back.
# True: a negative decimal is written into the log as "-1.-50" (the minus sign also stands before the
# cents), the version is committed, and only then does the call raise. From there the whole table,
# its older rows too, cannot be opened, and a retry cannot either. Older versions still can. 1.50 and
# 0.07 are written right, so that it takes the first refund. As an ordinary column all are right.
# A binary column is escaped as Delta's protocol asks, and never read back: b"\xff" comes back as the
# six bytes \u00FF, without a message.
# The protocol's text gives no rule for the sign of a decimal other than that it is one number.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check deltalake==1.6.6 pyarrow==26.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import json
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

print("deltalake", version("deltalake"), "pyarrow", version("pyarrow"))


def attempt(what, call):
    try:
        result = call()
    except Exception as error:
        result = f"{type(error).__name__}: {error}"
    print(f"{what}: {result}")
    return result


def amounts(*values):
    cents = pa.array(map(Decimal, values), pa.decimal128(10, 2))
    return pa.table({"amount": cents, "id": pa.array(range(len(values)))})


def read(*arguments, **options):
    table = DeltaTable("refunds", *arguments, **options).to_pyarrow_table()
    return sorted(map(str, table.column("amount").to_pylist()))


def append(*values):
    write_deltalake("refunds", amounts(*values), mode="append", partition_by=["amount"])


append("1.50", "0.07")
assert attempt("positive", read) == ["0.07", "1.50"]
raised = attempt("append of -1.50", lambda: append("-1.50"))
log = sorted(Path("refunds/_delta_log").glob("*.json"))
actions = [json.loads(line) for line in log[-1].read_text().splitlines()]
committed = [action["add"]["partitionValues"] for action in actions if "add" in action]
print("versions in the log:", len(log), "the last one adds", committed)
later = attempt("read", read)
again = attempt("append of 2.00", lambda: append("2.00"))
assert attempt("read of version 0", lambda: read(version=0)) == ["0.07", "1.50"]
assert len(log) == 2 and committed == [{"amount": "-1.-50"}], "this has changed"
assert all("Failed to parse value '-1.-50'" in text for text in (raised, later, again))

write_deltalake("plain", amounts("-1.50"))
assert DeltaTable("plain").to_pyarrow_table().column("amount").to_pylist() == [Decimal("-1.50")]

write_deltalake("bytes", pa.table({"k": [b"\xff"], "id": [1]}), partition_by=["k"])
back = DeltaTable("bytes").to_pyarrow_table().column("k").to_pylist()
print("binary partition written", [b"\xff"], "read", back)
assert back == [rb"\u00FF"], "this has changed"
PY
