#!/usr/bin/env bash
# DuckDB 2.0.0, TRY(expression) over rows of which one fails.
#
# One would guess: TRY gives NULL for the row that fails and the value for every other, wherever in
# the expression it fails: that is what it is for.
# True: only where the part that fails stands once in the SELECT. The optimizer computes a part that
# stands twice (in one TRY, or in two columns that each have their TRY) ahead of both, outside of
# any TRY, and the whole statement fails with the error that TRY should have caught. nullif(a // b, 1)
# is enough, for it becomes a CASE that names its argument twice.
# SET disabled_optimizers = 'common_subexpressions' gives what the documentation says.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import duckdb

print("duckdb", duckdb.__version__)
QUERIES = {
    "once": "SELECT TRY(a // b) FROM t ORDER BY i",
    "twice in one TRY": "SELECT TRY((a // b) + (a // b)) FROM t ORDER BY i",
    "nullif": "SELECT TRY(nullif(a // b, 1)) FROM t ORDER BY i",
    "in two columns": "SELECT TRY(a // b), TRY(a // b + 1) FROM t ORDER BY i",
}


def outcomes(setting):
    found = {}
    with duckdb.connect() as connection:
        connection.execute("SET ieee_floating_point_ops = false")
        connection.execute(setting)
        connection.execute(
            "CREATE TABLE t AS SELECT i, 4.0::double AS a, (i % 2)::double AS b FROM range(2) r(i)"
        )
        for name, query in QUERIES.items():
            try:
                found[name] = connection.execute(query).fetchall()
            except duckdb.Error as error:
                found[name] = type(error).__name__
            print(f"  {name}: {found[name]}")
    return found


print("as it comes:")
as_it_comes = outcomes("SELECT 1")
print("without common_subexpressions:")
without = outcomes("SET disabled_optimizers = 'common_subexpressions'")
rows = {
    "once": [(None,), (4.0,)],
    "twice in one TRY": [(None,), (8.0,)],
    "nullif": [(None,), (4.0,)],
    "in two columns": [(None, None), (4.0, 5.0)],
}
assert without == rows, f"this has changed: {without}"
error = "InvalidInputException"
expected = {**dict.fromkeys(QUERIES, error), "once": rows["once"]}
assert as_it_comes == expected, f"this has changed: {as_it_comes}"
PY
