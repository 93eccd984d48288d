"""The task that collects who reads: it runs as Airflow has built it, on the log of a server."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.operations.access.test_collect import keep_old_read
from tests.steps.staged import REPLACE, Run, query

from medallion.airflow.journal_dag import build
from medallion.local.postgres import EmbeddedPostgres
from medallion.operations.access.setting import LOG_FOLDER, SWITCH
from medallion.steps.publish import step as publish
from medallion.warehouse.journal.keeper import JournalSettings, make_journal

KEPT = timedelta(days=400)
READS = "SELECT who, table_name, times FROM medallion.access_journal WHERE kind = 'read'"


@dataclass(frozen=True, kw_only=True)
class Journal:
    """A warehouse whose reads are journalled, and the login of somebody who reads."""

    url: str
    admin: str
    reader: str

    def read(self) -> None:
        """Once; then another statement, behind which that is whole in the log."""
        with psycopg.connect(self.reader, autocommit=True) as connection:
            connection.execute("select * from silver_lab.readings")
            connection.execute("select 1")


@pytest.fixture
def reader(pg_url: str) -> Iterator[str]:
    """The name of a login. It goes after the warehouse that it reads."""
    name = f"bi_{secrets.token_hex(4)}"
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'pw'").format(sql.Identifier(name)))
        yield name
        admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@pytest.fixture
def journal(
    reader: str,
    warehouse_db: str,
    embedded_postgres: EmbeddedPostgres,
    pg_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Journal:
    database = str(conninfo_to_dict(warehouse_db)["dbname"])
    admin = make_conninfo(pg_url, dbname=database)
    run = Run(url=warehouse_db, day=0)
    run.stage([(1, "a"), (2, "b")])
    publish.run(REPLACE, run.context())
    log = str(embedded_postgres.log)
    settings = JournalSettings(reads_for=KEPT, changes_for=KEPT, log_file=log)
    list(make_journal(admin, warehouse_db, settings))
    login, place = sql.Identifier(reader), sql.Identifier(database)
    with psycopg.connect(warehouse_db) as loader:
        loader.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(place, login))
        loader.execute(sql.SQL("GRANT USAGE ON SCHEMA silver_lab TO {}").format(login))
        loader.execute(sql.SQL("GRANT SELECT ON silver_lab.readings TO {}").format(login))
    monkeypatch.setenv("AIRFLOW_CONN_MEDALLION_WAREHOUSE", warehouse_db)
    for name in (SWITCH, LOG_FOLDER):
        monkeypatch.delenv(name, raising=False)
    url = embedded_postgres.info().url(database, user=reader, password="pw")
    return Journal(url=warehouse_db, admin=admin, reader=url)


def collect(root: Path) -> dict[str, Any]:
    """As the DAG's task does."""
    task = build(root, ()).get_task("collect")
    found: dict[str, Any] = task.execute({"ti": SimpleNamespace(task_id="collect"), "params": {}})
    return found


def test_it_collects_counts_and_forgets(journal: Journal, reader: str, tmp_path: Path) -> None:
    journal.read()
    done = collect(tmp_path)
    assert (done["reads"], done["is_done"], done["forgotten"]) == (1, True, 0)
    assert done["entries"] >= done["statements"] >= 1
    assert query(journal.url, READS) == [(reader, "readings", 1)]
    keep_old_read(journal.admin)
    assert collect(tmp_path)["forgotten"] == 1
    assert query(journal.url, READS) == [(reader, "readings", 1)]


def test_it_reads_copies_of_the_log_where_a_folder_is_named(
    journal: Journal,
    reader: str,
    embedded_postgres: EmbeddedPostgres,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(LOG_FOLDER, str(tmp_path))
    with pytest.raises(AirflowSkipException, match=r"there is no file \*\.log in"):
        collect(tmp_path)
    journal.read()
    (tmp_path / "copy.log").write_bytes(embedded_postgres.log.read_bytes())
    assert collect(tmp_path)["reads"] == 1
    assert query(journal.url, READS) == [(reader, "readings", 1)]


def test_what_cannot_be_read_is_skipped_and_a_wrong_setting_fails(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, "off")
    with pytest.raises(AirflowSkipException, match="the journal of reads is switched off"):
        collect(tmp_path)
    monkeypatch.setenv(SWITCH, "maybe")
    with pytest.raises(AirflowFailException, match="MEDALLION_ACCESS_JOURNAL=maybe is neither"):
        collect(tmp_path)
    monkeypatch.delenv(SWITCH)
    journal.read()
    with psycopg.connect(journal.admin) as admin:
        admin.execute("DROP FUNCTION medallion_journal.read_log")
    with pytest.raises(AirflowSkipException, match="this server's log cannot be read"):
        collect(tmp_path)
    assert query(journal.url, READS) == []
