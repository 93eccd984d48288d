"""Only new and changed files: each row once, whatever becomes of runs and in whatever order."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.sources.formats.test_archives import zipped
from tests.steps.staged import query
from tests.storage_servers import FileServer

from medallion.airflow.loader import plan_of
from medallion.errors import DataRejected, MedallionError, SourceRefused
from medallion.plan.model import Plan
from medallion.run import Run
from medallion.sources.base.source import ConnectionDetails
from medallion.steps.context import StepContext, StepResult
from medallion.steps.run import run_step

START = datetime(2026, 1, 1, tzinfo=UTC)
SPEC = """\
description: What comes in.
datasets:
  things:
    source: {type: file, path: "PATH", only_new: true}
    bronze: {checks: [row_count: {min_value: 1, max_value: 5}]}
    silver:
      primary_key: [id]
      write_disposition: DISPOSITION
      columns:
        id: {type: bigint}
        value: {type: text}
"""


@dataclass(kw_only=True)
class Inbox:
    """A pipeline over a folder of files. `day` says which day's run it is."""

    root: Path
    url: str
    disposition: str
    path: str = "include/data/lab/*.csv"
    connections: dict[str, ConnectionDetails] = field(default_factory=dict)

    def put(self, name: str, *rows: tuple[int, str]) -> None:
        (self.root / "include/data/lab").mkdir(parents=True, exist_ok=True)
        (self.root / "include/data/lab" / name).write_bytes(csv(*rows))

    def plan(self) -> Plan:
        spec = self.root / "specs" / "lab" / "things.yaml"
        spec.parent.mkdir(parents=True, exist_ok=True)
        spec.write_text(SPEC.replace("PATH", self.path).replace("DISPOSITION", self.disposition))
        return plan_of("lab.things", self.root)

    def context(self, day: int, run_id: str, task_id: str, **said: bool) -> StepContext:
        return StepContext(
            run=Run(
                dag_id="lab.things",
                run_id=run_id or f"scheduled__{day}",
                interval_start=START + timedelta(days=day),
                interval_end=START + timedelta(days=day + 1),
                spec_digest="0" * 64,
            ),
            task_id=task_id,
            try_number=1,
            project_root=self.root,
            lake_root=str(self.root / "lake"),
            warehouse_url=self.url,
            connection=self.connections.__getitem__,
            log=logging.getLogger("medallion.test"),
            **said,
        )

    def steps(self, day: int, *names: str, run_id: str = "", **said: bool) -> list[StepResult]:
        return [
            run_step(task.step, self.context(day, run_id, task.task_id, **said))
            for task in self.plan().tasks
            if not names or task.name in names
        ]

    def run(self, day: int, run_id: str = "", **said: bool) -> int:
        """All steps of a run; how many files it landed."""
        return int(str(self.steps(day, run_id=run_id, **said)[0].details["parts"]))

    def table(self) -> list[tuple[object, ...]]:
        return query(self.url, "SELECT id, value FROM silver_lab.things ORDER BY 1, 2")

    def publications(self) -> int:
        return len(query(self.url, "SELECT 1 FROM medallion.publications"))


def csv(*rows: tuple[int, str]) -> bytes:
    return b"id,value\n" + b"".join(f"{number},{value}\n".encode() for number, value in rows)


@pytest.fixture(params=["merge", "append"])
def inbox(request: pytest.FixtureRequest, warehouse_db: str, tmp_path: Path) -> Inbox:
    return Inbox(root=tmp_path, url=warehouse_db, disposition=request.param)


def test_a_file_is_landed_once_and_again_when_it_has_changed(inbox: Inbox) -> None:
    inbox.put("a.csv", (1, "a"))
    inbox.put("b.csv", (2, "b"))
    assert inbox.run(0) == 2
    inbox.put("c.csv", (3, "c"))
    os.utime(inbox.root / "include/data/lab" / "a.csv")  # touched, not changed
    assert inbox.run(1) == 1
    assert inbox.table() == [(1, "a"), (2, "b"), (3, "c")]
    inbox.put("b.csv", (2, "B"))  # as many bytes as before
    assert inbox.run(2) == 1
    kept = [(2, "B")] if inbox.disposition == "merge" else [(2, "B"), (2, "b")]
    assert inbox.table() == [(1, "a"), *kept, (3, "c")]
    origins = "SELECT file, run_id FROM medallion.row_lineage ORDER BY _load_id, file"
    assert query(inbox.url, origins)[-1] == ("include/data/lab/b.csv", "scheduled__2")


