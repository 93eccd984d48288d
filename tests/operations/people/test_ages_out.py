"""What ages out, by docs/erasure.md: each of its commands is run where it finds her. And of what
Medallion itself sends to the server's log and to Airflow, nothing has her.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.bank.test_erasure import load_backup
from tests.conftest import fresh_database
from tests.docs.pages import code_of_row
from tests.operations.people.shop import KEY, PERSON, SPEC, Shop, has, search_warehouse
from tests.steps.staged import query

from medallion.local.environment import postgres_connection
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres, _programs
from medallion.operations.people.erase import erase_person

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

CLASSIFIED = ("ada@example.org", "lovelace")
"""What a task's log may not have. A note of a payment is no column that the spec classifies."""
NOTE = "lady-note"
FEWER = re.sub(r"  (former_customers|visits):\n.*?(?=  payments:|gold:)", "", SPEC, flags=re.DOTALL)
SHOWN = FEWER.replace(
    "        note: {type: text, nullable: true}\n",
    "        note: {type: text, nullable: true}\n"
    "      checks: [{accepted_values: {column: note, values: [bob], on_failure: warn}}]\n",
)
SETTINGS = {
    "logging_collector": "on",
    "log_filename": "medallion.log",
    "wal_level": "replica",  # an archive needs it
    "archive_mode": "on",
    "archive_command": "mkdir -p archive && cp %p archive/%f",
}


@dataclass(frozen=True, kw_only=True)
class Aged:
    """A shop that Airflow has run and that she is erased from, on a server of its own."""

    shop: Shop
    server: EmbeddedPostgres
    admin: str
    """The superuser, in the shop's database."""
    airflow: str
    """The database of Airflow."""
    environment: Mapping[str, str]
    statements: str
    """What the server has logged of all that was done."""

    def run(self, command: str) -> str:
        """What a command of the page prints, in Airflow's environment."""
        done = subprocess.run(
            ["bash", "-c", command],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def read_log(self) -> str:
        return (self.server.data / "log" / "medallion.log").read_text()


def commands(project_root: Path, what: str) -> list[str]:
    """What lists it, by the page."""
    return code_of_row(project_root / "docs" / "erasure.md", what, 3)


@pytest.fixture(scope="module")
def aged(
    embedded_postgres: EmbeddedPostgres,
    pg_url: str,
    project_root: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Aged]:
    root = tmp_path_factory.mktemp("aged")
    server = EmbeddedPostgres(root / "server", settings=SETTINGS)
    server.start()
    try:
        with (
            fresh_database(server, server.url()) as url,
            fresh_database(embedded_postgres, pg_url) as airflow,
        ):
            name = conninfo_to_dict(url)["dbname"]
            admin = make_conninfo(server.url(), dbname=name)
            log_all(admin, str(name))
            shop = Shop(root=root / "shop", url=url, spec=SHOWN)
            environment = airflow_environment(shop, airflow, project_root)
            run_by_airflow(shop, environment, project_root)
            found = {place.partition(":")[0] for place in search_warehouse(url)}
            assert "store_silver_shop.payments" in found
            (erasure,) = erase_person(
                shop.surroundings(), by="dpo", column="email", value="ada@example.org",
                is_meant=True,
            )  # fmt: skip
            assert erasure.problems == []
            shop.day(1)  # the source still has her
            made = Aged(
                shop=shop, server=server, admin=admin, airflow=airflow, environment=environment,
                statements=(server.data / "log" / "medallion.log").read_text(),
            )  # fmt: skip
            yield made
    finally:
        server.stop()


def log_all(admin: str, name: str) -> None:
    """Each statement as it was sent, whether it fails or not; not what was sent beside it."""
    with psycopg.connect(admin, autocommit=True) as opened:
        for setting, value in (("log_statement", "all"), ("log_parameter_max_length", "0")):
            opened.execute(
                sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                    sql.Identifier(name), sql.Identifier(setting), value
                )
            )


