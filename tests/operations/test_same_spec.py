"""Two hosts with a copy of a project each: what the DAG processor has accepted runs on both."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from medallion.compiler.project import load_project
from medallion.compiler.single import version_for_task
from medallion.errors import SpecError
from medallion.operations import same_spec
from medallion.operations.doctor.files import examine_files
from medallion.operations.same_spec import (
    OtherFiles,
    compare_host,
    describe_other_files,
    hold_to_accepted,
)
from medallion.plan.model import BuildStep, CleanStep, Plan

SPEC = """\
description: Days of the shop.
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver:
      columns: {day: {type: date}}
      transform: {function: "shop.days:keep"}
gold:
  days: {sql: days.sql}
"""
SQL = "select day from silver_shop.orders"
CODE = "def keep(frame):\n    return frame\n"
DAG_ID = "shop.good"
FILES = {
    "specs/shop/good.yaml": SPEC,
    "include/sql/shop/days.sql": SQL,
    "include/python/shop/days.py": CODE,
}
HOST = socket.gethostname()


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """The roots of the DAG processor's host and of a worker's."""

    processor: Path
    worker: Path

    def accept(self) -> None:
        """As the DAG processor does with its files."""
        load_project(self.processor, until=time.monotonic() + 600)

    def deploy(self) -> None:
        """The worker gets the DAG processor's files."""
        shutil.rmtree(self.worker, ignore_errors=True)
        shutil.copytree(self.processor, self.worker)

    def run(self) -> Plan:
        """The plan of a task that starts on the worker."""
        path = self.worker / "specs/shop/good.yaml"
        return version_for_task(path, self.worker, elsewhere=True).plan


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosts]:
    monkeypatch.setenv("MEDALLION_PLANS_ROOT", str(tmp_path / "plans"))
    monkeypatch.setattr(same_spec, "LOOK_EVERY_SECONDS", 0.01)
    made = Hosts(processor=tmp_path / "processor", worker=tmp_path / "worker")
    for file, text in FILES.items():
        write(made.processor, file, text)
    made.accept()
    made.deploy()
    yield made


def write(root: Path, file: str, text: str) -> None:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(text)


def texts_of(plan: Plan) -> tuple[str, str, str]:
    """The description, the SQL and the code of a plan."""
    steps = [task.step for task in plan.tasks]
    (sql,) = (step.sql for step in steps if isinstance(step, BuildStep))
    (custom,) = (step.custom for step in steps if isinstance(step, CleanStep))
    assert custom is not None
    return plan.description, sql, custom.source


def test_the_same_files_are_passed_over_in_silence(hosts: Hosts) -> None:
    assert describe_other_files(hosts.worker, DAG_ID) == ""
    assert hold_to_accepted(hosts.worker, DAG_ID) == ""
    assert compare_host(hosts.worker).describe() == ""
    assert compare_host(hosts.worker).known == 1
    assert describe_other_files(hosts.worker, "medallion_upkeep") == ""


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("specs/shop/good.yaml", SPEC.replace("Days of", "All days of")),
        ("include/sql/shop/days.sql", f"{SQL} where day is not null"),
        ("include/python/shop/days.py", f"{CODE}# changed\n"),
        ("include/python/shop/days.py", None),
        ("include/sql/shop/days.sql", None),
        ("specs/shop/good.yaml", None),
        ("specs/shop/domain.yaml", "owner: shop-data\n"),
    ],
)
def test_what_was_accepted_runs_on_a_host_with_other_files(
    hosts: Hosts, file: str, text: str | None
) -> None:
    accepted = texts_of(hosts.run())
    if text is None:
        (hosts.worker / file).unlink()
    else:
        write(hosts.worker, file, text)
    assert texts_of(hosts.run()) == accepted
    said = describe_other_files(hosts.worker, DAG_ID)
    assert said.startswith(f"{HOST} has another ")
    assert "this task runs the accepted version" in said
    assert set(compare_host(hosts.worker).others) == {DAG_ID}
    hosts.deploy()
    assert describe_other_files(hosts.worker, DAG_ID) == ""


