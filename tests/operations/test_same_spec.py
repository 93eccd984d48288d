"""A host with another copy of a spec's files than the DAG processor accepted says so."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from medallion.compiler.project import load_project
from medallion.compiler.single import version_for_task
from medallion.operations.same_spec import describe_other_spec

SPEC = """\
description: Days of the shop.
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver: {columns: {day: {type: date}}}
gold:
  days: {sql: days.sql}
"""
DAG_ID = "shop.good"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project as the DAG processor has accepted it. A host with another copy has it at the same
    place: here it is changed after that."""
    for folder in ("specs/shop", "include/sql/shop"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "specs/shop/good.yaml").write_text(SPEC)
    (tmp_path / "include/sql/shop/days.sql").write_text("select day from silver_shop.orders")
    accept(tmp_path)
    return tmp_path


def accept(root: Path) -> None:
    """As the DAG processor does."""
    assert not load_project(root, until=time.monotonic() + 120).issues


def describe(root: Path) -> str:
    """What a task says there."""
    plan = version_for_task(root / "specs/shop/good.yaml", root).plan
    return describe_other_spec(root, DAG_ID, plan.digest)


def test_the_same_files_are_passed_over_in_silence(root: Path) -> None:
    assert describe(root) == ""


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("specs/shop/good.yaml", SPEC.replace("Days of", "All days of")),
        ("include/sql/shop/days.sql", "select day from silver_shop.orders where day is not null"),
        ("specs/shop/domain.yaml", "owner: shop-data\n"),
    ],
)
def test_another_copy_is_named_with_its_host(root: Path, file: str, text: str) -> None:
    (root / file).write_text(text)
    said = describe(root)
    assert said.startswith(f"{socket.gethostname()} has other files of {DAG_ID} than the DAG")
    accept(root)
    assert describe(root) == ""


def test_nothing_is_said_where_the_plans_are_on_another_host(
    root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDALLION_PLANS_ROOT", str(tmp_path_factory.mktemp("plans")))
    (root / "include/sql/shop/days.sql").write_text("select day from silver_shop.orders limit 1")
    assert describe(root) == ""
    assert describe_other_spec(root, "medallion_upkeep", "") == ""
