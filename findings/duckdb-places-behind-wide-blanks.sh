#!/usr/bin/env bash
# DuckDB 2.0.0: the places of json_serialize_sql, and blanks that are not plain ones.
#
# One would guess: query_location counts the bytes (or the characters) of the text that was handed in,
# so that text[location : location + length] is what was written there.
# True: it counts bytes, but of a text in which each blank of several bytes between words (U+00A0,
# U+2003, U+3000 …) is one byte. Behind a U+3000 every place is two too low: the slice for the column b
# of "a + b" is another piece of the text. Within quotes the blank stays whole, and nothing moves.
# Who splices by these places puts plain blanks there first, as many as the blank has bytes.
# duckdb.tokenize counts the bytes as they were handed in, and so differs from it.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import json

import duckdb

print("duckdb", duckdb.__version__)


def places(text):
    (answer,) = duckdb.execute("SELECT json_serialize_sql(?)", [text]).fetchone()
    found = {}

    def walk(node):
        if isinstance(node, dict):
            if node.get("class") == "COLUMN_REF":
                start, length = node["query_location"], node["query_location_length"]
                found[node["column_names"][0]] = text.encode()[start : start + length]
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(json.loads(answer))
    print(ascii(text), found, [start for start, _ in duckdb.tokenize(text)])
    return found


assert places("SELECT a + b") == {"a": b"a", "b": b"b"}
assert places("SELECT a + '\u3000\u00e9' || b")["b"] == b"b", "this has changed"
assert places("SELECT a\u3000+ b")["b"] != b"b", "this has changed"
assert places("SELECT a\u00a0+ b")["b"] != b"b", "this has changed"
PY
