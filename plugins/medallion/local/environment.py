"""The environment variables that make Airflow run on the local stack: one function, one place."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from medallion.bank.rates_server import RATES_KEY
from medallion.local.celery.environment import BROKER_URL, celery_environment
from medallion.local.credentials import fernet_key, keep_secret
from medallion.local.paths import LocalPaths
from medallion.local.ports import HOST
from medallion.local.settings import ADMIN, StackSettings
from medallion.local.superset.settings import BOT, SupersetSettings, superset_password
from medallion.names import SUPERSET_CONN_ID, SUPERSET_WAREHOUSE_CONN_ID
from medallion.openlineage_transport import transport_of
from medallion.operations.environments.setting import SETTING
from medallion.replay.access import REPLAY_TOKEN
from medallion.warehouse.session.connection import settings_of

WAREHOUSE_CONNECTION = "AIRFLOW_CONN_MEDALLION_WAREHOUSE"
TMDB_CONNECTION = "AIRFLOW_CONN_TMDB_DEFAULT"
BANK_CONNECTION = "AIRFLOW_CONN_BANK_CORE"
RATES_CONNECTION = "AIRFLOW_CONN_RATES_API"
PII_CONNECTION = "AIRFLOW_CONN_PII_DEFAULT"
SUPERSET_CONNECTION = f"AIRFLOW_CONN_{SUPERSET_CONN_ID.upper()}"
SUPERSET_WAREHOUSE_CONNECTION = f"AIRFLOW_CONN_{SUPERSET_WAREHOUSE_CONN_ID.upper()}"
SUPERSET_URL = "MEDALLION_SUPERSET_URL"
"""Where people reach Superset: for links."""

SECRET_VARIABLES = frozenset(
    {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
        "AIRFLOW__API_AUTH__JWT_SECRET",
        "AIRFLOW__API__SECRET_KEY",
        "AIRFLOW__CORE__FERNET_KEY",
        WAREHOUSE_CONNECTION,
        TMDB_CONNECTION,
        BANK_CONNECTION,
        RATES_CONNECTION,
        PII_CONNECTION,
        SUPERSET_CONNECTION,
        SUPERSET_WAREHOUSE_CONNECTION,
        BROKER_URL,
    }
)


def airflow_environment(
    settings: StackSettings, environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Variables for any process that is to be part of, or to talk like, the local Airflow.

    Lay them over the environment of the process: `{**os.environ, **airflow_environment(s)}`.
    Secrets are among them (`SECRET_VARIABLES`).
    """
    paths = settings.paths
    return {
        "AIRFLOW_HOME": str(paths.airflow_home),
        "PYTHONPATH": str(paths.project_root / "plugins"),
        "MEDALLION_PROJECT_ROOT": str(paths.project_root),
        "MEDALLION_STATE_ROOT": str(paths.state_root),
        "MEDALLION_LAKE_ROOT": str(paths.lake),
        SETTING: paths.environment,
        "MEDALLION_METRICS_TOKEN_FILE": str(metrics_token_file(paths)),
        "OPENBLAS_NUM_THREADS": "1",
        **_airflow_settings(settings),
        **celery_environment(settings.celery),
        **_airflow_secrets(settings),
        **_without_proxy(environ),
        **_statsd(environ),
        **_openlineage(environ),
        WAREHOUSE_CONNECTION: postgres_connection(settings.databases.warehouse_url),
        TMDB_CONNECTION: tmdb_connection(settings, environ),
        **_bank_connections(settings, environ),
        **_superset(settings.superset, paths, environ),
    }


def metrics_token_file(paths: LocalPaths) -> Path:
    """The file with the token of whoever scrapes /metrics, made on the first call."""
    path = paths.secrets / "metrics.secret"
    keep_secret(path)
    return path


def _statsd(environ: Mapping[str, str]) -> dict[str, str]:
    """Airflow's own metrics go to MEDALLION_STATSD (host:port, UDP), where it is set."""
    host, _, port = environ.get("MEDALLION_STATSD", "").rpartition(":")
    if not host:
        return {}
    return {
        "AIRFLOW__METRICS__STATSD_ON": "True",
        "AIRFLOW__METRICS__STATSD_HOST": host,
        "AIRFLOW__METRICS__STATSD_PORT": port,
    }


def _openlineage(environ: Mapping[str, str]) -> dict[str, str]:
    """Lineage goes to MEDALLION_OPENLINEAGE_URL, where it is set."""
    url = environ.get("MEDALLION_OPENLINEAGE_URL", "")
    if not url:
        return {}
    namespace = environ.get("MEDALLION_OPENLINEAGE_NAMESPACE", "medallion")
    return {
        "AIRFLOW__OPENLINEAGE__TRANSPORT": transport_of(url),
        "AIRFLOW__OPENLINEAGE__NAMESPACE": namespace,
        # How long a task waits for an event of its own, at its start and at its end.
        "AIRFLOW__OPENLINEAGE__EXECUTION_TIMEOUT": "5",
    }


