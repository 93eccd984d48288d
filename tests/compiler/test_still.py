"""What a look keeps for the next one: used while nothing has changed, and never after."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.compiler.projects import broken_guard

from medallion.compiler import project as project_module
from medallion.compiler.project import load_project
from medallion.compiler.runnable import Project

SPEC = """\
description: Orders of a shop.
datasets:
  {name}:
    source: {{type: file, path: include/data/{domain}/{name}.csv}}
    silver: {{columns: {{day: {{type: date}}}}}}
"""
GOLD = """\
description: Days of all shops.
gold:
  {name}: {{sql: {name}.sql}}
"""


def write_spec(root: Path, domain: str, name: str, text: str = SPEC) -> Path:
    """A spec of a domain."""
    path = root / f"specs/{domain}/{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(domain=domain, name=name))
    return path


def write_gold(root: Path, domain: str, name: str, reads: str) -> None:
    """A spec of one gold table."""
    write_spec(root, domain, name, GOLD)
    sql = root / f"include/sql/{domain}/{name}.sql"
    sql.parent.mkdir(parents=True, exist_ok=True)
    sql.write_text(f"select day from {reads}")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three domains; files count as settled although they have just been written."""
    monkeypatch.setattr("medallion.compiler.snapshot.SETTLED", -(10**18))
    for domain in ("food", "books", "toys"):
        write_spec(tmp_path, domain, "orders")
        (tmp_path / "include/data" / domain).mkdir(parents=True)
    write_spec(tmp_path, "toys", "returns")
    write_gold(tmp_path, "toys", "days", "silver_toys.orders")
    (tmp_path / "specs/toys/domain.yaml").write_text("owner: toys-data\n")
    return tmp_path


def look(root: Path, *domains: str, only_refused: bool = False) -> Project:
    """At some domains; without one, at what belongs to none."""
    until = time.monotonic() + 120
    return load_project(root, until, domains=domains, only_refused=only_refused)


def look_at_all(root: Path) -> Project:
    """Accepts what there is: two looks, of which the second one is kept."""
    load_project(root, time.monotonic() + 120)
    return load_project(root, time.monotonic() + 120)


class Looked(Exception):
    """All specs were looked at."""


