"""docker-compose.yaml, its image and its generated .env, as far as a machine without containers
can tell."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from medallion.local import compose
from medallion.local.postgres import EmbeddedPostgres, _programs
from medallion.local.superset.process import serving_command
from medallion.local.superset.settings import SupersetSettings
from medallion.replay import REPLAY_TOKEN
from medallion.roots import PROJECT_ROOT
from medallion.warehouse.roles.bi_login import BI_LOGIN

COMPOSE = PROJECT_ROOT / "docker-compose.yaml"
VARIABLE = re.compile(r"\$\{([A-Z_]+)(:\?|:-|\})")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text())["services"]


def test_it_has_airflows_components_and_postgres(services: dict[str, Any]) -> None:
    assert set(services) == {
        "postgres",
        "init",
        "roles",
        "api-server",
        "scheduler",
        "dag-processor",
        "triggerer",
        "tmdb-replay",
        "superset-db",
        "superset-init",
        "superset",
        "prometheus",
        "alertmanager",
        "grafana",
        "postgres-exporter",
        "statsd-exporter",
    }


def test_every_service_that_stays_has_a_health_check(services: dict[str, Any]) -> None:
    without = [name for name, service in services.items() if "test" not in service["healthcheck"]]
    assert without == ["init", "roles", "superset-db", "superset-init"]
    waiting = [
        name
        for name, service in services.items()
        if service.get("depends_on", {}).get("init", {}).get("condition")
        == "service_completed_successfully"
    ]
    assert waiting == ["api-server", "scheduler", "dag-processor", "triggerer"]


def test_tasks_find_the_plans_that_the_dag_processor_keeps(services: dict[str, Any]) -> None:
    """Without them, a task of a refused spec cannot run its last good version."""
    dockerfile = (PROJECT_ROOT / "deploy" / "docker" / "Dockerfile").read_text()
    (folder,) = re.findall(r"MEDALLION_PLANS_ROOT=(\S+)", dockerfile)
    for name in ("scheduler", "dag-processor"):
        assert f"plans:{folder}" in services[name]["volumes"]


def test_no_password_is_written_down(services: dict[str, Any]) -> None:
    secret = re.compile(r"PASS|SECRET|KEY|CONN|TOKEN", re.IGNORECASE)
    held = {
        (service, name): str(value)
        for service, content in services.items()
        for name, value in content.get("environment", {}).items()
        if secret.search(name)
    }
    assert len(held) > 20
    for place, value in held.items():
        # The whole connection is optional, and its text is in .env.
        optional = re.fullmatch(r"\$\{SUPERSET_\w*CONNECTION:-\}", value)
        assert optional or ":?run make compose-env}" in value, place
    urls = re.findall(r"://\w+:([^@]+)@", COMPOSE.read_text())
    assert urls
    assert all(url.startswith("${") for url in urls)


def test_the_generated_file_holds_everything_that_compose_demands() -> None:
    demanded = {name for name, how in VARIABLE.findall(COMPOSE.read_text()) if how == ":?"}
    made = compose.complete({}, {})
    assert demanded
    assert demanded <= set(made)
    assert all(made[name] for name in demanded)
    values = [made[name] for name in demanded if name != "TMDB_CONNECTION"]
    assert len(set(values)) == len(values), "each password is its own"


def test_the_file_is_private_completed_and_never_overwritten(tmp_path: Path) -> None:
    # With nothing installed: an isolated interpreter sees the standard library only.
    command = [sys.executable, "-S", "-m", "medallion.local.compose"]
    environment = {"PYTHONPATH": str(PROJECT_ROOT / "plugins"), "PATH": os.environ["PATH"]}
    path = tmp_path / ".env"
    path.write_text("# mine\nAIRFLOW_PORT=9090\nPOSTGRES_PASSWORD=kept=as it is\n")
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    first = path.read_text()
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    assert path.read_text() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    variables = compose.read(path)
    assert variables["POSTGRES_PASSWORD"] == "kept=as it is"
    assert variables["AIRFLOW_PORT"] == "9090"


@pytest.mark.parametrize(
    ("environ", "host", "profiles"),
    [({}, "tmdb-replay", "replay"), ({"TMDB_TOKEN": "eyJ.x"}, "api.themoviedb.org", "")],
)
def test_the_replay_runs_only_without_a_token(
    environ: dict[str, str], host: str, profiles: str
) -> None:
    made = compose.complete({}, environ)
    connection = json.loads(made["TMDB_CONNECTION"].strip("'"))
    assert connection["host"] == host
    assert connection["password"] == environ.get("TMDB_TOKEN", REPLAY_TOKEN)
    assert made["COMPOSE_PROFILES"] == profiles


def test_monitoring_is_switched_on_beside_what_there_is() -> None:
    made = compose.complete({"COMPOSE_PROFILES": "mine"}, {"MONITORING": "1"})
    assert made["COMPOSE_PROFILES"] == "mine,monitoring"
    assert made["AIRFLOW_STATSD_ON"] == "True"
    assert compose.complete(made, {"MONITORING": "1"}) == made
    assert "AIRFLOW_STATSD_ON" not in compose.complete({}, {})


def test_superset_is_switched_on_with_its_connections(services: dict[str, Any]) -> None:
    made = compose.complete({"COMPOSE_PROFILES": "replay", "SUPERSET_PORT": "9"}, {"BI": "1"})
    assert made["COMPOSE_PROFILES"] == "replay,bi"
    bot = json.loads(made["SUPERSET_CONNECTION"].strip("'"))
    assert (bot["login"], bot["password"]) == ("medallion_bot", made["SUPERSET_BOT_PASSWORD"])
    reader = json.loads(made["SUPERSET_WAREHOUSE_CONNECTION"].strip("'"))
    assert (reader["login"], reader["password"]) == (BI_LOGIN, made["SUPERSET_READER_PASSWORD"])
    assert made["SUPERSET_URL"] == "http://127.0.0.1:9"
    assert compose.complete(made, {"BI": "1"}) == made
    assert "SUPERSET_URL" not in compose.complete({}, {})
    for name in ("superset-db", "superset-init", "superset"):
        service = services[name]
        assert service["profiles"] == ["bi"]
        assert service["cap_drop"] == ["ALL"]
        assert "POSTGRES_PASSWORD" not in str(service) or name == "superset-db"
        assert "LOADER" not in str(service)
    assert services["superset"]["read_only"] is True
    assert all(port.startswith("127.0.0.1:") for port in services["superset"]["ports"])


def test_what_watches_is_pinned_hardened_and_for_this_machine_only(
    services: dict[str, Any],
) -> None:
    watching = {
        name: one for name, one in services.items() if one.get("profiles") == ["monitoring"]
    }
    assert len(watching) == 5
    for name, service in watching.items():
        assert re.search(r":v?\d+\.\d+\.\d+$", service["image"]), name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert volume.endswith(":ro"), volume
                assert (PROJECT_ROOT / source).exists(), volume


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="no docker-compose here")
def test_compose_takes_the_file(tmp_path: Path) -> None:
    environment = tmp_path / "env"
    made = compose.complete({}, {"MONITORING": "1", "BI": "1"})
    environment.write_text("".join(f"{name}={value}\n" for name, value in made.items()))
    command = ["docker-compose", "--env-file", str(environment), "-f", str(COMPOSE), "config"]
    done = subprocess.run([*command, "--quiet"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_image_has_the_locks_airflow_and_is_not_root() -> None:
    dockerfile = (PROJECT_ROOT / "deploy" / "docker" / "Dockerfile").read_text()
    (image,) = re.findall(r"^FROM apache/airflow:([\d.]+)-python3\.\d+$", dockerfile, re.MULTILINE)
    assert f"\napache-airflow=={image}\n" in (PROJECT_ROOT / "requirements.txt").read_text()
    assert re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE)[-1] == "50000:0"


def test_superset_is_built_from_its_lock_and_is_not_root() -> None:
    folder = PROJECT_ROOT / "superset"
    dockerfile = (folder / "Dockerfile").read_text()
    assert re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE)[-1] == "50001:0"
    assert "--requirement requirements.txt" in dockerfile
    copied = re.findall(r"^COPY (.+) \./$", dockerfile, re.MULTILINE)
    ignored = (folder / ".dockerignore").read_text().splitlines()
    allowed = [line.removeprefix("!") for line in ignored if line.startswith("!")]
    assert sorted(" ".join(copied).split()) == sorted(allowed)
    assert all((folder / name).exists() for name in allowed)
    # As the local stack starts it, but for the address.
    (command,) = re.findall(r"^CMD (\[.+\])$", dockerfile, re.MULTILINE)
    settings = SupersetSettings(environment=Path(), port=8088, metadata_url="", warehouse_url="")
    local = serving_command(settings)
    assert json.loads(command)[3:] == list(local[5:])


def test_the_build_sees_every_file_it_copies_and_no_secret() -> None:
    allowed = [
        line.removeprefix("!")
        for line in (PROJECT_ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    dockerfile = (PROJECT_ROOT / "deploy" / "docker" / "Dockerfile").read_text()
    lines = re.findall(r"^COPY ((?:--\S+ )*)(\S+) \S+$", dockerfile, re.MULTILINE)
    # What one stage takes of another was copied by that one; docsite's lock is copied ahead.
    copied = {path for flags, path in lines if "--from=" not in flags}
    assert copied - {"docsite/requirements.txt"} == set(allowed)
    assert not [path for path in copied if not (PROJECT_ROOT / path).exists()]


@pytest.fixture
def initialised(tmp_path: Path) -> Iterator[tuple[EmbeddedPostgres, dict[str, str]]]:
    """A server on which the container's first-start script has run."""
    server = EmbeddedPostgres(tmp_path / "postgres")
    info = server.start()
    made = compose.complete({}, {})
    script = PROJECT_ROOT / "deploy" / "docker" / "initdb" / "10-databases.sh"
    subprocess.run(
        [str(script)],
        env={
            **made,
            "PATH": f"{_programs()}:{os.environ['PATH']}",
            "POSTGRES_USER": info.user,
            "PGHOST": info.host,
            "PGPORT": str(info.port),
            "PGPASSWORD": info.password,
        },
        check=True,
    )
    yield server, made
    server.stop()