def _airflow_settings(settings: StackSettings) -> dict[str, str]:
    paths, ports = settings.paths, settings.ports
    return {
        "AIRFLOW__CORE__DAGS_FOLDER": str(paths.dags_folder),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(paths.project_root / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # A refused spec is shown by its message alone.
        "AIRFLOW__CORE__DAGBAG_IMPORT_ERROR_TRACEBACKS": "False",
        # The page of the graph reads a DAG once for each asset that it publishes: of 400 tables a
        # gigabyte, and 30 MiB of it compressed.
        "AIRFLOW__CORE__COMPRESS_SERIALIZED_DAGS": "True",
        # A changed DAG is kept at once. For the half minute that Airflow else waits, the scheduler
        # has the new schedule and the old tasks: with an earlier `start_date` it makes runs of no
        # task, which succeed.
        "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
        # Medallion's own limits come first: these are for a machine that is very busy.
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "60",
        "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "90",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        # A worker's first task is slow: few workers are warm sooner.
        "AIRFLOW__CORE__PARALLELISM": str(max(4, os.cpu_count() or 1)),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{settings.api_url}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(
            paths.secrets / "airflow_passwords.json"
        ),
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(ports.api),
        "AIRFLOW__API__BASE_URL": settings.api_url,
        # A gate's line in a task's log is longer than a screen.
        "AIRFLOW__API__DEFAULT_WRAP": "True",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
        # After a crash of the scheduler its tasks are given up after a minute, not after five.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        # What it had queued is queued again after a minute, too.
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "60",
        # A worker may notice a task's end only at its next heartbeat, and holds a slot until then.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        # A worker that waits five seconds, and a few times so, gives the task up: a busy machine is
        # slower than that.
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(paths.airflow_home / "logs"),
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
    }


def _airflow_secrets(settings: StackSettings) -> dict[str, str]:
    folder = settings.paths.secrets
    metadata = settings.databases.metadata_url
    return {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata.replace(
            "postgresql://", "postgresql+psycopg2://", 1
        ),
        "AIRFLOW__API_AUTH__JWT_SECRET": keep_secret(folder / "jwt.secret"),
        "AIRFLOW__API__SECRET_KEY": keep_secret(folder / "api.secret"),
        "AIRFLOW__CORE__FERNET_KEY": keep_secret(folder / "fernet.secret", fernet_key),
    }


def _without_proxy(environ: Mapping[str, str]) -> dict[str, str]:
    """Tasks talk to the API server, and sources to the replay server, on this machine."""
    known = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    hosts = [host for host in known.split(",") if host]
    value = ",".join(dict.fromkeys([*hosts, HOST, "localhost"]))
    return {"NO_PROXY": value, "no_proxy": value}


def postgres_connection(url: str) -> str:
    """A libpq URL as an Airflow connection, in the JSON form that needs no quoting.

    >>> postgres_connection("postgresql://db/warehouse")
    '{"conn_type": "postgres", "host": "db", "schema": "warehouse"}'
    """
    parts = settings_of(url)
    connection: dict[str, object] = {"conn_type": "postgres"}
    for theirs, ours in (
        ("host", "host"), ("port", "port"), ("user", "login"),
        ("password", "password"), ("dbname", "schema"),
    ):  # fmt: skip
        if theirs in parts:
            value = parts.pop(theirs)
            connection[ours] = int(value) if theirs == "port" else value
    if parts:  # sslmode, options and the like
        connection["extra"] = parts
    return json.dumps(connection)


def _bank_connections(settings: StackSettings, environ: Mapping[str, str]) -> dict[str, str]:
    """What the finance domain reads and protects with, unless another is given."""
    rates = {
        "conn_type": "http",
        "host": HOST,
        "port": settings.ports.rates,
        "schema": "http",
        "password": RATES_KEY,
    }
    key = keep_secret(settings.paths.secrets / "pii.secret")
    connections = {
        BANK_CONNECTION: postgres_connection(settings.databases.bank_url),
        RATES_CONNECTION: json.dumps(rates),
        PII_CONNECTION: json.dumps({"conn_type": "generic", "password": key}),
    }
    return {name: environ.get(name) or text for name, text in connections.items()}


def _superset(
    superset: SupersetSettings | None, paths: LocalPaths, environ: Mapping[str, str]
) -> dict[str, str]:
    """How Superset is reached, and how it reaches the warehouse, once it is set up, unless another
    one is given."""
    if superset is None:
        return {}
    made = {
        SUPERSET_URL: superset.url,
        SUPERSET_CONNECTION: json.dumps(
            {
                "conn_type": "http",
                "host": HOST,
                "port": superset.port,
                "schema": "http",
                "login": BOT,
                "password": superset_password(paths, BOT),
            }
        ),
    }
    if superset.warehouse_url:
        made[SUPERSET_WAREHOUSE_CONNECTION] = postgres_connection(superset.warehouse_url)
    return {name: environ.get(name) or text for name, text in made.items()}


def tmdb_connection(settings: StackSettings, environ: Mapping[str, str] = os.environ) -> str:
    """The connection `tmdb_default`: the one given, the real TMDB with a token, or the replay."""
    given = environ.get(TMDB_CONNECTION)
    if given:
        return given
    token = environ.get("TMDB_TOKEN")
    if token:
        return json.dumps(
            {
                "conn_type": "http",
                "host": "api.themoviedb.org",
                "schema": "https",
                "password": token,
            }
        )
    return json.dumps(
        {
            "conn_type": "http",
            "host": HOST,
            "port": settings.ports.replay,
            "schema": "http",
            "password": REPLAY_TOKEN,
        }
    )
