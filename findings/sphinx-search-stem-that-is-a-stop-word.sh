#!/usr/bin/env bash
# The full-text search of Sphinx 9.0.4, in a language that has word stems and short usual words (stop words).
#
# One would guess: the index and the search treat a word alike, so a word that is on a page, is not a
# stop word itself and is typed exactly as it is there finds that page.
# True: they treat a word alike until its stem is a stop word. The index then keeps the word as it is
# written (so that stemming loses nothing), and the script of the search page looks for the stem. Of a
# stem of two letters, parts of words are not tried either: nothing is found, and nothing says why. In
# French those are words like "tué" (killed: "tu" is "you") and "due" ("du" is "of the"), and units like
# "ms" and "ns". The stop words themselves are in the index, where they begin a sentence:
# they are left out by their small letters alone.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    sphinx==9.0.4 snowballstemmer==3.1.1 mini-racer==0.14.1
mkdir "$work/docs"
touch "$work/docs/conf.py"
printf 'Reprise\n=======\n\nUn processus tué est relancé, une somme due est payée. Attente : 20 ms.\n' \
    > "$work/docs/index.rst"
"$work/venv/bin/python" -m sphinx -q -b html -D language=fr "$work/docs" "$work/site"
WORK="$work" "$work/venv/bin/python" - <<'PY'
import json
import os
from pathlib import Path

import sphinx
from py_mini_racer import MiniRacer

site = Path(os.environ["WORK"]) / "site"
# What the scripts of the search page expect of a browser before anything is searched for.
page = MiniRacer()
page.eval("""var window = globalThis, DOCUMENTATION_OPTIONS = {}, SPHINX_HIGHLIGHT_ENABLED = false;
var document = {addEventListener: () => {}, getElementById: () => null, readyState: "complete"};
var _ready = () => {}, _ = (text) => text;""")
for script in ("_static/language_data.js", "_static/searchtools.js", "searchindex.js"):
    page.eval((site / script).read_text(encoding="utf-8") + "; undefined")

found = {}
for word in ("processus", "relancé", "tué", "due", "ms"):
    query = f"Search._parseQuery({json.dumps(word)})"
    terms = json.loads(page.eval(f"JSON.stringify([...{query}[1]])"))
    kept = page.eval(f"Object.hasOwn(Search._index.terms, {json.dumps(word)})")
    pages = page.eval(f"Search._performSearch(...{query}).length")
    found[word] = (terms, bool(kept), int(pages))
print("sphinx", sphinx.__version__)
for word, (terms, kept, pages) in found.items():
    print(f"{word}: looked for as {terms}, in the index as it is written: {kept}, pages found: {pages}")
capital = bool(page.eval('Object.hasOwn(Search._index.terms, "Un")'))
print(f"the stop word 'un' is in the index as 'Un': {capital}")
assert found == {
    "processus": (["processus"], True, 1),
    "relancé": (["relanc"], False, 1),
    "tué": (["tu"], True, 0),
    "due": (["du"], True, 0),
    "ms": (["m"], True, 0),
}, f"this has changed: {found}"
assert capital, "stop words are left out whatever their letters"
PY
