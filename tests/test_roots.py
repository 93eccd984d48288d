"""The project, its state and its lake: one answer for tasks, commands and the local stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.local.paths import LocalPaths
from medallion.roots import PROJECT_ROOT, lake_root, project_root

VARIABLES = ("MEDALLION_PROJECT_ROOT", "MEDALLION_STATE_ROOT", "MEDALLION_LAKE_ROOT")


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def test_the_project_is_the_one_that_the_package_is_part_of() -> None:
    assert project_root() == PROJECT_ROOT
    assert (PROJECT_ROOT / "plugins" / "medallion").is_dir()


@pytest.mark.parametrize(
    ("variables", "lake"),
    [
        ({}, str(PROJECT_ROOT / ".medallion" / "lake")),
        ({"MEDALLION_PROJECT_ROOT": "/project"}, "/project/.medallion/lake"),
        ({"MEDALLION_PROJECT_ROOT": "/project", "MEDALLION_STATE_ROOT": "/state"}, "/state/lake"),
        ({"MEDALLION_STATE_ROOT": "/state", "MEDALLION_LAKE_ROOT": "s3://lake"}, "s3://lake"),
        (
            {"MEDALLION_PROJECT_ROOT": "/project", "MEDALLION_STATE_ROOT": ""},
            "/project/.medallion/lake",
        ),
    ],
)
def test_the_lake_follows_the_state_and_the_state_the_project(
    variables: dict[str, str], lake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    assert lake_root() == lake


def test_the_local_stack_has_the_lake_that_its_tasks_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDALLION_STATE_ROOT", "/state")
    assert LocalPaths.of().lake == Path(lake_root())
