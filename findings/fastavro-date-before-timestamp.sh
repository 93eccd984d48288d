#!/usr/bin/env bash
# fastavro 1.13.1 writing datetimes and numbers into an Avro file.
#
# One would guess: a value goes to the branch of a union that can hold it, whatever the order of the
# branches, and with validator=True a value that does not fit is refused.
# True: of ["null", date, timestamp-micros] a datetime is written as a date, for Python's datetime is
# a kind of date, and its time of day is gone; with timestamp-micros first it is kept. Validation
# finds nothing, in both. A field that is a date only takes a datetime as well. It is not a rule that
# the first branch wins: of ["null", float, double] 0.1 is a double. And 1.9 in a field of type int is
# written as 1: this one the validator refuses, and it is off by default.
# The documentation speaks of unions that leave a choice for records only.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check fastavro==1.13.1
"$work/venv/bin/python" - <<'PY'
from datetime import UTC, datetime
from io import BytesIO

import fastavro

print("fastavro", fastavro.__version__)
DATE = {"type": "int", "logicalType": "date"}
MOMENT = {"type": "long", "logicalType": "timestamp-micros"}


def back(kind, value, **options):
    field = {"name": "v", "type": kind}
    schema = fastavro.parse_schema({"type": "record", "name": "r", "fields": [field]})
    file = BytesIO()
    try:
        fastavro.writer(file, schema, [{"v": value}], **options)
    except Exception as error:
        read = type(error).__name__
    else:
        file.seek(0)
        read = str(next(fastavro.reader(file))["v"])
    print(f"{kind} {options}: {value} -> {read}")
    return read


noon = datetime(2026, 11, 28, 12, 30, tzinfo=UTC)
seen = [
    back(["null", DATE, MOMENT], noon),
    back(["null", DATE, MOMENT], noon, validator=True),
    back(["null", MOMENT, DATE], noon),
    back(DATE, noon, validator=True),
    back(["null", "float", "double"], 0.1, validator=True),
    back("int", 1.9),
    back("int", 1.9, validator=True),
]
expected = [
    "2026-11-28",
    "2026-11-28",
    "2026-11-28 12:30:00+00:00",
    "2026-11-28",
    "0.1",
    "1",
    "ValidationError",
]
assert seen == expected, f"this has changed: {seen}"
PY
