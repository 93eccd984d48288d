"""The catalogue is that of the installed GX, and is loaded without importing it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from medallion.checks.aliases import ALIASES
from medallion.checks.argument_types import type_problem
from medallion.checks.catalogue import expectations
from medallion.checks.generate import CATALOGUE, render
from medallion.checks.traits import TRAITS


def test_the_catalogue_is_what_the_installed_gx_gives() -> None:
    assert CATALOGUE.read_text(encoding="utf-8") == render(), (
        "run `python -m medallion.checks.generate`"
    )


def test_gx_itself_knows_every_expectation_and_every_argument() -> None:
    import great_expectations.expectations.core
    from great_expectations.expectations.registry import get_expectation_impl

    assert great_expectations.expectations.core
    for name, entry in expectations().items():
        fields = get_expectation_impl(name).__fields__
        assert set(entry.arguments) <= set(fields), name
        assert set(entry.required) <= set(entry.arguments), name


def test_gx_agrees_on_what_looks_at_rows() -> None:
    from great_expectations.expectations.expectation import (
        ColumnMapExpectation,
        ColumnPairMapExpectation,
        MulticolumnMapExpectation,
    )
    from great_expectations.expectations.registry import get_expectation_impl

    kinds = {
        "rows": ColumnMapExpectation,
        "pair_rows": ColumnPairMapExpectation,
        "multicolumn_rows": MulticolumnMapExpectation,
    }
    for name, entry in expectations().items():
        implementation = get_expectation_impl(name)
        assert entry.looks_at_rows is issubclass(implementation, tuple(kinds.values())), name
        if entry.looks_at_rows:
            assert issubclass(implementation, kinds[entry.kind]), name


def test_aliases_and_traits_name_expectations_of_the_catalogue() -> None:
    assert {alias.expectation for alias in ALIASES.values()} <= set(expectations())
    assert set(expectations()) >= set(TRAITS)


@pytest.mark.parametrize("name", [*ALIASES, *expectations()])
def test_every_type_of_an_argument_can_be_read(name: str) -> None:
    entry = ALIASES.get(name) or expectations()[name]
    for types in entry.arguments.values():
        assert type_problem(object(), types)


def test_holding_a_check_against_the_catalogue_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from medallion.checks.declaration import CheckSpec\n"
        "from medallion.checks.problems import check_problems\n"
        "from medallion.checks.resolve import resolve\n"
        "from medallion.names import Layer\n"
        "check = CheckSpec.model_validate({'foreign_key': {'column': 'a', 'to': 'silver_a.b.c'}})\n"
        "assert check_problems(check, Layer.SILVER, ('a',)) == []\n"
        "resolve(check, Layer.SILVER, ('a',))\n"
        "heavy = {'great_expectations', 'pandas', 'sqlglot', 'jsonschema', 'psycopg', 'difflib'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
