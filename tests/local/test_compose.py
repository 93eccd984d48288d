"""docker-compose.yaml, its image and its generated .env, as far as a machine without containers
can tell."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy
import yaml

from medallion.local import compose
from medallion.local.postgres import EmbeddedPostgres, _programs
from medallion.local.stack import PATIENT
from medallion.local.superset.process import serving_command
from medallion.local.superset.settings import SupersetSettings
from medallion.openlineage_transport import transport_of
from medallion.operations.access.entries import PREFIX
from medallion.replay import REPLAY_TOKEN
from medallion.roots import PROJECT_ROOT
from medallion.warehouse.roles.bi_login import BI_LOGIN

COMPOSE = PROJECT_ROOT / "docker-compose.yaml"
DOCKERFILE = PROJECT_ROOT / "deploy" / "docker" / "Dockerfile"
SUPERSET_DOCKERFILE = PROJECT_ROOT / "superset" / "Dockerfile"
SECRET = re.compile(r"PASS|SECRET|KEY|CONN|TOKEN", re.IGNORECASE)
OF_SUPERSET = {"AIRFLOW_CONN_MEDALLION_SUPERSET", "AIRFLOW_CONN_MEDALLION_SUPERSET_WAREHOUSE"}
OF_CELERY = {"AIRFLOW__CELERY__BROKER_URL"}
OPTIONAL = OF_SUPERSET | OF_CELERY
"""Empty until what they are of is switched on."""


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
        "backup",
        "restore",
        "tmdb-replay",
        "superset-db",
        "superset-init",
        "superset",
        "prometheus",
        "alertmanager",
        "grafana",
        "postgres-exporter",
        "statsd-exporter",
        "redis",
        "worker-1",
        "worker-2",
    }


def test_the_servers_log_is_what_the_journal_of_reads_understands(services: dict[str, Any]) -> None:
    command = services["postgres"]["command"]
    assert f"-clog_line_prefix={PREFIX}" in command
    chart = PROJECT_ROOT / "deploy/helm/medallion/templates/postgres.yaml"
    assert f'- "-clog_line_prefix={PREFIX}"' in chart.read_text()
    for page in ("docs/access-journal.md", "docs/fr/access-journal.md"):
        assert f"log_line_prefix = '{PREFIX}'" in (PROJECT_ROOT / page).read_text()
    for one in ("log_destination=stderr", "log_timezone=UTC", "log_truncate_on_rotation=on"):
        assert f"-c{one}" in command
        assert f"-c{one}" in chart.read_text()
    switches = services["roles"]["environment"], services["scheduler"]["environment"]
    assert all("MEDALLION_ACCESS_JOURNAL" in one for one in switches)
    days = services["roles"]["environment"]["MEDALLION_ACCESS_DAYS"]
    assert days == "${MEDALLION_ACCESS_DAYS:-400}"


def test_every_service_that_stays_has_a_health_check(services: dict[str, Any]) -> None:
    without = [name for name, service in services.items() if "test" not in service["healthcheck"]]
    assert without == ["init", "roles", "restore", "superset-db", "superset-init"]
    waiting = [
        name
        for name, service in services.items()
        if service.get("depends_on", {}).get("init", {}).get("condition")
        == "service_completed_successfully"
    ]
    airflow = ["api-server", "scheduler", "dag-processor", "triggerer"]
    assert waiting == [*airflow, "worker-1", "worker-2"]


def test_the_migration_may_be_idle_in_its_transaction(services: dict[str, Any]) -> None:
    """Its role may not for long: deploy/docker/initdb."""
    of_others = services["triggerer"]["environment"]
    assert services["init"]["environment"] == {**of_others, **PATIENT}


def test_tasks_find_the_plans_that_the_dag_processor_keeps(services: dict[str, Any]) -> None:
    """Without them, a task of a refused spec cannot run its last good version."""
    dockerfile = DOCKERFILE.read_text()
    (folder,) = re.findall(r"MEDALLION_PLANS_ROOT=(\S+)", dockerfile)
    for name in ("scheduler", "dag-processor", "worker-1", "worker-2"):
        assert f"plans:{folder}" in services[name]["volumes"]


def test_no_secret_is_in_the_environment_of_a_container(services: dict[str, Any]) -> None:
    """`docker inspect` shows what is there: each is a file that the service has."""
    held = {
        (service, name): str(value)
        for service, content in services.items()
        for name, value in (content.get("environment") or {}).items()
        if SECRET.search(name)
    }
    assert len(held) > 8
    for (service, name), value in held.items():
        assert name.endswith("_FILE"), (service, name)
        folder, _, secret = value.rpartition("/")
        assert folder == "/run/secrets"
        assert secret in services[service]["secrets"], (service, name)
    assert not re.findall(r"://[^ /]*@", COMPOSE.read_text())


def test_what_is_generated_is_what_services_ask_for(services: dict[str, Any]) -> None:
    declared = yaml.safe_load(COMPOSE.read_text())["secrets"]
    made = compose.complete_secrets({}, {})
    assert set(made) == set(declared)
    asked = {
        one if isinstance(one, str) else one["source"]
        for service in services.values()
        for one in service.get("secrets", ())
    }
    assert asked == set(declared)
    for name, one in declared.items():
        assert one == {"file": "${MEDALLION_SECRETS:?run make compose-env}/" + name}
    assert {name for name, value in made.items() if not value} == OPTIONAL
    values = [value for name, value in made.items() if value and "CONN" not in name]
    assert len(set(values)) == len(values), "each password is its own"


def test_an_address_holds_the_password_of_its_role() -> None:
    made = compose.complete_secrets({"AIRFLOW_DB_PASSWORD": "p@ss/word"}, {})
    url = made["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    assert url == "postgresql+psycopg2://airflow:p%40ss%2Fword@postgres:5432/airflow"
    loader = json.loads(made["AIRFLOW_CONN_MEDALLION_WAREHOUSE"])
    assert loader["password"] == made["MEDALLION_LOADER_PASSWORD"]
    assert made["MEDALLION_LOADER_PASSWORD"] in made["MEDALLION_WAREHOUSE_URL"]
    assert made["POSTGRES_PASSWORD"] in made["MEDALLION_ADMIN_URL"]


def _make(folder: Path) -> None:
    """With nothing installed: an isolated interpreter sees the standard library only."""
    command = [sys.executable, "-S", "-m", "medallion.local.compose"]
    environment = {"PYTHONPATH": str(PROJECT_ROOT / "plugins"), "PATH": os.environ["PATH"]}
    subprocess.run(command, cwd=folder, env=environment, check=True)


def test_secrets_are_private_completed_and_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# mine\nAIRFLOW_PORT=9090\n")
    (tmp_path / "secrets").mkdir(mode=0o755)
    (tmp_path / "secrets" / "POSTGRES_PASSWORD").write_text("kept=as it is\n")
    _make(tmp_path)
    first = (tmp_path / ".env").read_text(), compose.read_secrets(tmp_path / "secrets")
    _make(tmp_path)
    assert ((tmp_path / ".env").read_text(), compose.read_secrets(tmp_path / "secrets")) == first
    assert first[1]["POSTGRES_PASSWORD"] == "kept=as it is"
    assert compose.read(tmp_path / ".env")["AIRFLOW_PORT"] == "9090"
    # The folder keeps other users of the machine out; the user of a container is one who reads.
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "secrets").iterdir()}
    assert modes == {0o644}
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


def test_secrets_of_a_former_env_file_move_into_files(tmp_path: Path) -> None:
    before = 'AIRFLOW_FERNET_KEY=k=\nPOSTGRES_PASSWORD=p\nTMDB_CONNECTION=\'{"host": "mine"}\'\n'
    (tmp_path / ".env").write_text(before + "COMPOSE_PROFILES=mine\n")
    _make(tmp_path)
    secrets = compose.read_secrets(tmp_path / "secrets")
    assert secrets["AIRFLOW__CORE__FERNET_KEY"] == "k="
    assert secrets["POSTGRES_PASSWORD"] == "p"
    assert secrets["AIRFLOW_CONN_TMDB_DEFAULT"] == '{"host": "mine"}'
    assert compose.read(tmp_path / ".env") == {
        "MEDALLION_SECRETS": "./secrets",
        "COMPOSE_PROFILES": "mine",
    }


@pytest.mark.parametrize(
    ("environ", "host", "profiles"),
    [({}, "tmdb-replay", "replay"), ({"TMDB_TOKEN": "eyJ.x"}, "api.themoviedb.org", "")],
)
def test_the_replay_runs_only_without_a_token(
    environ: dict[str, str], host: str, profiles: str
) -> None:
    made = compose.complete_secrets({}, environ)
    connection = json.loads(made["AIRFLOW_CONN_TMDB_DEFAULT"])
    assert connection["host"] == host
    assert connection["password"] == environ.get("TMDB_TOKEN", REPLAY_TOKEN)
    assert compose.complete_settings({}, made, environ)["COMPOSE_PROFILES"] == profiles


def test_monitoring_is_switched_on_beside_what_there_is() -> None:
    secrets = compose.complete_secrets({}, {})
    before = {"COMPOSE_PROFILES": "mine"}
    made = compose.complete_settings(before, secrets, {"MONITORING": "1"})
    assert made["COMPOSE_PROFILES"] == "mine,monitoring"
    assert made["AIRFLOW_STATSD_ON"] == "True"
    assert compose.complete_settings(made, secrets, {"MONITORING": "1"}) == made
    kept = compose.complete_settings(before, secrets, {"BACKUP": "1"})
    assert kept["COMPOSE_PROFILES"] == "mine,backup"
    assert "AIRFLOW_STATSD_ON" not in compose.complete_settings({}, secrets, {})


def test_superset_is_switched_on_with_its_connections(services: dict[str, Any]) -> None:
    former = compose.complete_secrets({}, {})
    made = compose.complete_secrets(former, {"BI": "1"})
    assert {name for name in made if made[name] != former[name]} == OF_SUPERSET
    bot = json.loads(made["AIRFLOW_CONN_MEDALLION_SUPERSET"])
    assert (bot["login"], bot["password"]) == ("medallion_bot", made["SUPERSET_BOT_PASSWORD"])
    reader = json.loads(made["AIRFLOW_CONN_MEDALLION_SUPERSET_WAREHOUSE"])
    assert (reader["login"], reader["password"]) == (BI_LOGIN, made["MEDALLION_BI_PASSWORD"])
    settings = compose.complete_settings({"SUPERSET_PORT": "9"}, made, {"BI": "1"})
    assert settings["COMPOSE_PROFILES"] == "replay,bi"
    assert settings["SUPERSET_URL"] == "http://127.0.0.1:9"
    assert compose.complete_settings(settings, made, {"BI": "1"}) == settings
    assert "SUPERSET_URL" not in compose.complete_settings({}, made, {})
    for name in ("superset-db", "superset-init", "superset"):
        service = services[name]
        assert service["profiles"] == ["bi"]
        assert service["cap_drop"] == ["ALL"]
        assert "POSTGRES_PASSWORD" not in str(service) or name == "superset-db"
        assert "LOADER" not in str(service)
    assert services["superset"]["read_only"] is True
    assert all(port.startswith("127.0.0.1:") for port in services["superset"]["ports"])


def test_celery_is_switched_on_with_its_broker_and_its_image(services: dict[str, Any]) -> None:
    former = compose.complete_secrets({}, {})
    made = compose.complete_secrets(former, {"CELERY": "1"})
    assert {name for name in made if made[name] != former[name]} == OF_CELERY
    assert made["AIRFLOW__CELERY__BROKER_URL"] == f"redis://:{made['REDIS_PASSWORD']}@redis:6379/0"
    settings = compose.complete_settings({"REDIS_IMAGE": "mine"}, made, {"CELERY": "1"})
    assert settings["COMPOSE_PROFILES"] == "replay,celery"
    assert settings["AIRFLOW_EXECUTOR"] == "CeleryExecutor"
    assert (PROJECT_ROOT / settings["REQUIREMENTS"]).exists()
    mine = {**settings, "MEDALLION_IMAGE": "registry.example.org/celery"}
    assert compose.complete_settings(mine, made, {"CELERY": "1"}) == mine
    assert "AIRFLOW_EXECUTOR" not in compose.complete_settings({}, made, {})
    lake = [one for one in services["scheduler"]["volumes"] if one.startswith("lake:")]
    for name in ("worker-1", "worker-2"):
        assert services[name]["profiles"] == ["celery"]
        assert lake[0] in services[name]["volumes"], "one lake for all"
        assert "AIRFLOW__CELERY__BROKER_URL" in services[name]["secrets"]
    assert services["redis"]["secrets"] == ["REDIS_PASSWORD"]
    assert "ports" not in services["redis"]


def test_what_watches_is_pinned_hardened_and_for_this_machine_only(
    services: dict[str, Any],
) -> None:
    watching = {
        name: one for name, one in services.items() if one.get("profiles") == ["monitoring"]
    }
    assert len(watching) == 5
    for name, service in watching.items():
        pinned = r"^\$\{[A-Z_]+_IMAGE:-.+:v?\d+\.\d+\.\d+@sha256:[0-9a-f]{64}\}$"
        assert re.search(pinned, service["image"]), name
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
    switched_on = {"MONITORING": "1", "BI": "1", "CELERY": "1"}
    made = compose.complete_settings({}, compose.complete_secrets({}, switched_on), switched_on)
    environment.write_text("".join(f"{name}={value}\n" for name, value in made.items()))
    command = ["docker-compose", "--env-file", str(environment), "-f", str(COMPOSE), "config"]
    done = subprocess.run([*command, "--quiet"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    environment.write_text("")
    done = subprocess.run([*command, "--quiet"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "run make compose-env" in done.stderr


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="no docker-compose here")
def test_a_transport_of_lineage_reaches_airflow_as_it_is_written(tmp_path: Path) -> None:
    transport = transport_of("kafka://broker:9092/lineage")
    name = "AIRFLOW__OPENLINEAGE__TRANSPORT"
    environment = tmp_path / "env"
    for line, expected in (("", ""), (f"OPENLINEAGE_TRANSPORT='{transport}'\n", transport)):
        environment.write_text(f"MEDALLION_SECRETS={tmp_path}\n{line}")
        command = ["docker-compose", "--env-file", str(environment), "-f", str(COMPOSE), "config"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        scheduler = yaml.safe_load(done.stdout)["services"]["scheduler"]
        assert scheduler["environment"][name] == expected


def test_the_image_is_the_lock_on_the_tested_python_and_not_root() -> None:
    dockerfile = DOCKERFILE.read_text()
    (base,) = re.findall(r"^ARG BASE_IMAGE=python:([\d.]+)-slim-", dockerfile, re.MULTILINE)
    assert base == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) == {"${BASE_IMAGE}"}
    assert "ARG REQUIREMENTS=requirements.txt\n" in dockerfile
    assert "RUN /build/install.sh /build/${REQUIREMENTS} --compile-bytecode" in dockerfile
    assert "pip install" not in dockerfile
    assert re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE)[-1] == "50000:0"


def test_whatever_is_installed_has_its_digest_and_nothing_is_resolved() -> None:
    script = (DOCKERFILE.parent / "install.sh").read_text().replace("\\\n", "")
    by_pip, by_uv = re.findall(r"pip install .*", script)
    assert "--require-hashes" in by_pip and "--requirement /build/uv.txt" in by_pip
    assert "--no-deps --require-hashes" in " ".join(by_uv.split())
    assert os.access(DOCKERFILE.parent / "install.sh", os.X_OK)


def test_a_command_of_the_image_has_each_secret_as_a_variable(tmp_path: Path) -> None:
    (tmp_path / "AIRFLOW_CONN_A").write_text('{"password": "p\'$x"}\n')
    (tmp_path / "AIRFLOW_CONN_EMPTY").write_text("")
    (tmp_path / "rhsm").mkdir()  # podman puts a folder of its own there
    command = [PROJECT_ROOT / "deploy" / "docker" / "bin" / "with-secrets", "env", "-0"]
    environment = {"PATH": os.environ["PATH"], "MEDALLION_SECRETS_FOLDER": str(tmp_path)}
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    variables = dict(one.split("=", 1) for one in said.stdout.split("\0") if one)
    assert variables["AIRFLOW_CONN_A"] == '{"password": "p\'$x"}'
    assert "AIRFLOW_CONN_EMPTY" not in variables


def test_secrets_may_be_in_several_folders(tmp_path: Path) -> None:
    for name in ("connections", "air flow"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"IN_{name[:3].upper()}").write_text(f"{name}: a:b")
    command = [PROJECT_ROOT / "deploy" / "docker" / "bin" / "with-secrets", "env", "-0"]
    folders = f"{tmp_path}/connections:{tmp_path}/air flow:{tmp_path}/missing"
    environment = {"PATH": os.environ["PATH"], "MEDALLION_SECRETS_FOLDER": folders}
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    variables = dict(one.split("=", 1) for one in said.stdout.split("\0") if one)
    assert variables["IN_CON"] == "connections: a:b"
    assert variables["IN_AIR"] == "air flow: a:b"


def test_a_component_is_alive_while_its_heartbeats_are_noted(warehouse_db: str) -> None:
    """In the table that Airflow itself makes."""
    from airflow.jobs.job import Job

    address = warehouse_db.replace("postgresql://", "postgresql+psycopg2://", 1)
    engine = sqlalchemy.create_engine(address)

    def beats(of: str = address) -> tuple[int, str]:
        command = [sys.executable, PROJECT_ROOT / "deploy" / "docker" / "bin" / "beats"]
        environment = {**os.environ, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": of}
        done = subprocess.run(
            [*command, "TriggererJob"], env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stderr

    with engine.begin() as connection:
        Job.__table__.create(connection)
    assert beats() == (1, f"TriggererJob of {socket.gethostname()} was last alive: never\n")
    now = dt.datetime.now(dt.UTC)
    row = {"job_type": "TriggererJob", "hostname": socket.gethostname(), "state": "running"}
    with engine.begin() as connection:
        connection.execute(
            Job.__table__.insert(),
            [
                {**row, "latest_heartbeat": now - dt.timedelta(hours=1)},
                {**row, "latest_heartbeat": now, "job_type": "SchedulerJob"},
                {**row, "latest_heartbeat": now, "hostname": "another"},
            ],
        )
    code, said = beats()
    begin = f"TriggererJob of {socket.gethostname()} was last alive: "
    assert code == 1 and int(said.removeprefix(begin).removesuffix(" s ago\n")) >= 3600
    with engine.begin() as connection:
        connection.execute(Job.__table__.insert(), [{**row, "latest_heartbeat": now}])
    engine.dispose()
    assert beats() == (0, "")
    code, said = beats("postgresql+psycopg2://airflow:hidden@127.0.0.1:1/airflow")
    assert (code, "the database does not answer" in said, "hidden" in said) == (0, True, False)


def test_a_health_check_tells_answers_apart() -> None:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(int(self.path[1:]))
            self.end_headers()
            self.wfile.write(b'{"one": {"status": "healthy"}, "other": {"status": "unhealthy"}}')

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    check = PROJECT_ROOT / "deploy" / "docker" / "bin" / "answers"
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def code(*words: str) -> int:
        return subprocess.run([check, *words], env=environment, check=False).returncode

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        assert code(f"{address}/204") == 0
        assert code(f"{address}/503") != 0
        assert code("--any", f"{address}/401") == 0
        assert code("--healthy", "one", f"{address}/200") == 0
        assert code("--healthy", "other", f"{address}/200") != 0
        server.shutdown()
    assert code("--any", f"{address}/200") != 0


def test_a_command_whose_server_is_healthy_no_longer_is_ended(tmp_path: Path) -> None:
    codes = [503]

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(codes[-1])
            self.end_headers()
            asked.set()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    asked = threading.Event()
    program = PROJECT_ROOT / "deploy" / "docker" / "bin" / "while-healthy"
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def start(port: int, *command: str) -> subprocess.Popen[str]:
        words = [program, "--patience", "0.4", f"http://127.0.0.1:{port}/health", *command]
        return subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True)

    def wait_for_two_questions() -> None:
        for _ in range(2):
            asked.clear()
            assert asked.wait(240)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        process = start(server.server_port, "sleep", "3600")
        wait_for_two_questions()  # nothing is ended before it was healthy once
        assert process.poll() is None
        codes.append(200)
        wait_for_two_questions()
        assert process.poll() is None
        codes.append(503)
        _, said = process.communicate(timeout=240)
        assert process.returncode == 1
        assert said.endswith("sleep is ended\n")
        server.shutdown()
    stopped = start(
        1, "sh", "-c", "trap 'exit 7' TERM; echo ready >&2; while :; do sleep 0.1; done"
    )
    assert stopped.stderr is not None and stopped.stderr.readline() == "ready\n"
    stopped.terminate()
    assert stopped.wait(240) == 7
    assert start(1, "sh", "-c", "kill -KILL $$").wait(240) == 137


def test_superset_is_built_from_its_lock_and_is_not_root() -> None:
    dockerfile = SUPERSET_DOCKERFILE.read_text()
    assert re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE)[-1] == "50001:0"
    assert "RUN /build/install.sh /build/requirements-superset.txt" in dockerfile
    assert "pip install" not in dockerfile
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
    dockerfiles = DOCKERFILE.read_text() + SUPERSET_DOCKERFILE.read_text()
    lines = re.findall(r"^COPY ((?:--\S+ )*)(.+) \S+$", dockerfiles, re.MULTILINE)
    # What one stage takes of another was copied by that one.
    copied = {path for flags, paths in lines if "--from=" not in flags for path in paths.split()}
    # The lock that is asked for, of several.
    copied.remove("deploy/docker/${REQUIREMENTS}")
    locks = [f"deploy/docker/{path.name}" for path in DOCKERFILE.parent.glob("*.txt")]
    assert copied | set(locks) == set(allowed)
    assert not [path for path in allowed if not (PROJECT_ROOT / path).exists()]


@pytest.fixture
def initialised(tmp_path: Path) -> Iterator[tuple[EmbeddedPostgres, dict[str, str]]]:
    """A server on which the container's first-start script has run."""
    server = EmbeddedPostgres(tmp_path / "postgres")
    info = server.start()
    made = compose.complete_secrets({}, {})
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
