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

    A `TMDB_TOKEN` in the environment means the real TMDB; without one the replay stands in.
    `MONITORING` adds the profile of that name.
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
        **_tmdb(environ.get("TMDB_TOKEN", "")),
    }
    return _with_monitoring({**made, **known}) if environ.get("MONITORING") else {**made, **known}


def _with_monitoring(variables: Mapping[str, str]) -> dict[str, str]:
    """The profile `monitoring`, and Airflow's own metrics, which have somewhere to go then."""
    profiles = [name for name in variables.get("COMPOSE_PROFILES", "").split(",") if name]
    wanted = dict.fromkeys([*profiles, "monitoring"])
    return {**variables, "COMPOSE_PROFILES": ",".join(wanted), "AIRFLOW_STATSD_ON": "True"}


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
    """NAME=value lines of an .env file, values as they stand; {} when there is no file."""
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
    return 0


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