def test_a_new_file_without_records_is_published_and_known(inbox: Inbox) -> None:
    inbox.put("a.csv", (1, "a"))
    inbox.run(0)
    spec = inbox.root / "specs" / "lab" / "things.yaml"
    inbox.put("b.csv")
    for parts in (1, 0):
        inbox.plan()
        spec.write_text(spec.read_text().replace("min_value: 1, ", ""))
        for task in plan_of("lab.things", inbox.root).tasks:
            result = run_step(task.step, inbox.context(2 - parts, "", task.task_id))
            if task.name == "land":
                assert result.details["parts"] == parts
    assert (inbox.table(), inbox.publications()) == ([(1, "a")], 2)


def test_a_run_without_new_files_succeeds_and_publishes_nothing(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(SourceRefused, match="no file is named like"):
        inbox.run(0)  # nothing was ever there: the path may be misspelt
    inbox.put("a.csv", (1, "a"))
    inbox.run(0)
    for day, gone in ((1, False), (2, True)):
        if gone:
            (inbox.root / "include/data/lab" / "a.csv").unlink()
        results = inbox.steps(day)
        assert [result.rows_out for result in results] == [0] * 5
        assert all(result.details["nothing_new"] for result in results)
    assert "there is no new file: things.publish does nothing" in caplog.text
    assert (inbox.table(), inbox.publications()) == ([(1, "a")], 1)


def test_the_files_of_a_run_that_was_refused_are_new_to_the_next(inbox: Inbox) -> None:
    inbox.put("a.csv", (1, "a"))
    inbox.run(0)
    inbox.put("b.csv", *((number, "b") for number in range(10, 20)))
    with pytest.raises(DataRejected, match="row_count"):
        inbox.run(1)
    inbox.put("b.csv", (2, "b"))
    inbox.put("c.csv", (3, "c"))
    assert inbox.run(2) == 2
    assert inbox.table() == [(1, "a"), (2, "b"), (3, "c")]


def test_a_run_that_is_done_again_lands_its_own_files_again(inbox: Inbox) -> None:
    inbox.put("a.csv", (1, "a"))
    inbox.run(0)
    inbox.put("b.csv", (2, "b"))
    assert (inbox.run(1), inbox.run(1)) == (1, 1)
    inbox.put("c.csv", (3, "c"))
    assert inbox.run(0) == 1  # what came since is not of its interval
    assert inbox.table() == [(1, "a"), (2, "b")]
    assert inbox.run(1, run_id="manual__1") == 2  # the same interval by another run
    assert inbox.run(2) == 0
    assert inbox.table() == [(1, "a"), (2, "b"), (3, "c")]


def test_a_backfill_takes_no_new_files(inbox: Inbox) -> None:
    inbox.put("a.csv", (1, "a"))
    inbox.run(1)
    inbox.put("b.csv", (2, "b"))
    assert inbox.run(0) == 0
    assert inbox.run(1, backfill=True) == 1
    assert inbox.run(5, backfill=True) == 0
    assert inbox.run(2) == 1
    assert inbox.table() == [(1, "a"), (2, "b")]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_two_runs_at_once_neither_lose_nor_double_a_file(
    inbox: Inbox, order: tuple[int, int]
) -> None:
    inbox.put("a.csv", (1, "a"))
    inbox.run(0)
    inbox.put("b.csv", (2, "b"))
    for day in (1, 2):  # both land it before either publishes
        inbox.steps(day, "land", "gate_bronze", "clean", "gate_silver")
    for day in order:
        inbox.steps(day, "publish")
    assert inbox.table() == [(1, "a"), (2, "b")]
    assert [inbox.run(day) for day in (3, 1, 2)].count(1) == 1
    assert inbox.table() == [(1, "a"), (2, "b")]


def test_two_runs_of_one_interval_at_once(inbox: Inbox) -> None:
    """The first one has seen less: its publication would take the other's rows away."""
    inbox.put("a.csv", (1, "a"))
    before = ("land", "gate_bronze", "clean", "gate_silver")
    inbox.steps(0, *before)
    inbox.put("b.csv", (2, "b"))
    inbox.steps(0, *before, run_id="manual__1")
    inbox.steps(0, "publish", run_id="manual__1")
    if inbox.disposition == "append":
        with pytest.raises(
            DataRejected, match=r"the rows of include/data/lab/b\.csv were published for this"
        ):
            inbox.steps(0, "publish")
    assert inbox.run(0) == 2
    assert inbox.table() == [(1, "a"), (2, "b")]


def test_an_operator_may_ask_for_all_files_again(inbox: Inbox) -> None:
    inbox.put("a.csv", (1, "a"))
    inbox.run(0)
    inbox.put("b.csv", (2, "b"))
    inbox.run(1)
    assert inbox.run(2, full_refresh=True) == 2
    assert inbox.table() == [(1, "a"), (2, "b")]
    assert inbox.run(3) == 0


def test_a_file_that_is_gone_takes_no_published_row_with_it(inbox: Inbox) -> None:
    inbox.put("a.csv", (1, "a"))
    inbox.put("b.csv", (2, "b"))
    inbox.run(0)
    (inbox.root / "include/data/lab" / "a.csv").unlink()
    if inbox.disposition == "append":
        with pytest.raises(
            DataRejected, match=r"the rows of include/data/lab/a\.csv were published"
        ) as refused:
            inbox.run(0)
        assert "put the files back" in refused.value.remedy
    else:
        assert inbox.run(0) == 1
    assert inbox.table() == [(1, "a"), (2, "b")]


def test_files_that_were_landed_before_it_was_asked_for_are_known(
    warehouse_db: str, tmp_path: Path
) -> None:
    inbox = Inbox(root=tmp_path, url=warehouse_db, disposition="append")
    inbox.put("a.csv", (1, "a"))
    whole = SPEC.replace(", only_new: true", "")
    inbox.plan()
    spec = tmp_path / "specs" / "lab" / "things.yaml"
    spec.write_text(whole.replace("PATH", inbox.path).replace("DISPOSITION", "replace"))
    for task in plan_of("lab.things", tmp_path).tasks:
        run_step(task.step, inbox.context(0, "", task.task_id))
    inbox.put("b.csv", (2, "b"))
    assert inbox.run(1) == 1
    assert inbox.table() == [(1, "a"), (2, "b")]


@pytest.mark.parametrize("scheme", ["sftp", "ftp", "azurite", "s3_by_airflow"])
def test_files_elsewhere_are_known_too(
    request: pytest.FixtureRequest, warehouse_db: str, tmp_path: Path, scheme: str
) -> None:
    found: FileServer = request.getfixturevalue(scheme)
    server = found.apart()
    inbox = Inbox(root=tmp_path, url=warehouse_db, disposition="append", path=server.url("*.csv"))
    inbox.connections = {server.details.conn_id: server.details}
    server.put("a.csv", csv((1, "a")))
    assert inbox.run(0) == 1
    server.put("b.csv", csv((2, "b")))
    assert inbox.run(1) == 1
    server.put("a.csv", csv((1, "A")))  # within the second that the server tells
    assert inbox.run(2) == 1
    assert inbox.run(3) == 0
    assert inbox.table() == [(1, "A"), (1, "a"), (2, "b")]


def test_a_publication_that_fails_forgets_the_files(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known of a file commits with its rows, or not at all."""
    inbox.put("a.csv", (1, "a"))

    def fail(*_: object) -> None:
        raise MedallionError("on purpose")

    with monkeypatch.context() as patch:
        patch.setattr("medallion.warehouse.registry.gate_records.link_outcomes", fail)
        with pytest.raises(MedallionError, match="on purpose"):
            inbox.run(0)
    assert query(inbox.url, "SELECT count(*) FROM medallion.landed_files") == [(0,)]
    assert inbox.run(1) == 1
    assert inbox.table() == [(1, "a")]


def test_members_of_archives_are_landed_once_and_again_when_they_have_changed(
    warehouse_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = 'include/data/lab/*.zip", member: "*.csv'
    inbox = Inbox(root=tmp_path, url=warehouse_db, disposition="append", path=path)
    folder = inbox.root / "include/data/lab"
    folder.mkdir(parents=True)
    (folder / "a.zip").write_bytes(zipped({"a.csv": csv((1, "a")), "b.csv": csv((2, "b"))}))
    (folder / "b.zip").write_bytes(zipped({"c.csv": csv((3, "c"))}))
    assert inbox.run(0) == 3
    (folder / "a.zip").write_bytes(zipped({"a.csv": csv((1, "a")), "b.csv": csv((2, "B"))}))
    assert inbox.run(1) == 1
    assert inbox.table() == [(1, "a"), (2, "B"), (2, "b"), (3, "c")]
    monkeypatch.setattr("medallion.sources.file.archived.members", None)
    assert inbox.run(2) == 0  # no archive is opened that is as it was
