"""`make compose-env`: what docker-compose.yaml asks for, generated: a file for each secret in
secrets/, and .env for what is none.

Needs nothing but Python's standard library: who runs containers need not install the rest.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from medallion.local.credentials import fernet_key, password, write_private
from medallion.private_files import private_folder

# The same as the replay server's own; not imported from there, which would need the web server.
REPLAY_TOKEN = "eyJhbGciOiJub25lIn0.replay.replay"  # noqa: S105  # opens nothing
FOLDER = "secrets"
SETTING = "MEDALLION_SECRETS"
"""The variable of .env that names the secrets' folder: without it, compose refuses to start."""
HEADER = "# Written by `make compose-env`; it is never overwritten, only completed."
CELERY = {
    "AIRFLOW_EXECUTOR": "CeleryExecutor",
    "REQUIREMENTS": "requirements-celery.txt",
    "MEDALLION_IMAGE": "medallion-celery:local",
    "TASK_QUEUED_TIMEOUT": "120",
}
"""What `CELERY` sets of .env, unless it is there."""
FORMER = {
    "AIRFLOW_FERNET_KEY": "AIRFLOW__CORE__FERNET_KEY",
    "AIRFLOW_API_SECRET_KEY": "AIRFLOW__API__SECRET_KEY",
    "AIRFLOW_JWT_SECRET": "AIRFLOW__API_AUTH__JWT_SECRET",
    "TMDB_CONNECTION": "AIRFLOW_CONN_TMDB_DEFAULT",
    "SUPERSET_READER_PASSWORD": "MEDALLION_BI_PASSWORD",
    "SUPERSET_CONNECTION": "AIRFLOW_CONN_MEDALLION_SUPERSET",
    "SUPERSET_WAREHOUSE_CONNECTION": "AIRFLOW_CONN_MEDALLION_SUPERSET_WAREHOUSE",
}
"""Secrets that were variables of .env under another name; the others kept theirs."""


def complete_secrets(
    known: Mapping[str, str], environ: Mapping[str, str] = os.environ, *, prefix: str = ""
) -> dict[str, str]:
    """The secrets of docker-compose.yaml, by file name: those that are known, and the rest made.
    A prefix comes before the services' names: in Kubernetes that of a release.

    An empty one is made, too, unless what it belongs to is switched off: Superset's connections are
    empty until the environment has `BI`, the broker's address until it has `CELERY`. A `TMDB_TOKEN`
    in it means the real TMDB; without one the replay is asked.
    """
    kept = {name: value for name, value in known.items() if value}
    passwords = {
        "POSTGRES_PASSWORD": password(),
        "AIRFLOW_DB_PASSWORD": password(),
        "MEDALLION_LOADER_PASSWORD": password(),
        "MEDALLION_MONITOR_PASSWORD": password(),
        "MEDALLION_BI_PASSWORD": password(),
        "AIRFLOW__CORE__FERNET_KEY": fernet_key(),
        "AIRFLOW__API__SECRET_KEY": password(),
        "AIRFLOW__API_AUTH__JWT_SECRET": password(),
        "AIRFLOW_ADMIN_PASSWORD": password(),
        "MEDALLION_METRICS_TOKEN": password(),
        "GRAFANA_ADMIN_PASSWORD": password(),
        "SUPERSET_SECRET_KEY": password(),
        "SUPERSET_DB_PASSWORD": password(),
        "SUPERSET_ADMIN_PASSWORD": password(),
        "SUPERSET_BOT_PASSWORD": password(),
        "REDIS_PASSWORD": password(),
    } | kept
    made = _addresses(passwords, prefix)
    made |= _superset(passwords, prefix, switched_on=bool(environ.get("BI")))
    made |= _celery(passwords, prefix, switched_on=bool(environ.get("CELERY")))
    return passwords | made | {"AIRFLOW_CONN_TMDB_DEFAULT": _tmdb(environ, prefix)} | kept