def test_a_host_runs_at_once_what_is_accepted_before_it_has_the_files(hosts: Hosts) -> None:
    description, _, code = texts_of(hosts.run())
    write(hosts.processor, "include/sql/shop/days.sql", f"{SQL} limit 1")
    hosts.accept()
    assert texts_of(hosts.run()) == (description, f"{SQL} limit 1", code)
    assert describe_other_files(hosts.worker, DAG_ID)
    hosts.deploy()
    assert describe_other_files(hosts.worker, DAG_ID) == ""


def test_the_file_is_named_where_both_have_the_project_at_the_same_place(hosts: Hosts) -> None:
    for file, text in (
        ("include/sql/shop/days.sql", f"{SQL} limit 1"),
        ("include/python/shop/days.py", f"{CODE}# changed\n"),
        ("specs/shop/good.yaml", f"{SPEC}# changed\n"),
    ):
        write(hosts.processor, file, text)
        said = describe_other_files(hosts.processor, DAG_ID)
        assert said.startswith(f"{HOST} has another {file} than the DAG processor has accepted")
        hosts.accept()


def test_a_spec_that_is_refused_everywhere_is_not_the_hosts_fault(hosts: Hosts) -> None:
    from medallion.compiler.refused import keep_refused

    write(hosts.processor, "specs/shop/good.yaml", f"{SPEC}ownr: me\n")
    found = load_project(hosts.processor, until=time.monotonic() + 600)
    keep_refused(hosts.processor, "shop", found.issues)
    hosts.deploy()
    version = version_for_task(hosts.worker / "specs/shop/good.yaml", hosts.worker, elsewhere=True)
    assert version.since
    assert describe_other_files(hosts.worker, DAG_ID) == ""
    assert hold_to_accepted(hosts.worker, DAG_ID) == ""


def test_a_host_that_is_behind_is_waited_for_before_its_other_files_are_read(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(hosts.processor, "specs/shop/good.yaml", SPEC.replace("Days of", "All days of"))
    hosts.accept()
    deploying = threading.Timer(1.0, hosts.deploy)
    deploying.start()
    assert hold_to_accepted(hosts.worker, DAG_ID) == ""
    deploying.join()
    write(hosts.worker, "specs/shop/good.yaml", SPEC)
    monkeypatch.setattr(same_spec, "PATIENCE_SECONDS", 0.5)
    with pytest.raises(OtherFiles, match=f"{HOST} has another specs/shop/good.yaml") as refused:
        hold_to_accepted(hosts.worker, DAG_ID)
    assert refused.value.retryable
    assert "give all hosts the same files" in refused.value.remedy


def test_it_is_said_where_nobody_here_knows_what_was_accepted(
    hosts: Hosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDALLION_PLANS_ROOT", str(tmp_path / "own"))
    said = describe_other_files(hosts.worker, DAG_ID)
    assert said.startswith(f"{HOST} does not know which files of {DAG_ID} the DAG processor has")
    assert "Set MEDALLION_PLANS_ROOT" in said
    assert hold_to_accepted(hosts.worker, DAG_ID) == said
    assert compare_host(hosts.worker).known == 0
    assert texts_of(hosts.run()) == (SPEC.splitlines()[0].partition(": ")[2], SQL, CODE)
    (hosts.worker / "include/python/shop/days.py").unlink()
    with pytest.raises(SpecError, match=r"there is no include/python/shop/days\.py"):
        hosts.run()


def test_the_doctor_says_it_of_the_host(
    hosts: Hosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look() -> list[tuple[str, str]]:
        return [(one.verdict, one.says) for one in examine_files(hosts.worker, ())]

    assert look() == [("ok", "1 specs are as the DAG processor has accepted them")]
    (hosts.worker / "include/python/shop/days.py").unlink()
    ((verdict, said),) = look()
    assert verdict == "warning"
    assert said == (
        f"{HOST} has other files than the DAG processor has accepted: "
        f"include/python/shop/days.py of {DAG_ID}"
    )
    monkeypatch.setenv("MEDALLION_PLANS_ROOT", str(tmp_path / "own"))
    assert [verdict for verdict, _ in look()] == ["skipped"]
