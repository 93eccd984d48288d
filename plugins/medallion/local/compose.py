"""`make compose-env`: the .env file that docker-compose.yaml asks for, with generated passwords.

Needs nothing but Python's standard library: who runs containers need not install the rest.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from medallion.local.credentials import fernet_key, password, write_private

# The same as the replay server's own; not imported from there, which would need the web server.
REPLAY_TOKEN = "eyJhbGciOiJub25lIn0.replay.replay"  # noqa: S105  # opens nothing
HEADER = "# Written by `make compose-env`. Keep it secret; it is never overwritten, only completed."


def complete(known: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables of docker-compose.yaml: those that are known, and the rest made again.

    A `TMDB_TOKEN` in the environment means the real TMDB; without one the replay is used.
    `MONITORING` adds the profile of that name, `BI` Superset's.
    """
    made = {
        "POSTGRES_PASSWORD": password(),
        "AIRFLOW_DB_PASSWORD": password(),
        "MEDALLION_LOADER_PASSWORD": password(),
        "AIRFLOW_ADMIN_PASSWORD": password(),
        "AIRFLOW_JWT_SECRET": password(),
        "AIRFLOW_API_SECRET_KEY": password(),
        "AIRFLOW_FERNET_KEY": fernet_key(),
        "MEDALLION_METRICS_TOKEN": password(),
        "MEDALLION_MONITOR_PASSWORD": password(),
        "GRAFANA_ADMIN_PASSWORD": password(),
        "SUPERSET_DB_PASSWORD": password(),
        "SUPERSET_SECRET_KEY": password(),
        "SUPERSET_ADMIN_PASSWORD": password(),
        "SUPERSET_BOT_PASSWORD": password(),
        "SUPERSET_READER_PASSWORD": password(),
        **_tmdb(environ.get("TMDB_TOKEN", "")),
    }
    variables = {**made, **known}
    if environ.get("MONITORING"):
        # Airflow's own metrics have somewhere to go then.
        variables = _with_profile(variables, "monitoring") | {"AIRFLOW_STATSD_ON": "True"}
    if environ.get("BI"):
        variables = {**_superset(variables), **_with_profile(variables, "bi")}
    return variables


def _with_profile(variables: Mapping[str, str], name: str) -> dict[str, str]:
    profiles = [one for one in variables.get("COMPOSE_PROFILES", "").split(",") if one]
    return {**variables, "COMPOSE_PROFILES": ",".join(dict.fromkeys([*profiles, name]))}


def _superset(variables: Mapping[str, str]) -> dict[str, str]:
    """How Airflow reaches Superset, how Superset reads the warehouse, where people find it."""
    bot = {
        "conn_type": "http",
        "host": "superset",
        "port": 8088,
        "schema": "http",
        "login": "medallion_bot",
        "password": variables["SUPERSET_BOT_PASSWORD"],
    }
    reader = {
        "conn_type": "postgres",
        "host": "postgres",
        "port": 5432,
        "schema": "warehouse",
        "login": "superset_reader",
        "password": variables["SUPERSET_READER_PASSWORD"],
    }
    return {
        "SUPERSET_CONNECTION": f"'{json.dumps(bot)}'",
        "SUPERSET_WAREHOUSE_CONNECTION": f"'{json.dumps(reader)}'",
        "SUPERSET_URL": f"http://127.0.0.1:{variables.get('SUPERSET_PORT', '8088')}",
    }


def _tmdb(token: str) -> dict[str, str]:
    connection: dict[str, object] = {"conn_type": "http", "password": token or REPLAY_TOKEN}
    if token:
        connection |= {"host": "api.themoviedb.org", "schema": "https"}
    else:
        connection |= {"host": "tmdb-replay", "schema": "http", "port": 8090}
    return {
        # Quoted, so that neither a shell nor compose changes the JSON.
        "TMDB_CONNECTION": f"'{json.dumps(connection)}'",
        "COMPOSE_PROFILES": "" if token else "replay",
    }


def read(path: Path) -> dict[str, str]:
    """NAME=value lines of an .env file, values as they are written; {} when there is no file."""
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text().splitlines())
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value for name, value in pairs}


def main(folder: Path) -> int:
    """Write or complete `.env` in the folder, readable by its owner only."""
    path = folder / ".env"
    known = read(path)
    variables = complete(known)
    if variables != known:
        lines = [HEADER, *(f"{name}={value}" for name, value in variables.items())]
        write_private(path, "\n".join(lines) + "\n")
    print(f"{path}: {len(known)} kept, {len(variables) - len(known)} made")
    print("Airflow's user is admin; its password is AIRFLOW_ADMIN_PASSWORD in that file.")
    if "SUPERSET_URL" in variables:
        print("Superset's user is admin; its password is SUPERSET_ADMIN_PASSWORD in that file.")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