def test_supersets_database_is_made_whenever_it_is_switched_on(
    initialised: tuple[EmbeddedPostgres, dict[str, str]],
) -> None:
    server, made = initialised
    info = server.info()
    for password in (made["SUPERSET_DB_PASSWORD"], "changed"):
        subprocess.run(
            [str(PROJECT_ROOT / "superset" / "database.sh")],
            env={
                "PATH": f"{_programs()}:{os.environ['PATH']}",
                "PGHOST": info.host,
                "PGPORT": str(info.port),
                "PGUSER": info.user,
                "PGPASSWORD": info.password,
                "SUPERSET_DB_PASSWORD": password,
            },
            check=True,
        )
        url = info.url("superset", user="superset", password=password)
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE mine (id int)")
            connection.rollback()
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(info.url("warehouse", user="superset", password="changed"))


def test_the_first_start_makes_two_databases_with_their_own_owners(
    initialised: tuple[EmbeddedPostgres, dict[str, str]],
) -> None:
    server, made = initialised
    info = server.info()
    owners = {
        "airflow": ("airflow", made["AIRFLOW_DB_PASSWORD"]),
        "warehouse": ("medallion_loader", made["MEDALLION_LOADER_PASSWORD"]),
    }
    for database, (role, password) in owners.items():
        with psycopg.connect(info.url(database, user=role, password=password)) as connection:
            connection.execute("CREATE SCHEMA mine")
            row = connection.execute(
                "SELECT rolsuper OR rolcreatedb, rolcreaterole FROM pg_roles"
                " WHERE rolname = current_user"
            ).fetchone()
            assert row == (False, database == "warehouse")  # a role for each domain
        (other,) = set(owners) - {database}
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(info.url(other, user=role, password=password))
    monitor = info.url(
        "warehouse", user="medallion_monitor", password=made["MEDALLION_MONITOR_PASSWORD"]
    )
    with psycopg.connect(monitor) as connection:
        row = connection.execute(
            "SELECT pg_has_role('pg_monitor', 'USAGE'), rolsuper"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == (True, False)