def airflow_environment(shop: Shop, database: str, project_root: Path) -> dict[str, str]:
    home = shop.root / "airflow"
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": f"{project_root}:{project_root / 'plugins'}",
        "MEDALLION_PROJECT_ROOT": str(shop.root),
        "MEDALLION_STATE_ROOT": str(shop.root / "state"),
        "MEDALLION_LAKE_ROOT": str(shop.lake),
        "LAB_STATES": str(shop.root / "states.json"),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(project_root / "plugins"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(shop.root / "dags"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database.replace(
            "postgresql", "postgresql+psycopg2", 1
        ),
        "AIRFLOW_CONN_MEDALLION_WAREHOUSE": postgres_connection(shop.url),
        "AIRFLOW_CONN_PII_DEFAULT": f'{{"conn_type": "generic", "password": "{KEY}"}}',
    }


def run_by_airflow(shop: Shop, environment: Mapping[str, str], project_root: Path) -> None:
    """Each task of the shop's DAG, and what they log, into a file where Airflow keeps its own."""
    shop.write()
    shop.deliver(0)
    # Another process may be writing bytecode into it just now.
    code = shutil.ignore_patterns("__pycache__")
    shutil.copytree(project_root / "dags", shop.root / "dags", ignore=code)
    log = Path(environment["AIRFLOW_HOME"]) / "logs/dag_id=shop.sales/run.log"
    log.parent.mkdir(parents=True)
    with log.open("w") as out:
        done = subprocess.run(
            [sys.executable, "-m", "tests.airflow.openlineage.run_lab", "shop.sales"],
            env=environment, cwd=project_root, stdout=out, stderr=out, check=False,
        )  # fmt: skip
    assert done.returncode == 0, log.read_text()[-6000:]
    assert "success" in Path(environment["LAB_STATES"]).read_text(), log.read_text()[-6000:]


def test_no_statement_of_ours_has_a_value_of_hers(aged: Aged) -> None:
    """Values are parameters, or rows of a COPY: the server's log has the text alone."""
    said = aged.statements
    for word in ("COPY", "INSERT INTO medallion.erased_people", "DELETE FROM", "VACUUM"):
        assert word in said, "it is looked for where it is"
    assert [word for word in PERSON if has(said, word)] == []


def test_the_servers_log_is_listed_where_a_statement_failed_with_her(
    aged: Aged, project_root: Path
) -> None:
    asked, _ = commands(project_root, "the server's log")
    with psycopg.connect(aged.admin, autocommit=True) as opened:
        opened.execute("SET log_statement = 'none'")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            opened.execute("SELECT 'Ada Lovelace'::integer")
        files = [str(row[0]) for row in opened.execute(asked.encode()).fetchall()]
        having = [
            name
            for name in files
            if has(str(opened.execute("SELECT pg_read_file('log/' || %s)", [name]).fetchone()),
                   "lovelace")
        ]  # fmt: skip
    assert having == ["medallion.log"]


def test_the_log_of_make_up_is_where_the_page_says(project_root: Path) -> None:
    """One file, which the server itself does not know as one of its logs."""
    _, listed = commands(project_root, "the server's log")
    state = project_root / ".medallion"
    paths = LocalPaths(project_root=project_root, state_root=state, dags_folder=state)
    folder = EmbeddedPostgres(paths.postgres).log.parent
    assert listed == f"ls {folder.relative_to(project_root)}"


def test_no_task_log_and_no_xcom_has_her_but_for_examples_of_a_check(
    aged: Aged, project_root: Path
) -> None:
    (command,) = commands(project_root, "Airflow's task logs")
    assert "ada@example.org" in command
    logs = Path(aged.environment["AIRFLOW_HOME"]) / "logs"
    (log,) = (one for one in logs.rglob("*.log") if "customers.clean" in one.read_text())
    assert [word for word in CLASSIFIED if has(log.read_text(), word)] == []
    assert search_warehouse(aged.airflow, CLASSIFIED) == []
    ((results,),) = query(aged.airflow, "SELECT count(*) FROM xcom WHERE task_id ~ 'customers'")
    assert isinstance(results, int) and results > 3
    with pytest.raises(subprocess.CalledProcessError):  # as grep says that it finds nothing
        aged.run(command)
    found = aged.run(command.replace("ada@example.org", NOTE)).split()
    assert found == [str(log)], "a check's example, of a column that nobody has classified"


def test_what_airflows_database_keeps_is_counted_by_its_own_command(
    aged: Aged, project_root: Path
) -> None:
    (command,) = commands(project_root, "Airflow's database: XComs, rendered templates")
    day = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    said = aged.run(re.sub(r"\d{4}-\d\d-\d\d", day, command))
    for table in ("xcom", "task_instance"):
        assert re.search(rf"Checking table {table}\nFound [1-9]", said), said


def test_backups_and_dumps_by_hand_are_listed_and_have_her(
    aged: Aged, project_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = load_backup(project_root, aged.server.url(), monkeypatch)
    name = str(conninfo_to_dict(aged.admin)["dbname"])
    for setting, value in {
        "FOLDER": tmp_path,
        "LAKE": aged.shop.lake,
        "DATABASES": (name,),
    }.items():
        monkeypatch.setattr(backup, setting, value)
    with psycopg.connect(aged.admin, autocommit=True) as opened:  # as if she were there still
        opened.execute("CREATE TABLE public.hers AS SELECT 'Ada Lovelace' AS name")
    made = backup.back_up(datetime(2026, 2, 1, tzinfo=UTC))
    with psycopg.connect(aged.admin, autocommit=True) as opened:
        opened.execute("DROP TABLE public.hers")
    (command,) = commands(project_root, "backups of one machine")
    program, *words = shlex.split(command.partition("backup backup.py")[2].join(("backup.py", "")))
    assert program == "backup.py"
    done = subprocess.run(
        [sys.executable, str(project_root / "deploy/docker/bin/backup.py"), *words],
        env={**os.environ, "BACKUP_FOLDER": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == [made.name] == ["20260201T000000Z"]
    (command,) = commands(project_root, "dumps by hand")
    (dump,) = aged.run(command.replace("find /", f"find {tmp_path}")).split()
    restored = subprocess.run(
        [str(_programs() / "pg_restore"), "-f", "-", dump],
        capture_output=True,
        text=True,
        check=True,
    )
    assert has(restored.stdout, "ada lovelace")


def test_the_archive_of_the_servers_wal_has_her_and_the_server_names_its_last_file(
    aged: Aged, project_root: Path
) -> None:
    *_, asked = commands(project_root, "base backups and the WAL archive")
    with psycopg.connect(aged.admin, autocommit=True) as opened:
        # Files before it may be in the archive already: she is in all up to the one that is begun.
        mark = (
            "SELECT pg_walfile_name(pg_logical_emit_message(true, 'tests', 'she is before this'))"
        )
        (begun,) = opened.execute(mark).fetchone() or ("",)
        opened.execute("SELECT pg_switch_wal()")
        until = time.monotonic() + 240
        while True:
            found = opened.execute(asked.encode())
            names = [one.name for one in found.description or ()]
            (row,) = found.fetchall()
            said = dict(zip(names, row, strict=True))
            if str(said["last_archived_wal"] or "") >= begun:
                break
            assert time.monotonic() < until, said
            time.sleep(0.1)
    archive = {one.name: one.read_bytes() for one in (aged.server.data / "archive").iterdir()}
    assert said["last_archived_wal"] in archive
    assert [name for name, content in archive.items() if b"Ada Lovelace" in content]
