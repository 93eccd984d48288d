#!/usr/bin/env bash
# apache-airflow-providers-common-sql 2.4.0 (Airflow 3.3.2), its check operators on SQLite, for a day
# whose load brought nothing.
#
# One would guess: a check that compares today with last week fails when today is empty, and so does
# one that wants the least id to be 1 or more. That is the accident they are there for.
# True: SQLIntervalCheckOperator calls a metric of 0 no metric (ignore_zero is True by default): with
# 2 rows last week and none today a limit of 1.5 is met, while 4 rows are refused. Nor does its
# default formula know a sign: profits of 300 that become a loss of 5,000 are -0.06 times, below any
# limit; and by the other formula, relative_diff, a loss of 2 that becomes one of 5,000 is -2499.
# SQLColumnCheckOperator takes NULL for 0 (accept_none is True by default): a largest value below
# 1,000 and a least one of 0 or more hold for a day without a row, and so do unique and not null. And
# unique_check counts no NULLs: three rows without an id are unique.
# SQLTableCheckOperator does not pass: a condition on rows of which there is none is an error,
# 'none' is not a boolean-like string value.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check apache-airflow-core==3.3.2 \
  apache-airflow-providers-common-sql==2.4.0 apache-airflow-providers-sqlite==4.3.4
cd "$work"
export AIRFLOW__LOGGING__LOGGING_LEVEL=CRITICAL AIRFLOW_HOME="$work" \
  AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite:///$work/airflow.db"
export AIRFLOW_CONN_SHOP="{\"conn_type\": \"sqlite\", \"host\": \"$work/shop.db\"}"
"$work/venv/bin/python" - 2>"$work/log" <<'PY' || { tail -n 5 "$work/log"; exit 1; }
import sqlite3
from importlib.metadata import version

from airflow.providers.common.sql.operators.sql import (
    SQLColumnCheckOperator,
    SQLIntervalCheckOperator,
    SQLTableCheckOperator,
)

print("airflow", version("apache-airflow-core"),
      "common-sql", version("apache-airflow-providers-common-sql"))
TODAY, LAST_WEEK = "2026-01-08", "2026-01-01"
NAMES = {"{{ ds }}": TODAY, "{{ macros.ds_add(ds, -7) }}": LAST_WEEK}


def day(rows, ds):
    with sqlite3.connect("shop.db") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS orders (ds, id, amount)")
        connection.execute("DELETE FROM orders WHERE ds = ?", [ds])
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", [(ds, *row) for row in rows])


def verdict(operator):
    for name in ("sql1", "sql2"):
        if isinstance(text := getattr(operator, name, None), str):
            for template, value in NAMES.items():
                text = text.replace(template, value)
            setattr(operator, name, text)
    try:
        operator.execute({})
    except Exception as error:
        return type(error).__name__
    return "passes"


def interval(metric, **options):
    limits = {metric: 1.5}
    return verdict(SQLIntervalCheckOperator(
        task_id="c", conn_id="shop", table="orders", metrics_thresholds=limits, **options))


def columns(**checks):
    return verdict(SQLColumnCheckOperator(
        task_id="c", conn_id="shop", table="orders", partition_clause=f"ds = '{TODAY}'",
        column_mapping={"id": checks}))


def table(**checks):
    return verdict(SQLTableCheckOperator(
        task_id="c", conn_id="shop", table="orders", partition_clause=f"ds = '{TODAY}'",
        checks={name: {"check_statement": text} for name, text in checks.items()}))


seen = {}
day([(1, 100), (2, 200)], LAST_WEEK)
day([(3, 100), (4, 100), (5, 100), (6, 100)], TODAY)
seen["4 rows after 2"] = interval("COUNT(*)")
day([], TODAY)
seen["no row after 2"] = interval("COUNT(*)")
seen["no row, not to be ignored"] = interval("COUNT(*)", ignore_zero=False)
seen["max and min of no row"] = columns(max={"less_than": 1000}, min={"geq_to": 0})
seen["unique and not null of no row"] = columns(
    unique_check={"equal_to": 0}, null_check={"equal_to": 0})
seen["a table's condition of no row"] = table(positive="amount > 0")
day([(None, 1), (None, 1), (None, 1)], TODAY)
seen["three rows without an id, unique"] = columns(unique_check={"equal_to": 0})
day([(3, -5000)], TODAY)
seen["-5000 after 300"] = interval("SUM(amount)")
day([(1, -2)], LAST_WEEK)
seen["-5000 after -2, relative"] = interval("SUM(amount)", ratio_formula="relative_diff")
for what, result in seen.items():
    print(f"{what}: {result}")
expected = ["AirflowException", "passes", "AirflowException", "passes", "passes", "ValueError",
            "passes", "passes", "passes"]
assert list(seen.values()) == expected, "this has changed"
PY
