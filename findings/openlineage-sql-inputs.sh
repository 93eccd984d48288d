#!/usr/bin/env bash
# openlineage-sql 1.54.0 (the parser behind Airflow's OpenLineage provider) and sqlglot 30.30.0's
# lineage, on the same PostgreSQL statements.
#
# One would guess: both name the tables that a statement reads, and where a column comes from.
# True: openlineage-sql reports no error and another lineage. A CTE that has the name of the table it
# reads (WITH orders AS (SELECT … FROM orders)) makes that table vanish from the inputs, so that the
# job reads from nowhere; without RECURSIVE the name inside means the table. INSERT INTO t (b, a)
# SELECT a, b is a from a and b from b, for the list of columns is not looked at: what it reports is
# the exact reverse. Of a UNION the second part's column is one of its own name that the target does
# not have. An alias of a scalar subquery is lost: the column is called _0.
# sqlglot names the right sources for all of them; its lineage() reads a query only, so that pairing it
# with the INSERT's columns is the caller's work there too.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check openlineage-sql==1.54.0 sqlglot==30.30.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

from openlineage_sql import parse
from sqlglot import exp
from sqlglot.lineage import lineage

print("openlineage-sql", version("openlineage-sql"), "sqlglot", version("sqlglot"))


def openlineage(statement):
    meta = parse([statement], dialect="postgres")
    assert not meta.errors
    columns = {
        column.descendant.name: sorted(f"{c.origin.qualified_name}.{c.name}" for c in column.lineage)
        for column in meta.column_lineage
    }
    return sorted(table.qualified_name for table in meta.in_tables), columns


def by_sqlglot(query, *columns):
    found = {}
    for column in columns:
        tree = lineage(column, query, schema=None, dialect="postgres")
        leaves = [node for node in tree.walk() if not node.downstream]
        found[column] = sorted(
            f"{leaf.source.name}.{leaf.name.split('.')[-1]}"
            for leaf in leaves
            if isinstance(leaf.source, exp.Table)
        )
    return found


def compare(target, query, *columns):
    theirs = openlineage(f"INSERT INTO {target} {query}")
    print(f"INSERT INTO {target} {query}\n  openlineage-sql: {theirs}")
    sqlglots = by_sqlglot(query, *columns)
    print("  sqlglot, of the query:", sqlglots)
    return theirs, sqlglots


seen = [
    compare("t", "WITH raw AS (SELECT a FROM orders) SELECT a FROM raw", "a"),
    compare("t", "WITH orders AS (SELECT a FROM orders) SELECT a FROM orders", "a"),
    compare("t (b, a)", "SELECT a, b FROM orders", "a", "b"),
    compare("t", "SELECT a AS x FROM orders UNION ALL SELECT b FROM refunds", "x"),
    compare("t", "SELECT (SELECT max(r.b) FROM refunds r) AS m FROM orders o", "m"),
]
expected = [
    ((["orders"], {"a": ["orders.a"]}), {"a": ["orders.a"]}),
    (([], {"a": ["orders.a"]}), {"a": ["orders.a"]}),
    (
        (["orders"], {"a": ["orders.a"], "b": ["orders.b"]}),
        {"a": ["orders.a"], "b": ["orders.b"]},
    ),
    (
        (["orders", "refunds"], {"x": ["orders.a"], "b": ["refunds.b"]}),
        {"x": ["orders.a", "refunds.b"]},
    ),
    ((["orders", "refunds"], {"_0": ["refunds.b"]}), {"m": ["refunds.b"]}),
]
assert seen == expected, f"this has changed: {seen}"
PY
