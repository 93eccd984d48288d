"""What is kept and until when, and which version of a spec runs."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.compiler.projects import broken_guard, hostile, write

from medallion.compiler.across import NotCompared
from medallion.compiler.codec import encode
from medallion.compiler.compiled import Compiled, Compiler
from medallion.compiler.guard import Guard, OutOfTime, share_guard
from medallion.compiler.project import load_project, read_project
from medallion.compiler.runnable import Project
from medallion.compiler.single import TaskVersion, plan_of_spec, version_for_task
from medallion.errors import SpecError
from medallion.plan.model import Plan

GOLD = """\
description: Days of the shop.
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver: {columns: {day: {type: date}}}
gold:
  days: {sql: days.sql}
"""


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "specs/shop").mkdir(parents=True)
    (tmp_path / "include/sql/shop").mkdir(parents=True)
    (tmp_path / "include/data/shop").mkdir(parents=True)
    (tmp_path / "specs/shop/good.yaml").write_text(GOLD)
    (tmp_path / "specs/shop/domain.yaml").write_text("owner: shop-data\n")
    (tmp_path / "include/sql/shop/days.sql").write_text("select day from silver_shop.orders")
    return tmp_path


def load(root: Path, guard: Guard | None = None) -> Project:
    return load_project(root, until=time.monotonic() + 120, guard=guard)


def running(project: Project) -> dict[str, bool]:
    """Each DAG, and whether its spec is refused meanwhile."""
    return {str(one.plan.dag_id): bool(one.refused) for one in project.runnable}


@pytest.fixture(params=["from the entries", "from the snapshot"])
def _kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot holds no files that have just changed, as all files of a test have."""
    if request.param == "from the snapshot":
        monkeypatch.setattr("medallion.compiler.snapshot.SETTLED", -(10**18))


def plan_file(root: Path) -> tuple[Path, str]:
    """Where the plan is that runs, and what the file says."""
    folder = root / ".medallion/cache/compiled"
    accepted = json.loads((folder / "accepted.shop.json").read_text())
    file = folder / f"{accepted['good']['plan']}.json"
    return file, file.read_text()


@pytest.mark.usefixtures("_kept")
@pytest.mark.parametrize("change", ["spec", "domain", "domain_gone", "sql", "link"])
def test_a_plan_is_kept_until_something_that_it_was_made_from_changes(
    root: Path, change: str
) -> None:
    (root / "include/data/shop/elsewhere").mkdir()
    (root / "include/data/shop/orders.csv").symlink_to("elsewhere/orders.csv")
    before = load(root)
    assert load(root, broken_guard()) == before
    {
        "spec": lambda: (root / "specs/shop/good.yaml").write_text(GOLD + "owner: them\n"),
        "domain": lambda: (root / "specs/shop/domain.yaml").write_text("owner: them\n"),
        "domain_gone": (root / "specs/shop/domain.yaml").unlink,
        "sql": lambda: (root / "include/sql/shop/days.sql").write_text(
            "select day from silver_shop.orders where day is not null"
        ),
        "link": lambda: _link_outside(root),
    }[change]()
    assert "compiling" in [issue.rule for issue in load(root, broken_guard()).issues]
    after = load(root)
    assert after.runnable != before.runnable
    assert running(after) == {"shop.good": change == "link"}


def _link_outside(root: Path) -> None:
    link = root / "include/data/shop/orders.csv"
    link.unlink()
    link.symlink_to("/etc/passwd")


@pytest.mark.usefixtures("_kept")
def test_a_plan_that_others_may_write_is_not_used(root: Path) -> None:
    before = load(root)
    folder = root / ".medallion/cache/compiled"
    for made in (folder, folder.parent, folder.parent.parent):
        assert made.stat().st_mode & 0o077 == 0
    for file in (files := list(folder.glob("*.json"))):
        assert file.stat().st_mode & 0o077 == 0
    for file in files:
        file.chmod(0o666)
    assert {issue.rule for issue in load(root, broken_guard()).issues} == {"compiling"}
    assert load(root).runnable == before.runnable


@pytest.mark.usefixtures("_kept")
def test_a_damaged_plan_is_compiled_again(root: Path) -> None:
    before = load(root)
    file, _ = plan_file(root)
    file.unlink()  # the entry has the same file, by another name
    file.write_text(encode(("not", "a", "plan")))
    assert [issue.rule for issue in load(root).issues] == ["compiling"]
    assert load(root) == before


