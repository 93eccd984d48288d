"""The lock files agree with each other and with what the code imports."""

from __future__ import annotations

import ast
import itertools
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions

import pytest

from medallion.roots import PROJECT_ROOT

SETS = ("requirements", "requirements-dev", "requirements-bench")
SUPERSET, ML, DOCS = "superset/requirements", "ml/requirements", "docsite/requirements"
CONTRACTS = "tests/workbench/contracts/live/requirements"
DLT = "tests/sources/dlt/requirements"
CELERY, PODS = "requirements-celery", "tests/executors/requirements"
KUBERNETES, FULL = "requirements-kubernetes", "requirements-full"
SPARK, READERS = "requirements-spark", "tests/readers/requirements"
"""Environments of their own, which share no lock with the others."""
EXTRAS, VENDORS = "requirements-extras.in", "requirements-vendors.in"
ROW = re.compile(r"^\| `([^`\[]+)(?:\[[^`]*)?` \| (\S+) \|", re.MULTILINE)
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)
# Distributions whose version a pinned one defines: Airflow, pydantic, pandas and DuckDB.
THROUGH_OTHERS = {
    "apache-airflow-core",
    "apache-airflow-task-sdk",
    "pendulum",
    "structlog",
    "pydantic-core",
    "attrs",
    "numpy",
    "fsspec",
    "anyio",  # mcp
    "azure-identity",  # Airflow's provider for Azure
    "azure-core",
    "lsprotocol",  # pygls
    "airbyte-api",  # Airflow's provider for Airbyte
}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pins(path: str) -> dict[str, str]:
    text = (PROJECT_ROOT / path).read_text()
    return {_normal(name): version for name, version in PIN.findall(text)}


def _imported(folder: str) -> Iterator[str]:
    """Top-level names of what the Python files of a folder import."""
    for path in (PROJECT_ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.split(".")[0]


@pytest.mark.parametrize(
    "name", [*SETS, SUPERSET, ML, DOCS, CONTRACTS, CELERY, KUBERNETES, FULL, PODS, SPARK, DLT]
)
def test_the_lock_holds_every_direct_pin(name: str) -> None:
    direct, locked = _pins(f"{name}.in"), _pins(f"{name}.txt")
    direct |= _pins(EXTRAS) if name in (*SETS[1:], FULL) else {}
    direct |= _pins(VENDORS) if name in SETS[1:] else {}
    assert direct
    assert direct.items() <= locked.items()


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        *itertools.pairwise(SETS),
        (SETS[0], CELERY),
        (SETS[0], KUBERNETES),
        (CELERY, FULL),
        (KUBERNETES, FULL),
        (SETS[0], PODS),
        (SETS[0], SPARK),
    ],
)
def test_a_larger_set_contains_the_smaller_one(smaller: str, larger: str) -> None:
    assert _pins(f"{smaller}.txt").items() <= _pins(f"{larger}.txt").items()


def test_no_image_has_software_under_its_maker_s_own_terms() -> None:
    for name in ("requirements", CELERY, KUBERNETES, FULL):
        assert not _pins(VENDORS).keys() & _pins(f"{name}.txt").keys()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("requirements", "deploy/docker/requirements.txt"),
        (CELERY, "deploy/docker/requirements-celery.txt"),
        (KUBERNETES, "deploy/docker/requirements-kubernetes.txt"),
        (FULL, "deploy/docker/requirements-full.txt"),
        (SUPERSET, "deploy/docker/requirements-superset.txt"),
        (DOCS, "deploy/docker/requirements-docsite.txt"),
    ],
)
def test_an_image_takes_the_same_lock_with_the_digest_of_each_file(name: str, path: str) -> None:
    text = (PROJECT_ROOT / path).read_text()
    assert _pins(path) == _pins(f"{name}.txt")
    assert not re.findall(r"^--|file:|://|^/|^-e", text, re.MULTILINE)
    pins = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", pin) for pin in pins)


@pytest.mark.parametrize(
    "name", [*SETS, SUPERSET, ML, DOCS, CELERY, KUBERNETES, FULL, PODS, SPARK, DLT]
)
def test_nothing_points_at_a_private_index_or_a_local_file(name: str) -> None:
    text = (PROJECT_ROOT / f"{name}.txt").read_text()
    assert not re.findall(r"^--|file:|://|^/|^-e", text, re.MULTILINE)
    loose = [
        line
        for line in (PROJECT_ROOT / f"{name}.in").read_text().splitlines()
        if line and not line.startswith(("#", "-r", "-c")) and not PIN.match(line)
    ]
    assert loose == []


def test_what_the_product_imports_is_a_direct_requirement() -> None:
    homes = packages_distributions()
    direct = {*_pins("requirements.in"), *_pins(EXTRAS), *_pins(VENDORS), *THROUGH_OTHERS}
    third_party = {
        name
        for folder in ("plugins", "dags")
        for name in _imported(folder)
        if name not in sys.stdlib_module_names and name != "medallion"
    }
    assert "airflow" in third_party
    # MLflow and Spark, which whoever uses them installs; what executors' providers bring.
    elsewhere = {*_pins(f"{ML}.in"), *_pins(f"{SPARK}.in"), "celery", "kubernetes"}
    missing = {
        name: homes.get(name)
        for name in third_party - elsewhere
        if not direct & {_normal(home) for home in homes.get(name, [])}
    }
    assert missing == {}


def test_every_direct_requirement_is_explained() -> None:
    page = (PROJECT_ROOT / "docs" / "dependencies.md").read_text()
    # Readers of lake tables have other versions of what the product has.
    start, heading, rest = page.partition("## For the suite of lake tables' readers")
    of_readers, more, others = rest.partition("\n## ")
    assert heading and more
    assert {_normal(name): version for name, version in ROW.findall(of_readers)} == _pins(
        f"{READERS}.in"
    )
    rows = {_normal(name): version for name, version in ROW.findall(start + others)}
    files = [
        EXTRAS,
        VENDORS,
        *(
            f"{name}.in"
            for name in (*SETS, SUPERSET, ML, DOCS, CONTRACTS, CELERY, KUBERNETES, PODS, SPARK, DLT)
        ),
    ]
    direct = {name: version for file in files for name, version in _pins(file).items()}
    assert rows == direct
