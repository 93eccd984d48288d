#!/usr/bin/env bash
# python-stdnum 2.2 validating IBANs (ISO 13616).
#
# One would guess: iban.is_valid answers by the length, the country's form and the check digits, so
# what it accepts does not depend on when the package was published.
# True: for some countries it looks the bank up in a list of banks that is part of the package. A
# Belgian account with right digits, internationally and nationally, of a bank that is not in the list
# is not valid: InvalidComponent. Banks that have come since are refused with it. With
# check_country=False it is valid, and a wrong digit is still refused.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check python-stdnum==2.2
"$work/venv/bin/python" - <<'PY'
import stdnum
from stdnum import iban

print("python-stdnum", stdnum.__version__)
known, unknown, wrong = "BE48320070184927", "BE67697030970187", "BE67697030970178"
bank, check = divmod(int(unknown[4:]), 100)
print(f"national check digits of {unknown}: {check}, as they should be: {bank % 97 or 97}")
seen = []
for number in (known, unknown, wrong):
    answers = iban.is_valid(number), iban.is_valid(number, check_country=False)
    print(f"{number}: is_valid {answers[0]}, with check_country=False {answers[1]}")
    seen.append(answers)
assert check == (bank % 97 or 97)
assert seen == [(True, True), (False, True), (False, False)], f"this has changed: {seen}"
PY
