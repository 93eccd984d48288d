#!/usr/bin/env bash
# PyYAML 6.0.4 writing a file of values that Helm 4.2 reads (its own code, in the wheel helm-python-sdk 0.2.2).
#
# One would guess: a text that would be read as a number is written in quotes. PyYAML does so for
# "42", "0755" or "yes", Helm's own writer too, so what a script writes as a text Helm has as a text.
# True: each quotes what it would itself misread. PyYAML reads YAML 1.1 (a float has a dot and a signed
# exponent, an octal begins with 0 alone), Go's YAML takes more: of these texts it makes numbers and
# truths, and says nothing.
# - A permission of Airflow's settings, 0o700, is 448: Airflow then ends with `invalid literal for int()
#   with base 8`.
# - A commit's short name whose only letter is an e, 685e230, is 6.85e+232; an image's tag 1e3 is 1000;
#   a code with a leading zero and an 8 or a 9, 08, is 8.
# - y and n are true and false, which PyYAML reads as letters; yes and no, which it does not, are quoted.
# In JSON, which every reader of YAML takes, all of them stay what they are.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check PyYAML==6.0.4 helm-python-sdk==0.2.2
"$work/venv/bin/python" - <<'PY'
import importlib.metadata
import json
import sys

import helm_python
import yaml

for name in ("PyYAML", "helm-python-sdk"):
    print(name, importlib.metadata.version(name))
TEXTS = ["0o700", "685e230", "1e3", "12e5", "08", "y", "n", "42", "0755", "yes"]
seen = {}
for text in TEXTS:
    written = yaml.safe_dump({"tag": text})
    assert yaml.safe_load(written) == {"tag": text}
    seen[text] = helm_python.values_from_yaml(written)["tag"]
    print(f"{text!r:>10}  {written.strip():<14} Helm has {seen[text]!r}")
    assert helm_python.values_from_yaml(json.dumps({"tag": text})) == {"tag": text}
wanted = {
    "0o700": 448, "685e230": 6.85e232, "1e3": 1000, "12e5": 1200000, "08": 8, "y": True, "n": False,
    "42": "42", "0755": "0755", "yes": "yes",
}
if seen != wanted:
    sys.exit(f"it is another behaviour now: {seen}")
PY
