#!/usr/bin/env bash
# Airflow 3.3.2 (task SDK 1.3.2) reading a connection of PostgreSQL from AIRFLOW_CONN_…, as psycopg 3.3.9 reads it.
#
# One would guess: libpq's URI of a primary and its standby, each with its port, is a connection's URI in
# Airflow too; and one that Airflow cannot read is an error that names the variable.
# True: Airflow takes a URI for that of one server. With two ports the connection "isn't defined": the
# ValueError of Python's urlsplit is logged as DEBUG, and the next secrets backend is asked. With one
# port at the end it is read, and means another thing: to libpq it is the last host's, and the first one
# has 5432; Airflow's one port is that of all. As JSON, whose host has both ports, nothing is lost.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    apache-airflow-core==3.3.2 apache-airflow-task-sdk==1.3.2 'psycopg[binary]==3.3.9'
AIRFLOW_HOME="$work/airflow" "$work/venv/bin/python" - 2>/dev/null <<'PY'
import importlib.metadata
import os
import sys

from psycopg.conninfo import conninfo_to_dict

for name in ("apache-airflow-core", "apache-airflow-task-sdk", "psycopg"):
    print(name, importlib.metadata.version(name))
TWO = "postgresql://ana:a-long-secret@db1:6432,db2:6433/w?target_session_attrs=read-write"
ONE = "postgresql://ana:a-long-secret@db1,db2:6432/w?target_session_attrs=read-write"
os.environ["AIRFLOW_CONN_TWO_PORTS"] = TWO
os.environ["AIRFLOW_CONN_ONE_PORT"] = ONE
os.environ["AIRFLOW_CONN_JSON"] = '{"conn_type": "postgres", "host": "db1:6432,db2:6433"}'

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException


def libpq(uri):
    found = conninfo_to_dict(uri)
    return found["host"], found["port"]


def airflow(conn_id):
    try:
        found = Connection.get(conn_id)
    except AirflowNotFoundException as error:
        return str(error)
    return found.host, found.port


seen = [libpq(TWO), airflow("two_ports"), libpq(ONE), airflow("one_port"), airflow("json")]
for who, what in zip(("libpq  ", "Airflow") * 2 + ("as JSON",), seen):
    print(who, what)
wanted = [
    ("db1,db2", "6432,6433"), "The conn_id `two_ports` isn't defined",
    ("db1,db2", ",6432"), ("db1,db2", 6432), ("db1:6432,db2:6433", None),
]
if seen != wanted:
    sys.exit(f"it is another behaviour now: {seen}")
PY
