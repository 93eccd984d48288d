"""A registry is upgraded under readers and a publication; a release is taken back without it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.failover.readers import Reader
from tests.steps.staged import REPLACE, Run, query

from medallion.errors import WarehouseUnavailable
from medallion.roots import PROJECT_ROOT
from medallion.steps.publish import step as publish
from medallion.warehouse.session.connection import connect, translate_errors
from medallion.warehouse.session.migrate import Migration, list_released, migrate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FORMER = "4e446848"
"""A commit whose registry is some versions older."""
IN_FORMER = """
import sys
from tests.steps.staged import REPLACE, Run
from medallion.steps.publish import step
run = Run(url=sys.argv[1], day=int(sys.argv[2]))
run.stage([(1, f"day {sys.argv[2]}"), (2, "former")])
step.run(REPLACE, run.context())
"""
VIEW = "SELECT id, value FROM silver_lab.readings ORDER BY id"


def publish_day(url: str, day: int) -> None:
    run = Run(url=url, day=day)
    run.stage([(1, f"day {day}"), (2, "here")])
    publish.run(REPLACE, run.context())


def next_release(statement: str) -> tuple[Migration, ...]:
    """The registry of the next version, with which this one may work."""
    here = list_released()
    version = here[-1].version
    text = f"-- works from: {version}\n{statement}"
    return (*here, Migration(version=version + 1, name="next", text=text))


def test_an_upgrade_waits_for_a_publication_and_disturbs_no_reader(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_day(warehouse_db, 0)
    newer = next_release("ALTER TABLE medallion.publications ADD COLUMN later integer")
    outcome: list[object] = []

    def upgrade() -> None:
        while not outcome:
            try:
                with translate_errors("upgrading"), connect(warehouse_db) as connection:
                    migrate(connection, newer)
                outcome.append("upgraded")
            except WarehouseUnavailable:
                pass  # a table was in use for too long: as a task that is tried again
            except Exception as error:
                outcome.append(error)

    thread = threading.Thread(target=upgrade)
    real = publish.commit_all

    def commit_all(*words: Any, **named: Any) -> Any:
        done = real(*words, **named)
        if thread.ident is None:
            thread.start()
            _wait_for_lock(warehouse_db)
        return done

    monkeypatch.setattr(publish, "commit_all", commit_all)
    with Reader(warehouse_db, VIEW) as reader:
        publish_day(warehouse_db, 1)
        thread.join()
        publish_day(warehouse_db, 2)  # by a Medallion that does not know the column
    assert outcome == ["upgraded"]
    assert (reader.problems, reader.lost) == ([], 0)
    whole = [[(1, f"day {day}"), (2, "here")] for day in range(3)]
    assert [answer for answer in whole if answer in reader.seen] == reader.seen
    assert query(warehouse_db, VIEW) == whole[2]


def _wait_for_lock(url: str) -> None:
    """Until the upgrade waits for what the publication holds."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with psycopg.connect(url, autocommit=True) as watching:
        for _ in range(1200):
            if watching.execute(asked).fetchone() != (0,):
                return
            threading.Event().wait(0.05)
    pytest.fail("the upgrade has not begun")


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of a former commit, as far as it is there."""
    git = ["git", "-C", str(PROJECT_ROOT)]
    archive = [*git, "archive", FORMER, "plugins", "tests", "pyproject.toml"]
    done = subprocess.run(archive, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"{FORMER} is not in this clone's history")
    folder = tmp_path_factory.mktemp("former")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


def publish_by_former(folder: Path, url: str, day: int) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), str(folder / "plugins")])
    return subprocess.run(
        [sys.executable, "-c", IN_FORMER, url, str(day)], cwd=folder, text=True,
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, check=False,
    )  # fmt: skip


def test_what_a_former_medallion_published_is_upgraded_and_it_touches_nothing_then(
    warehouse_db: str, former: Path
) -> None:
    done = publish_by_former(former, warehouse_db, 0)
    assert done.returncode == 0, done.stderr
    assert query(warehouse_db, VIEW) == [(1, "day 0"), (2, "former")]
    with Reader(warehouse_db, VIEW) as reader:
        publish_day(warehouse_db, 1)
    assert (reader.problems, reader.lost) == ([], 0)
    assert query(warehouse_db, VIEW) == [(1, "day 1"), (2, "here")]
    done = publish_by_former(former, warehouse_db, 2)
    assert done.returncode != 0
    assert "and this Medallion knows versions up to" in done.stderr
    assert "a newer one has already upgraded the registry" in done.stderr
    assert query(warehouse_db, VIEW) == [(1, "day 1"), (2, "here")]


def test_a_release_is_taken_back_without_its_database(warehouse_db: str) -> None:
    publish_day(warehouse_db, 0)
    newer = next_release(
        "ALTER TABLE medallion.publications ADD COLUMN later integer NOT NULL DEFAULT 5;"
        "CREATE TABLE medallion.later (a integer)"
    )
    with connect(warehouse_db) as connection:
        migrate(connection, newer)
    # As a process that starts: it looks at the registry, which is newer than it.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("medallion.warehouse.session.transaction._READY", set())
        publish_day(warehouse_db, 1)
    assert query(warehouse_db, VIEW) == [(1, "day 1"), (2, "here")]
    with connect(warehouse_db) as connection:
        migrate(connection, newer)  # and the newer one again
    publish_day(warehouse_db, 2)
    assert query(warehouse_db, "SELECT count(*), sum(later) FROM medallion.publications") == [
        (3, 15)
    ]