@pytest.fixture
def no_look(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on, whoever looks at all specs fails."""

    def fail(*_: object) -> None:
        raise Looked

    return lambda: monkeypatch.setattr(project_module, "Survey", fail)


def find_still(root: Path) -> Path:
    """The file with what was kept."""
    (found,) = (root / ".medallion/cache/compiled").glob("still.*.json")
    return found


def forget(root: Path) -> None:
    """Nothing was kept."""
    for path in (root / ".medallion/cache/compiled").glob("still.*.json"):
        path.unlink()


def test_while_nothing_changes_no_spec_is_looked_at(
    root: Path, no_look: Callable[[], None]
) -> None:
    write_spec(root, "food", "broken", SPEC + "ownr: me\n")
    (root / "specs/lost.yaml").write_text("description: Of no domain.\n")
    whole = look_at_all(root)
    forget(root)
    before = [look(root, "toys"), look(root, "food"), look(root)]
    refused = [look(root, name, only_refused=True) for name in ("toys", "food")]
    assert [len(one.runnable) for one in before] == [3, 1, 0]
    assert {issue.path for one in refused for issue in one.issues} == {"specs/food/broken.yaml"}
    assert {issue.path for issue in before[2].of_no_domain} == {"specs/lost.yaml"}
    no_look()
    assert [look(root, "toys"), look(root, "food"), look(root)] == before
    assert [look(root, name, only_refused=True) for name in ("toys", "food")] == refused
    assert load_project(root, time.monotonic() + 120, guard=broken_guard()) == whole


def change_sql(root: Path) -> None:
    (root / "include/sql/toys/days.sql").write_text("select day as d from silver_toys.orders")


def move_file(root: Path) -> None:
    """A source's path leads elsewhere."""
    (root / "include/data/toys/orders.csv").symlink_to("/etc/passwd")


def accept_elsewhere(root: Path) -> None:
    """Another DAG processor has accepted another version."""
    file = root / ".medallion/cache/compiled/accepted.books.json"
    file.write_text(file.read_text() + " ")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a spec": lambda root: write_spec(root, "books", "orders", SPEC + "owner: me\n"),
    "another spec": lambda root: write_spec(root, "books", "more"),
    "a spec less": lambda root: (root / "specs/toys/returns.yaml").unlink(),
    "a spec by another name": lambda root: (root / "specs/toys/returns.yaml").rename(
        root / "specs/toys/back.yaml"
    ),
    "another domain": lambda root: write_spec(root, "shoes", "orders"),
    "a domain's first defaults": lambda root: (root / "specs/food/domain.yaml").write_text(
        "owner: food-data\n"
    ),
    "a domain's defaults": lambda root: (root / "specs/toys/domain.yaml").write_text("owner: me\n"),
    "operators' rules": lambda root: (root / "specs/access.yaml").write_text("shared: []\n"),
    "a policy": lambda root: (root / "specs/policy.yaml").write_text("rules: []\n"),
    "SQL": change_sql,
    "where a path leads": move_file,
    "what was accepted": accept_elsewhere,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_has_all_specs_looked_at(
    root: Path, change: str, no_look: Callable[[], None]
) -> None:
    look_at_all(root)
    assert find_still(root).exists()
    CHANGES[change](root)
    no_look()
    for domain in ("toys", "books"):
        with pytest.raises(Looked):
            look(root, domain)


def test_a_verdict_that_ends_ends_what_was_kept(root: Path, no_look: Callable[[], None]) -> None:
    look_at_all(root)
    file = find_still(root)
    file.write_text(file.read_text().replace('"until":0.0', f'"until":{time.time() - 1}'))
    no_look()
    with pytest.raises(Looked):
        look(root, "toys")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": "other"}', '{"version": null}'])
def test_what_is_damaged_is_not_used(root: Path, text: str) -> None:
    before = look_at_all(root)
    find_still(root).write_text(text)
    assert look_at_all(root) == before


def test_a_plan_that_is_gone_is_compiled_again(root: Path) -> None:
    before = look_at_all(root)
    for file in (root / ".medallion/cache/compiled").glob("*.json"):
        if '"medallion.plan.model","Plan"' in file.read_text():
            file.unlink()
    look(root, "toys")
    assert look_at_all(root) == before


def test_after_a_change_of_one_domain_the_others_are_not_looked_at_for_long(
    root: Path, no_look: Callable[[], None]
) -> None:
    look_at_all(root)
    write_spec(root, "books", "more")
    assert len(look(root, "food").runnable) == 1  # compiles it, and keeps what it found
    no_look()
    assert len(look(root, "toys").runnable) == 3
    with pytest.raises(Looked):  # its own look accepts the new one
        look(root, "books")


def test_nothing_is_kept_beside_a_folder_that_a_look_goes_into(root: Path) -> None:
    (root / "specs/food/deeper").mkdir()
    look_at_all(root)
    assert list((root / ".medallion/cache/compiled").glob("still.*")) == []
    (root / "specs/food/deeper").rename(root / "specs/food/tests")
    look_at_all(root)
    assert find_still(root).exists()


def test_files_that_have_just_changed_are_not_relied_on(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("medallion.compiler.snapshot.SETTLED", 10**15)
    look_at_all(root)
    assert list((root / ".medallion/cache/compiled").glob("still.*")) == []


def test_whatever_is_changed_the_result_is_that_of_a_look_at_all(root: Path) -> None:
    """Twenty changes, one after the other, each with looks at single domains between them."""
    chance = random.Random(12)
    for step in range(20):
        domain = chance.choice(["food", "books", "toys", f"new_{step}"])
        match chance.randrange(5):
            case 0:
                write_spec(root, domain, f"more_{step}")
            case 1:
                write_spec(root, domain, "orders", SPEC + chance.choice(["", "ownr: me\n"]))
            case 2:
                write_gold(root, domain, f"gold_{step}", f"silver_{domain}.orders")
            case 3:
                paths = sorted((root / "specs").rglob("*.yaml"))
                chance.choice(paths).unlink()
            case _:
                write_spec(root, domain, f"same_{step}", SPEC.replace("{name}", "orders"))
        names = sorted(path.name for path in (root / "specs").iterdir())
        for name in chance.sample(names, 2):
            look(root, name)
        for name in names:
            found = look(root, name)
            forget(root)
            assert look(root, name) == found, (step, name)
