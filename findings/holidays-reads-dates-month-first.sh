#!/usr/bin/env bash
# holidays 0.109, a calendar of France, asked in the words of a French file.
#
# One would guess: a calendar of one country reads dates as that country writes them, or refuses a text
# that two readings fit; and a calendar without `years` has all of its days, or none, at all times.
# True: "01/05/2026" is 5 January, a working day, and "05/01/2026" is 1 May, a holiday: month first, whatever
# the country. "13/05/2026" is read day first without a word, since there is no thirteenth month: a
# column of French dates is read half one way and half the other.
# A calendar without `years` is false and empty, until a date is asked for; from then on it has the days of
# that year. So `[day for day in calendar]` gives what others have asked before. A year after 2100 is
# empty and no error: 14 July 2101 is a working day.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check holidays==0.109
"$work/venv/bin/python" - <<'PY'
import datetime
import sys

import holidays

print("holidays", holidays.__version__)
france = holidays.country_holidays("FR")
before = (bool(france), len(list(france)))
asked = {text: text in france for text in ("01/05/2026", "05/01/2026", "13/05/2026", "14/05/2026")}
after = len(list(france))
late = {year: datetime.date(year, 7, 14) in france for year in (2100, 2101)}
print("without years:", before, "and after four questions about 2026:", after)
print("as text:", asked)
print("14 July:", late)
expected = (
    (False, 0),
    {"01/05/2026": False, "05/01/2026": True, "13/05/2026": False, "14/05/2026": True},
    11,
    {2100: True, 2101: False},
)
if (before, asked, after, late) != expected:
    sys.exit(f"this has changed: {(before, asked, after, late)}")
PY