def test_a_plan_that_is_not_what_was_kept_is_compiled_again(root: Path) -> None:
    """Its late fields would be read in the middle of a run."""
    before = load(root)
    file, text = plan_file(root)
    file.unlink()
    file.write_text(text.replace("days", "nights"))
    assert [issue.rule for issue in load(root).issues] == ["compiling"]
    assert load(root) == before


@pytest.mark.usefixtures("_kept")
def test_a_file_that_is_cut_off_is_compiled_again(root: Path) -> None:
    """It has the entry and its texts: where it is damaged, none of them counts."""
    before = load(root)
    file, text = plan_file(root)
    file.write_text(text[: len(text) // 2])
    load(root)
    assert load(root) == before


def test_an_entry_and_its_texts_are_one_file(root: Path) -> None:
    load(root)
    file, text = plan_file(root)
    assert len(text.splitlines()) == file.stat().st_nlink == 3
    (root / "include/sql/shop/days.sql").write_text(
        "select day from silver_shop.orders where day is not null"
    )
    load(root)
    assert plan_file(root)[0].stat().st_nlink == 3


def test_where_files_have_one_name_only_they_are_copied(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str, name: str) -> None:
        if Path(name).exists():  # Linux looks for this before it asks the file system
            raise FileExistsError("File exists")
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    before = load(root)
    file, _ = plan_file(root)
    assert file.stat().st_nlink == 1
    assert load(root, broken_guard()) == before
    spec, sql = root / "specs/shop/good.yaml", root / "include/sql/shop/days.sql"
    for text in ("select day from silver_shop.orders limit 1", sql.read_text()):
        sql.write_text(text)  # of the second one the plan's text is there already
        plan = load(root).runnable[0].plan
        assert version_for_task(spec, root, broken_guard()) == TaskVersion(plan=plan)
    assert plan == before.runnable[0].plan
    spec.write_text(GOLD + "ownr: me\n")
    assert running(load(root)) == {"shop.good": True}


def test_while_a_spec_is_refused_its_last_good_version_runs(root: Path) -> None:
    before = load(root)
    path = root / "specs/shop/good.yaml"
    path.write_text(GOLD.replace("sql: days.sql", "sqll: days.sql"))
    (one,) = load(root).runnable
    assert one.plan == before.runnable[0].plan
    assert one.refused and one.since
    assert version_for_task(path, root) == TaskVersion(plan=one.plan, since=one.since)
    path.write_text(GOLD)
    assert load(root) == before
    path.unlink()
    assert load(root).runnable == ()


def test_other_hosts_find_the_last_good_version_in_the_folder_that_they_share(
    root: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared, worker = tmp_path_factory.mktemp("plans"), tmp_path_factory.mktemp("worker")
    monkeypatch.setenv("MEDALLION_PLANS_ROOT", str(shared))
    (before,) = load(root).runnable
    (root / "specs/shop/good.yaml").write_text(GOLD + "ownr: me\n")
    assert running(load(root)) == {"shop.good": True}
    assert not (root / ".medallion/cache/compiled").exists()
    shutil.copytree(root, worker, dirs_exist_ok=True)
    version = version_for_task(worker / "specs/shop/good.yaml", worker)
    assert version.plan == before.plan and version.since
    monkeypatch.delenv("MEDALLION_PLANS_ROOT")
    with pytest.raises(SpecError, match="ownr"):
        version_for_task(worker / "specs/shop/good.yaml", worker)


def test_what_is_compiled_when_time_is_over_runs(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With thousands of new specs, a parse ends before all are compiled."""
    (root / "specs/toys").mkdir()
    (root / "specs/toys/other.yaml").write_text(GOLD)

    def compile_some(self: Compiler, todo: Sequence[Compiled], *rest: Any) -> None:
        for one in todo:
            if one.domain == "toys":
                raise OutOfTime
            self.compile(one)

    monkeypatch.setattr(Compiler, "compile_all", compile_some)
    monkeypatch.setattr("medallion.compiler.project.COMPARING_SECONDS", 600.0)
    found = load_project(root, until=time.monotonic() - 1)
    assert running(found) == {"shop.good": False}
    assert [(issue.path, issue.rule) for issue in found.issues] == [
        ("specs/toys/other.yaml", "compiling")
    ]


def test_plans_are_handed_over_while_others_are_compiled(tmp_path: Path) -> None:
    write(tmp_path, "witness")
    write(tmp_path, "z_slow", "work > 1")
    handed: list[tuple[Plan, list[str]]] = []
    with hostile() as guard:
        project = load_project(
            tmp_path,
            until=time.monotonic() + 120,
            guard=guard,
            ahead=lambda plan, assets: handed.append((plan, list(assets))),
        )
    ((plan, tables),) = handed
    assert tables == ["silver_shop.witness"]
    assert [one.plan for one in project.runnable] == [plan]
    assert project.runnable[0].plan is plan


def test_a_broken_domain_file_stops_none_of_its_pipelines(root: Path) -> None:
    before = load(root)
    (root / "specs/shop/domain.yaml").write_text("ownr: me\n")
    (one,) = load(root).runnable
    assert one.plan == before.runnable[0].plan
    assert [issue.path for issue in one.refused] == ["specs/shop/domain.yaml"]


def test_of_two_that_exclude_each_other_the_new_one_is_refused(root: Path) -> None:
    load(root)
    write(root, "earlier", table="orders", filter_="number > 1")
    for project in (load(root), load(root)):
        assert running(project) == {"shop.good": False}
        assert [(issue.path, issue.rule) for issue in project.issues] == [
            ("specs/shop/earlier.yaml", "table-published-twice")
        ]
    assert [issue.path for issue in read_project(root).issues] == ["specs/shop/earlier.yaml"]
    with pytest.raises(SpecError, match="does not go with the other specs"):
        version_for_task(root / "specs/shop/earlier.yaml", root)


def test_of_two_that_ran_the_one_that_has_changed_is_stopped(root: Path) -> None:
    write(root, "earlier", table="returns", filter_="number > 1")
    assert running(load(root)) == {"shop.earlier": False, "shop.good": False}
    write(root, "earlier", table="orders", filter_="number > 1")
    assert running(load(root)) == {"shop.good": False}
    with pytest.raises(SpecError, match="does not go with the other specs"):
        version_for_task(root / "specs/shop/earlier.yaml", root)


def test_the_last_good_version_is_held_to_the_rules_across_specs(root: Path) -> None:
    path = root / "specs/shop/good.yaml"
    load(root)
    path.write_text(GOLD + "ownr: me\n")
    write(root, "earlier", table="orders", filter_="number > 1")
    project = load(root)
    assert running(project) == {"shop.good": True}
    assert {(issue.path, issue.rule) for issue in project.issues} == {
        ("specs/shop/earlier.yaml", "table-published-twice"),
        ("specs/shop/good.yaml", "unknown-key"),
    }  # fmt: skip
    with pytest.raises(SpecError, match="does not go with the other specs"):
        version_for_task(root / "specs/shop/earlier.yaml", root)


def test_specs_that_cannot_be_compared_in_time_run_on_as_they_were(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load(root)
    (root / "specs/shop/other.yaml").write_text(GOLD.replace("orders", "returns"))
    (root / "include/sql/shop/days.sql").write_text("select day from silver_shop.orders limit 1")

    def out_of_time(*_: object, **__: object) -> None:
        raise NotCompared("there was no time left")

    with monkeypatch.context() as patch:
        patch.setattr("medallion.compiler.survey.Survey.find_refused_across", out_of_time)
        meanwhile = load(root)
    assert [one.plan for one in meanwhile.runnable] == [one.plan for one in before.runnable]
    assert {(issue.path, issue.rule) for issue in meanwhile.issues} == {
        ("specs/shop/good.yaml", "compiling"),
        ("specs/shop/other.yaml", "compiling"),
    }
    after = load(root)
    assert "limit 1" in repr([one.plan for one in after.runnable])


def test_the_command_line_sees_the_files_as_they_are(root: Path) -> None:
    load(root)
    (root / "specs/shop/good.yaml").write_text(GOLD + "ownr: me\n")
    report = read_project(root, share_guard())
    assert report.specs == ()
    assert [issue.rule for issue in report.issues] == ["unknown-key"]


def test_a_kept_plan_is_held_to_what_other_domains_share_now(root: Path) -> None:
    (root / "specs/office").mkdir()
    (root / "include/sql/office").mkdir()
    path = root / "specs/office/days.yaml"
    path.write_text("description: Days.\ngold:\n  dates: {sql: dates.sql}\n")
    (root / "include/sql/office/dates.sql").write_text("select day from silver_shop.orders")
    shared = GOLD.replace("columns: {day", "share_with: [office], columns: {day")
    (root / "specs/shop/good.yaml").write_text(shared)
    assert plan_of_spec(path, root) == plan_of_spec(path, root, broken_guard())
    assert running(load(root)) == {"office.days": False, "shop.good": False}
    (root / "specs/shop/good.yaml").write_text(GOLD)
    with pytest.raises(SpecError, match="share"):
        plan_of_spec(path, root)
    assert running(load(root)) == {"shop.good": False}
