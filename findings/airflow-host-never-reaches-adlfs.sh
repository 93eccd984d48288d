#!/usr/bin/env bash
# Airflow's provider for Azure (15.2.1) opening abfs:// with adlfs 2026.8.0, by a connection that names the account's host.
#
# One would guess: a connection of type wasb whose host is the account's address, as the provider's own form asks for
# ("Account URL"), opens abfs:// at that address; the hook of the same provider does, for wasb.
# True: the provider hands the address to adlfs as `account_url`, which adlfs takes among its **kwargs and never reads. With
# the host alone it says "Must provide either a connection_string or account_name with credentials!!". With the account's
# name in the extra as well, the host is still passed over: files of an account in China (blob.core.chinacloudapi.cn) are
# asked for at blob.core.windows.net. Only `account_host` in the extra is heard.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    apache-airflow-core==3.3.2 apache-airflow-task-sdk==1.3.2 adlfs==2026.8.0 azure-identity==1.27.0 \
    azure-storage-blob==12.31.1 apache-airflow-providers-common-compat==1.23.0 msrest==0.7.1
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    apache-airflow-providers-microsoft-azure==15.2.1
AIRFLOW_HOME="$work/airflow" "$work/venv/bin/python" - 2>/dev/null <<'PY'
import importlib.metadata
import json
import os
import sys

for name in ("apache-airflow-core", "apache-airflow-providers-microsoft-azure", "adlfs"):
    print(name, importlib.metadata.version(name))
HOST = "https://lakeofours.blob.core.chinacloudapi.cn"
KEY = "bm90IGEga2V5"
GIVEN = {
    "host": {"host": HOST, "password": KEY},
    "host_and_name": {"host": HOST, "password": KEY, "extra": {"account_name": "lakeofours"}},
    "account_host": {
        "password": KEY,
        "extra": {"account_name": "lakeofours", "account_host": HOST.removeprefix("https://")},
    },
}
for name, given in GIVEN.items():
    os.environ[f"AIRFLOW_CONN_{name.upper()}"] = json.dumps({"conn_type": "wasb", **given})

from airflow.providers.microsoft.azure.fs.adls import get_fs


def opened(conn_id):
    try:
        return get_fs(conn_id).account_url
    except ValueError as error:
        return str(error)


seen = {name: opened(name) for name in GIVEN}
for name, what in seen.items():
    print(f"{name:14}{what}")
wanted = {
    "host": "unable to connect to account for Must provide either a connection_string or "
    "account_name with credentials!!",
    "host_and_name": "https://lakeofours.blob.core.windows.net",
    "account_host": HOST,
}
if seen != wanted:
    sys.exit(f"it is another behaviour now: {seen}")
PY
