"""Specs that are left out of the comparison with others are never the ones that are refused."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from medallion.compiler.across import Member
from medallion.compiler.codec import decode, encode
from medallion.compiler.linked import Seen, choose_members
from medallion.compiler.links import links_of
from medallion.spec.files.loaded import Attempt, LoadedDomain
from medallion.spec.load.attempt import attempt_spec
from medallion.spec.load.discover import discover
from medallion.spec.rules.across import judge_across
from medallion.spec.sql.reader import sql_reader

SPECS = Path(__file__).parents[1] / "spec"
PROJECTS = [
    path
    for folder in ("broken_projects", "right_projects")
    for path in sorted((SPECS / folder).iterdir())
    if path.is_dir()
]
SHOP = """\
description: The shop's {name}.
datasets:
  {name}:
    source: {{type: file, path: include/data/{domain}/{name}.csv}}
    silver: {{columns: {{day: {{type: date}}}}}}
"""


@dataclass(frozen=True)
class Compared:
    """Whom the rules looked at, and whom they refused why."""

    paths: list[str]
    found: set[tuple[str, str, str, str]]


def attempts_of(root: Path) -> list[Attempt]:
    root = Path(os.path.realpath(root))
    read = sql_reader(root)
    return [
        attempt_spec(path, root, LoadedDomain(), read)
        for _, paths in discover(root).domains
        for path in paths
    ]


def choose(attempts: list[Attempt]) -> list[Attempt]:
    seen = [
        Seen(
            member=Member.of(encode(one)),
            outline=links_of(one) if one.loaded is not None else {},
        )
        for one in attempts
    ]
    return [decode(member.text()) for member in choose_members(seen)]


def compare(attempts: list[Attempt]) -> Compared:
    found = {
        (attempt.path, finding.rule, finding.problem, finding.remedy)
        for attempt, finding in judge_across(attempts)
    }
    return Compared(paths=[one.path for one in attempts], found=found)


@pytest.mark.parametrize("root", PROJECTS, ids=lambda path: path.name)
def test_what_is_refused_is_the_same(root: Path, tmp_path: Path) -> None:
    attempts = attempts_of(root)
    others = tmp_path / "specs/far_away"
    others.mkdir(parents=True)
    for name in ("nobodys", "stones"):
        (others / f"{name}.yaml").write_text(SHOP.format(name=name, domain="far_away"))
    attempts += attempts_of(tmp_path)
    chosen = choose(attempts)
    assert compare(chosen).found == compare(attempts).found
    assert not {"specs/far_away/nobodys.yaml", "specs/far_away/stones.yaml"} & {
        one.path for one in chosen
    }


def test_nothing_is_asked_of_specs_that_keep_to_themselves(tmp_path: Path) -> None:
    folder = tmp_path / "specs/shop"
    folder.mkdir(parents=True)
    for name in ("orders", "stones"):
        (folder / f"{name}.yaml").write_text(SHOP.format(name=name, domain="shop"))
    attempts = attempts_of(tmp_path)
    assert all(one.loaded for one in attempts)
    assert choose(attempts) == []


def test_of_a_misspelt_table_the_closest_is_suggested_of_whatever_spec(tmp_path: Path) -> None:
    folder, sql = tmp_path / "specs/shop", tmp_path / "include/sql/shop"
    folder.mkdir(parents=True)
    sql.mkdir(parents=True)
    (folder / "orders.yaml").write_text(SHOP.format(name="orders", domain="shop"))
    (folder / "days.yaml").write_text("description: Days.\ngold: {days: {sql: days.sql}}\n")
    (sql / "days.sql").write_text("select day from silver_shop.order")
    chosen = choose(attempts_of(tmp_path))
    assert [one.path for one in chosen] == ["specs/shop/days.yaml", ""]
    ((_, _, problem, remedy),) = compare(chosen).found
    assert problem == "no spec publishes silver_shop.order"
    assert remedy == "did you mean silver_shop.orders?"
