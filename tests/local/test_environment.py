"""The environment of the local Airflow: complete, and its secrets known as such."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from medallion.errors import SetupError
from medallion.local.__main__ import NOT_RUNNING, main
from medallion.local.databases import Databases
from medallion.local.environment import (
    SECRET_VARIABLES,
    SUPERSET_CONNECTION,
    SUPERSET_URL,
    SUPERSET_WAREHOUSE_CONNECTION,
    airflow_environment,
    postgres_connection,
    tmdb_connection,
)
from medallion.local.paths import LocalPaths
from medallion.local.settings import Ports, StackSettings, has_tmdb_token
from medallion.local.superset.environment import superset_environment
from medallion.local.superset.settings import BOT, SupersetSettings, superset_password
from medallion.roots import PROJECT_ROOT

HOSTILE = "p%40ss'w\"rd$x"


@pytest.fixture
def settings(tmp_path: Path) -> StackSettings:
    return StackSettings(
        paths=LocalPaths(
            project_root=tmp_path / "project",
            state_root=tmp_path / "state",
            dags_folder=tmp_path / "project" / "dags",
        ),
        databases=Databases(
            metadata_url="postgresql://airflow:metadata-secret@127.0.0.1:5433/airflow",
            warehouse_url="postgresql://loader:warehouse-secret@127.0.0.1:5433/warehouse",
            bank_url="postgresql://bank_core:bank-secret@127.0.0.1:5433/bank",
        ),
        ports=Ports(api=8081, replay=8082, rates=8085),
        uses_replay=True,
    )


def test_a_reader_that_has_left_ends_a_command_without_a_traceback(tmp_path: Path) -> None:
    reads, writes = os.pipe()
    os.close(reads)  # as `make status | head -3` does
    done = subprocess.run(
        [sys.executable, "-m", "medallion.local", "status"],
        stdout=writes,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, "MEDALLION_STATE_ROOT": str(tmp_path / "state")},
    )
    os.close(writes)
    assert done.stderr == ""


def test_every_secret_is_listed_as_one(settings: StackSettings) -> None:
    environment = airflow_environment(settings, {"TMDB_TOKEN": "tmdb-secret"})
    scrape_token = Path(environment["MEDALLION_METRICS_TOKEN_FILE"])
    assert scrape_token.read_text() not in str(environment)
    made = set(settings.paths.secrets.glob("*.secret")) - {scrape_token}
    generated = [path.read_text() for path in made]
    assert len(generated) == 4  # JWT, API, Fernet and the key of personal data
    for secret in [*generated, "metadata-secret", "warehouse-secret", "tmdb-secret", "bank-secret"]:
        holders = {name for name, value in environment.items() if secret in value}
        assert holders
        assert holders <= SECRET_VARIABLES


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # Else Airflow's page of its graph reads a DAG whole once for each of its assets.
        ("AIRFLOW__CORE__COMPRESS_SERIALIZED_DAGS", "True"),
        # Else a schedule is a new one for half a minute before its tasks are.
        ("AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL", "0"),
    ],
)
def test_how_dags_are_kept_is_the_same_everywhere(
    settings: StackSettings, name: str, value: str
) -> None:
    assert airflow_environment(settings, {})[name] == value
    for file in ("docker-compose.yaml", "deploy/helm/medallion/templates/_settings.tpl"):
        assert f'{name}: "{value}"' in (PROJECT_ROOT / file).read_text(), file


def test_airflows_own_metrics_go_where_they_are_sent(settings: StackSettings) -> None:
    assert "AIRFLOW__METRICS__STATSD_ON" not in airflow_environment(settings, {})
    environment = airflow_environment(settings, {"MEDALLION_STATSD": "127.0.0.1:9125"})
    assert environment["AIRFLOW__METRICS__STATSD_ON"] == "True"
    assert environment["AIRFLOW__METRICS__STATSD_HOST"] == "127.0.0.1"
    assert environment["AIRFLOW__METRICS__STATSD_PORT"] == "9125"


def test_lineage_goes_where_it_is_sent(settings: StackSettings) -> None:
    assert not [one for one in airflow_environment(settings, {}) if "OPENLINEAGE" in one]
    given = {"MEDALLION_OPENLINEAGE_URL": "kafka://broker:9092/lineage"}
    environment = airflow_environment(settings, given)
    transport = json.loads(environment["AIRFLOW__OPENLINEAGE__TRANSPORT"])["transport"]
    assert (transport["type"], transport["topic"]) == ("kafka", "lineage")
    with pytest.raises(SetupError, match="MEDALLION_OPENLINEAGE_URL"):
        airflow_environment(settings, {"MEDALLION_OPENLINEAGE_URL": "marquez:5000"})


def test_the_components_find_each_other_on_the_chosen_ports(settings: StackSettings) -> None:
    environment = airflow_environment(settings, {})
    assert (
        environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8081/execution/"
    )
    assert environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith("postgresql+psycopg2://")
    assert json.loads(environment["AIRFLOW_CONN_TMDB_DEFAULT"])["port"] == 8082
    assert json.loads(environment["AIRFLOW_CONN_RATES_API"])["port"] == 8085
    given = airflow_environment(settings, {"AIRFLOW_CONN_BANK_CORE": "postgresql://theirs"})
    assert given["AIRFLOW_CONN_BANK_CORE"] == "postgresql://theirs"


def test_airflow_learns_of_superset_once_it_is_set_up(settings: StackSettings) -> None:
    ours = {SUPERSET_URL, SUPERSET_CONNECTION, SUPERSET_WAREHOUSE_CONNECTION}
    assert ours.isdisjoint(airflow_environment(settings, {}))
    with_superset = replace(settings, superset=superset(settings))
    environment = airflow_environment(with_superset, {})
    assert environment[SUPERSET_URL] == "http://127.0.0.1:8088"
    connection = json.loads(environment[SUPERSET_CONNECTION])
    bots = superset_password(settings.paths, BOT)
    assert (connection["login"], connection["password"]) == (BOT, bots)
    for secret in (bots, "reader-secret"):
        holders = {name for name, value in environment.items() if secret in value}
        assert holders
        assert holders <= SECRET_VARIABLES
    another = airflow_environment(with_superset, {SUPERSET_URL: "https://bi.example.org"})
    assert another[SUPERSET_URL] == "https://bi.example.org"


def test_superset_gets_nothing_of_airflows_and_no_secret_in_its_environment(
    settings: StackSettings,
) -> None:
    environ = {**airflow_environment(settings, {}), "PATH": "/bin", "TMDB_TOKEN": "tmdb-secret"}
    environment = superset_environment(superset(settings), settings.paths, environ)
    assert not [name for name in environment if name.startswith(("AIRFLOW", "MEDALLION", "TMDB"))]
    files = {name: Path(path) for name, path in environment.items() if name.endswith("_FILE")}
    assert len(files) == 4
    for path in files.values():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_text() not in str(environment)
    url = files["SUPERSET_METADATA_URL_FILE"].read_text()
    assert url == "postgresql+psycopg2://superset:metadata-secret@127.0.0.1:5433/superset"


def superset(settings: StackSettings) -> SupersetSettings:
    return SupersetSettings(
        environment=settings.paths.superset / "venv",
        port=8088,
        metadata_url="postgresql://superset:metadata-secret@127.0.0.1:5433/superset",
        warehouse_url="postgresql://superset_reader:reader-secret@127.0.0.1:5433/warehouse",
    )


def test_a_proxy_is_never_asked_for_this_machine(settings: StackSettings) -> None:
    environment = airflow_environment(settings, {"NO_PROXY": "intranet"})
    assert environment["NO_PROXY"] == environment["no_proxy"] == "intranet,127.0.0.1,localhost"


def test_airflow_reads_the_warehouse_connection_back(settings: StackSettings) -> None:
    from airflow.sdk import Connection

    url = "postgresql://loader:p%2540ss%27w%22rd%24x@db.example:6543/warehouse?sslmode=require"
    connection = Connection.from_json(postgres_connection(url), conn_id="medallion_warehouse")
    assert (connection.conn_type, connection.host, connection.port) == (
        "postgres",
        "db.example",
        6543,
    )
    assert (connection.login, connection.password) == ("loader", HOSTILE)
    assert connection.schema == "warehouse"
    assert connection.extra_dejson == {"sslmode": "require"}


@pytest.mark.parametrize(
    ("environ", "real"),
    [({}, False), ({"TMDB_TOKEN": "eyJ"}, True), ({"AIRFLOW_CONN_TMDB_DEFAULT": "{}"}, True)],
)
def test_the_replay_stands_in_only_when_nothing_real_is_given(
    environ: dict[str, str], real: bool
) -> None:
    assert has_tmdb_token(environ) is real


def test_a_token_goes_to_the_real_tmdb_and_a_connection_is_taken_as_given(
    settings: StackSettings,
) -> None:
    real = json.loads(tmdb_connection(settings, {"TMDB_TOKEN": "eyJ"}))
    assert (real["host"], real["schema"], real["password"]) == (
        "api.themoviedb.org",
        "https",
        "eyJ",
    )
    given = '{"conn_type": "http", "host": "tmdb.intranet"}'
    assert tmdb_connection(settings, {"AIRFLOW_CONN_TMDB_DEFAULT": given}) == given


def test_the_command_prints_no_secret_unless_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [one for one in os.environ if one.startswith(("MEDALLION_", "AIRFLOW_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MEDALLION_STATE_ROOT", str(tmp_path / "state"))
    try:
        assert main(["env"]) == 0
        plain = capsys.readouterr().out
        assert main(["env", "--secrets"]) == 0
        full = capsys.readouterr().out
    finally:
        assert main(["down"]) == 0
    secrets = [path.read_text() for path in (tmp_path / "state").rglob("*.secret")]
    used = [secret for secret in secrets if secret in full]
    assert len(used) == 7  # the three databases' owners, JWT, API, Fernet, personal data
    assert not [secret for secret in secrets if secret in plain]
    assert "export AIRFLOW_HOME=" in plain


def test_status_of_what_is_stopped_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`make status` stays quiet about it, and scripts can tell it from an error."""
    monkeypatch.setenv("MEDALLION_STATE_ROOT", str(tmp_path / "state"))
    assert main(["status"]) == NOT_RUNNING
    said = capsys.readouterr().out
    assert "Airflow is stopped. Start it: make up" in said
    assert "GiB free" in said
    makefile = (Path(__file__).parents[2] / "Makefile").read_text()
    assert f"$(STACK) status || test $$? -eq {NOT_RUNNING}\n" in makefile
