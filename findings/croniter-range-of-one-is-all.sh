#!/usr/bin/env bash
# croniter 7.0.0, by which Airflow 3.3.2 reads schedules, and a range whose two ends are one value.
#
# One would guess: "0 6 * * 5-5" comes on Fridays, as in every cron: 5-5 is a range of one day.
# True: croniter takes it for all seven, and so in each field. "0 6-6 * * *" comes at every hour, and
# "0 0 1-1 * *" on every day. Nothing is said.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check croniter==7.0.0
"$work/venv/bin/python" - <<'PY'
import sys
from datetime import datetime
from importlib.metadata import version

from croniter import croniter

print("croniter", version("croniter"))
seen = {}
for text in ("0 6 * * 5", "0 6 * * 5-5", "0 6-6 * * *", "0 0 1-1 * *"):
    moments = croniter(text, datetime(2026, 1, 1))
    seen[text] = [f"{moments.get_next(datetime):%a %d %H:%M}" for _ in range(3)]
    print(f"{text:12} {', '.join(seen[text])}")
expected = {
    "0 6 * * 5": ["Fri 02 06:00", "Fri 09 06:00", "Fri 16 06:00"],
    "0 6 * * 5-5": ["Thu 01 06:00", "Fri 02 06:00", "Sat 03 06:00"],
    "0 6-6 * * *": ["Thu 01 01:00", "Thu 01 02:00", "Thu 01 03:00"],
    "0 0 1-1 * *": ["Fri 02 00:00", "Sat 03 00:00", "Sun 04 00:00"],
}
if seen != expected:
    sys.exit(f"this has changed: {seen}")
PY
