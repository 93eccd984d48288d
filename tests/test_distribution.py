"""What pyproject.toml says of the distribution agrees with the pins, the code and CHANGELOG.md."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import EntryPoint

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from medallion import __version__
from medallion.cli.__main__ import SCRIPT, main
from medallion.roots import PROJECT_ROOT

PROJECT = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["project"]
HATCH = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["tool"]["hatch"]
RANGES = {
    canonicalize_name(one.name): one
    for texts in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for one in map(Requirement, texts)
}
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)
PINS = {
    canonicalize_name(name): version
    for file in (
        "requirements.in",
        "requirements-extras.in",
        "requirements-vendors.in",
        "requirements-spark.in",
    )
    for name, version in PIN.findall((PROJECT_ROOT / file).read_text())
}


def test_the_ranges_are_those_of_the_direct_requirements_and_accept_the_pins() -> None:
    assert RANGES.keys() == PINS.keys()
    refused = {
        name: (str(RANGES[name].specifier), pin)
        for name, pin in PINS.items()
        if not RANGES[name].specifier.contains(pin)
    }
    assert refused == {}
    assert all(">=" in str(one.specifier) for one in RANGES.values())


def test_the_entry_points_lead_to_what_there_is() -> None:
    plugin = PROJECT["entry-points"]["airflow.plugins"]["medallion"]
    loaded = EntryPoint(name="medallion", value=plugin, group="airflow.plugins").load()
    assert loaded.name == "medallion"
    command = PROJECT["scripts"][SCRIPT]
    assert EntryPoint(name=SCRIPT, value=command, group="console_scripts").load() is main


def test_what_pages_and_messages_have_one_install_is_this_distribution_with_its_extras() -> None:
    places = [*(PROJECT_ROOT / "docs").rglob("*.md"), PROJECT_ROOT / "README.md"]
    places += (PROJECT_ROOT / "plugins").rglob("*.py")
    extras = PROJECT["optional-dependencies"].keys()
    asked = {
        (str(path.relative_to(PROJECT_ROOT)), name): set(of.split(","))
        for path in places
        for name, of in re.findall(r"pip install '([\w-]+)\[([\w,-]+)\]", path.read_text("utf-8"))
    }
    assert len(asked) > 5
    assert {key for key, of in asked.items() if key[1] != PROJECT["name"] or of - extras} == set()


def test_what_ships_beside_the_code_is_there() -> None:
    shipped = HATCH["build"]["targets"]["wheel"]["force-include"]
    assert shipped == {name: f"medallion/shipped/{name}" for name in shipped}
    assert all((PROJECT_ROOT / name).exists() for name in shipped)


def test_the_version_is_in_one_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert PROJECT["dynamic"] == ["version"]
    assert str(Version(__version__)) == __version__
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"medallion {__version__}\n"


def test_the_sections_of_the_changelog_are_releases() -> None:
    """The version in the code is the one that the next tag gets: none is released after it."""
    sections = re.findall(r"^## (.*)$", (PROJECT_ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert sections[0] == "Unreleased"
    released = [re.fullmatch(r"(\d+\.\d+\.\d+) - \d{4}-\d\d-\d\d", one) for one in sections[1:]]
    assert all(released)
    versions = [Version(one[1]) for one in released if one]
    assert versions == sorted(versions, reverse=True)
    assert all(one <= Version(__version__) for one in versions)
