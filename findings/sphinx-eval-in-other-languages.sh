#!/usr/bin/env bash
# Sphinx 9.0.4 with a language other than English, under a Content-Security-Policy without
# 'unsafe-eval' (and what its themes put into pages, under one without 'unsafe-inline').
#
# One would guess: a static site needs no eval, in whichever language, and if English pages work
# under a policy, so do French ones.
# True: the English site has no translations.js, and works. A page in any other language loads one,
# and doctools.js makes a function of a text in it (new Function): how many plural forms there are.
# A strict policy refuses that: an error in the console of each page, the locale is not set, and the
# search counts its results as in English. Nothing at build time says so.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check sphinx==9.0.4 furo==2025.12.19
mkdir "$work/docs"
printf 'Title\n=====\n\nWords.\n' > "$work/docs/index.rst"
printf 'html_theme = "furo"\n' > "$work/docs/conf.py"
for language in en fr; do
    "$work/venv/bin/python" -m sphinx -q -b html -D language="$language" "$work/docs" "$work/$language"
done
WORK="$work" "$work/venv/bin/python" - <<'PY'
import os
import re
from pathlib import Path

import sphinx

work = Path(os.environ["WORK"])
print("sphinx", sphinx.__version__)
seen = {}
for language in ("en", "fr"):
    site = work / language
    page = (site / "index.html").read_text()
    script = (site / "_static" / "doctools.js").read_text()
    loads = [name for name in re.findall(r'src="([^"?]+)', page) if name.endswith(".js")]
    translated = "_static/translations.js" in loads
    calls = translated and "addTranslations" in (site / "_static/translations.js").read_text()
    inline = len(re.findall(r"<script>", page)) + len(re.findall(r"<style>", page))
    seen[language] = (translated and calls, "new Function(" in script, inline)
    print(f"{language}: calls addTranslations {seen[language][0]}, which has new Function "
          f"{seen[language][1]}; scripts and styles within the page: {inline}")
assert seen == {"en": (False, True, 2), "fr": (True, True, 2)}, f"this has changed: {seen}"
PY
