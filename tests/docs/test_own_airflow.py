"""docs/own-airflow.md: its commands are there, and what it lists is what the distribution has."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from medallion.cli import init
from medallion.cli.__main__ import _parser


@pytest.fixture(scope="module")
def page(project_root: Path) -> str:
    return (project_root / "docs/own-airflow.md").read_text(encoding="utf-8")


def test_its_commands_are_understood(page: str) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    commands = re.findall(r"(?:^| )medallion ([a-z][^#\n]*)", "".join(blocks), re.MULTILINE)
    assert {line.split()[0] for line in commands} == {"init", "new", "validate", "roles"}
    for line in commands:
        words = shlex.split(line)
        assert _parser(words).parse_args(words).run, line


def test_it_lists_the_extras_and_the_files(page: str, project_root: Path) -> None:
    project = tomllib.loads((project_root / "pyproject.toml").read_text())["project"]
    extras = page.partition("| extra |")[2].partition("\n\n")[0]
    first = "".join(re.findall(r"^\|([^|]*)\|", extras, re.MULTILINE))
    assert set(re.findall(r"`([a-z0-9]+)`", first)) == set(project["optional-dependencies"])
    files = page.partition("| file |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `([^`]+)` \|", files, re.MULTILINE)) == set(init._FILES)


def test_the_oldest_airflow_is_that_of_the_suite(page: str, project_root: Path) -> None:
    suite = (project_root / "tests/wheel/test_own_airflow.py").read_text()
    oldest = re.findall(r'^OLDEST = "(.*)"', suite, re.MULTILINE)[0]
    assert f"into {oldest} and " in page
    project = tomllib.loads((project_root / "pyproject.toml").read_text())["project"]
    assert f"apache-airflow>={oldest.removesuffix('.0')},<4" in project["dependencies"]
