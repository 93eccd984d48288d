#!/usr/bin/env bash
# postgast 0.2.0, which brings libpg_query (PostgreSQL 18's parser) to Python.
#
# One would guess: all places that it gives are counted alike, and, as its docstring says of
# PgQueryError.cursorpos, in bytes; and it reads every query that PostgreSQL reads.
# True: the places of tokens and of tree nodes are bytes, from 0, but an error's cursorpos counts
# characters, from 1: with one é before it, the recipe in the docstring is off by one. And a chain of
# 60 operators (a || b || …) cannot be parsed: the tree comes as a protocol buffer, each operator
# nests two messages, and protobuf's decoder stops at 100 levels. scan() reads the same text.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check postgast==0.2.0 protobuf==7.36.2
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import postgast
from google.protobuf.message import DecodeError

print("postgast", version("postgast"), "protobuf", version("protobuf"))

text = "select 'é' as a, b from t"
token = next(t for t in postgast.scan(text).tokens if text.encode()[t.start : t.end] == b"b")
tree = postgast.parse(text).stmts[0].stmt.select_stmt
node = tree.target_list[1].res_target.location
print("b is character", text.index("b"), "and byte", text.encode().index(b"b"))
print("token", token.start, "node", node)
assert token.start == node == text.encode().index(b"b") == text.index("b") + 1

wrong = "select 'é' as a from where"
try:
    postgast.parse(wrong)
except postgast.PgQueryError as error:
    print(error.message, "cursorpos", error.cursorpos)
    assert error.cursorpos - 1 == wrong.index("where")
    assert error.cursorpos - 1 != wrong.encode().index(b"where")
else:
    raise SystemExit("it was read")

for operands in (40, 60):
    chain = f"select {' || '.join(['a'] * operands)} from t"
    try:
        postgast.parse(chain)
        print(operands, "operands are read")
        assert operands == 40
    except DecodeError as error:
        print(operands, "operands:", str(error)[-60:])
        assert operands == 60
    assert len(postgast.scan(chain).tokens) == 2 * operands + 2
PY