def complete_settings(
    known: Mapping[str, str],
    secrets: Mapping[str, str],
    environ: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """The variables of .env, values as they are written: those that are known, and what
    `MONITORING`, `BI`, `BACKUP`, `CELERY` and the connection to TMDB switch on."""
    replay = '"tmdb-replay"' in secrets["AIRFLOW_CONN_TMDB_DEFAULT"]
    variables = {SETTING: f"./{FOLDER}", "COMPOSE_PROFILES": "replay" if replay else "", **known}
    if environ.get("MONITORING"):
        # Airflow's own metrics have somewhere to go then.
        variables = _with_profile(variables, "monitoring") | {"AIRFLOW_STATSD_ON": "True"}
    if environ.get("CELERY"):
        variables = CELERY | _with_profile(variables, "celery")
    if environ.get("BACKUP"):
        variables = _with_profile(variables, "backup")
    if environ.get("BI"):
        address = f"http://127.0.0.1:{variables.get('SUPERSET_PORT', '8088')}"
        variables = {"SUPERSET_URL": address, **_with_profile(variables, "bi")}
    return variables


def _with_profile(variables: Mapping[str, str], name: str) -> dict[str, str]:
    profiles = [one for one in variables.get("COMPOSE_PROFILES", "").split(",") if one]
    return {**variables, "COMPOSE_PROFILES": ",".join(dict.fromkeys([*profiles, name]))}


def _addresses(passwords: Mapping[str, str], prefix: str) -> dict[str, str]:
    """How each service reaches the database: addresses that hold a password."""
    host = f"{prefix}postgres"
    loader = passwords["MEDALLION_LOADER_PASSWORD"]
    airflow = _url("airflow", passwords["AIRFLOW_DB_PASSWORD"], host, "airflow")
    superset = _url("superset", passwords["SUPERSET_DB_PASSWORD"], host, "superset")
    return {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2{airflow}",
        "MEDALLION_ADMIN_URL": "postgresql"
        + _url("postgres", passwords["POSTGRES_PASSWORD"], host, "warehouse"),
        "MEDALLION_WAREHOUSE_URL": "postgresql"
        + _url("medallion_loader", loader, host, "warehouse"),
        "AIRFLOW_CONN_MEDALLION_WAREHOUSE": _warehouse_connection("medallion_loader", loader, host),
        "SUPERSET_METADATA_URL": f"postgresql+psycopg2{superset}",
    }


def _url(user: str, secret: str, host: str, database: str) -> str:
    """What follows the scheme."""
    return f"://{user}:{quote(secret, safe='')}@{host}:5432/{database}"


def _warehouse_connection(login: str, secret: str, host: str) -> str:
    return json.dumps(
        {
            "conn_type": "postgres",
            "host": host,
            "port": 5432,
            "schema": "warehouse",
            "login": login,
            "password": secret,
        }
    )


def _superset(passwords: Mapping[str, str], prefix: str, *, switched_on: bool) -> dict[str, str]:
    """How Airflow reaches Superset, and how Superset reads the warehouse."""
    bot = {
        "conn_type": "http",
        "host": f"{prefix}superset",
        "port": 8088,
        "schema": "http",
        "login": "medallion_bot",
        "password": passwords["SUPERSET_BOT_PASSWORD"],
    }
    of_reader = passwords["MEDALLION_BI_PASSWORD"]
    reader = _warehouse_connection("superset_reader", of_reader, f"{prefix}postgres")
    return {
        "AIRFLOW_CONN_MEDALLION_SUPERSET": json.dumps(bot) if switched_on else "",
        "AIRFLOW_CONN_MEDALLION_SUPERSET_WAREHOUSE": reader if switched_on else "",
    }


def _celery(passwords: Mapping[str, str], prefix: str, *, switched_on: bool) -> dict[str, str]:
    """How the scheduler gives tasks to the workers."""
    url = f"redis://:{quote(passwords['REDIS_PASSWORD'], safe='')}@{prefix}redis:6379/0"
    return {"AIRFLOW__CELERY__BROKER_URL": url if switched_on else ""}


def _tmdb(environ: Mapping[str, str], prefix: str) -> str:
    token = environ.get("TMDB_TOKEN", "")
    connection: dict[str, object] = {"conn_type": "http", "password": token or REPLAY_TOKEN}
    if token:
        connection |= {"host": "api.themoviedb.org", "schema": "https"}
    else:
        connection |= {"host": f"{prefix}tmdb-replay", "schema": "http", "port": 8090}
    return json.dumps(connection)


def read(path: Path) -> dict[str, str]:
    """NAME=value lines of an .env file, values as they are written; {} when there is no file."""
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text().splitlines())
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value for name, value in pairs}


def read_secrets(folder: Path) -> dict[str, str]:
    """Contents of a folder's files by their names, without spaces at the ends; {}: no folder."""
    files = (path for path in folder.iterdir() if path.is_file()) if folder.exists() else ()
    return {path.name: path.read_text().strip() for path in files}


def _take_former(variables: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What an .env of before held: its settings, and its secrets by their names of today."""
    names = {name: FORMER.get(name, name) for name in variables}
    known = set(complete_secrets({}, {}))
    secrets = {
        names[name]: value.strip("'") for name, value in variables.items() if names[name] in known
    }
    return {name: variables[name] for name in variables if names[name] not in known}, secrets


def main(folder: Path) -> int:
    """Write or complete `secrets/` and `.env` in the folder. Others of the machine read neither."""
    path = folder / ".env"
    written = read(path)
    settings, former = _take_former(written)
    there = read_secrets(folder / FOLDER)
    secrets = complete_secrets(former | there)
    made = {name: value for name, value in secrets.items() if there.get(name) != value}
    private_folder(folder / FOLDER).chmod(0o700)
    for name, value in made.items():
        _write_secret(folder / FOLDER / name, value)
    settings = complete_settings(settings, secrets)
    if settings != written:
        lines = [HEADER, *(f"{name}={value}" for name, value in settings.items())]
        write_private(path, "\n".join(lines) + "\n")
    print(f"{folder / FOLDER}: {len(secrets) - len(made)} kept, {len(made)} made")
    print(f"Airflow's user is admin; the password is in {FOLDER}/AIRFLOW_ADMIN_PASSWORD.")
    if "SUPERSET_URL" in settings:
        print(f"Superset's user is admin; the password is in {FOLDER}/SUPERSET_ADMIN_PASSWORD.")
    return 0


def _write_secret(path: Path, value: str) -> None:
    """The folder keeps others out. The file does not: a container's user is another one."""
    write_private(path, value)
    path.chmod(0o644)


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
