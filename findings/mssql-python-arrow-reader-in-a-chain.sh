#!/usr/bin/env bash
# mssql-python 1.16.0 (Microsoft's driver for SQL Server), cursor.arrow_reader(), against pysqlbridge
# 2.1.3, which speaks SQL Server's protocol.
#
# One would guess: cursor.arrow_reader().read_all() gives the rows, as a pyarrow RecordBatchReader
# does that nobody keeps in a name.
# True: it gives a table with the right columns and no rows, without a word. arrow_reader() wraps
# pyarrow's reader, and closes the result when the wrapper is let go of. read_all is an attribute of
# the reader inside: by the time it is called, nothing holds the wrapper, and the result is closed.
# Kept in a name, or in a `with`, the same reader gives all rows; so do arrow() and a `for` loop.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    mssql-python==1.16.0 pysqlbridge==2.1.3 pyarrow==26.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import logging
from importlib.metadata import version

import mssql_python
from pysqlbridge.catalog import load
from pysqlbridge.certificate import self_signed
from pysqlbridge.logins import Login, LoginStore
from pysqlbridge.server import start_background

print("mssql-python", version("mssql-python"), "pysqlbridge", version("pysqlbridge"))
logging.disable(logging.CRITICAL)
open("numbers.json", "w").write("[" + ",".join('{"n": %d}' % n for n in range(100)) + "]")
open("tables.json", "w").write('{"tables": [{"name": "numbers", "json": "numbers.json"}]}')
certificate = self_signed()
open("certificate.pem", "wb").write(certificate.cert_pem)
server, _ = start_background(
    certificate=certificate,
    query_handler=load("tables.json").answer,
    logins=LoginStore([Login(user="reader", secret="secret", hashed=False)]),
)
mssql_python.native_provider = "mssql-odbc"  # the one that needs no library of the system
connection = mssql_python.connect(
    f"Server=localhost,{server.address[1]};UID=reader;PWD=secret;Encrypt=yes;"
    "ServerCertificate=certificate.pem"
)


def ask():
    return connection.cursor().execute("SELECT n FROM numbers")


def keep():
    reader = ask().arrow_reader()
    return reader.read_all().num_rows


rows = {
    "in a chain": ask().arrow_reader().read_all().num_rows,
    "kept in a name": keep(),
    "in a loop": sum(batch.num_rows for batch in ask().arrow_reader()),
    "arrow()": ask().arrow().num_rows,
}
connection.close()
server.shutdown()
print(rows)
assert rows == {"in a chain": 0, "kept in a name": 100, "in a loop": 100, "arrow()": 100}, "changed"
PY
