"""The project, its state and its lake: one answer for tasks, commands and the local stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion import roots
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


class TestInstalled:
    """Of a wheel, without a setting: Airflow's own folders say where the project is."""

    @pytest.fixture(autouse=True)
    def installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(roots, "IS_INSTALLED", True)
        roots._read_setting.cache_clear()

    def test_the_project_is_where_airflow_reads_its_dags(self, tmp_path: Path) -> None:
        home = {"AIRFLOW_HOME": str(tmp_path)}
        dags = tmp_path / "dags"
        assert project_root(home) == dags
        (tmp_path / "specs").mkdir()
        assert project_root(home) == tmp_path
        (dags / "specs").mkdir(parents=True)
        assert project_root(home) == dags
        elsewhere = {**home, "MEDALLION_PROJECT_ROOT": "/project"}
        assert project_root(elsewhere) == Path("/project")

    def test_its_folder_of_dags_is_that_of_its_settings(self, tmp_path: Path) -> None:
        home = {"AIRFLOW_HOME": str(tmp_path), "BASE": "/srv"}
        (tmp_path / "airflow.cfg").write_text("[core]\ndags_folder = $HOME/flows\nx = %(y)s\n")
        assert roots.airflow_dags_folder(home) == Path.home() / "flows"
        named = {**home, "AIRFLOW__CORE__DAGS_FOLDER": "/dags"}
        assert roots.airflow_dags_folder(named) == Path("/dags")
        config = tmp_path / "other.cfg"
        config.write_bytes(b"\xff not a configuration")
        assert roots.airflow_dags_folder({**home, "AIRFLOW_CONFIG": str(config)}) == (
            tmp_path / "dags"
        )

    def test_the_state_is_outside_of_the_dags(self, tmp_path: Path) -> None:
        home = {"AIRFLOW_HOME": str(tmp_path)}
        assert roots.state_root(tmp_path / "dags", home) == tmp_path / "medallion"
        named = {**home, "MEDALLION_STATE_ROOT": "/state"}
        assert roots.state_root(tmp_path / "dags", named) == Path("/state")

    def test_a_dag_file_says_which_project_it_is_of(self, tmp_path: Path) -> None:
        (tmp_path / "specs").mkdir()
        (tmp_path / "dags").mkdir()
        environ: dict[str, str] = {}
        roots.name_project(tmp_path / "dags", environ)
        assert project_root(environ) == tmp_path
        roots.name_project(Path("/"), environ)
        assert project_root(environ) == tmp_path
        named = {"MEDALLION_PROJECT_ROOT": "/project"}
        roots.name_project(tmp_path, named)
        assert project_root(named) == Path("/project")


def test_in_the_repository_a_dag_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    environ: dict[str, str] = {}
    roots.name_project(tmp_path, environ)
    assert environ == {}
