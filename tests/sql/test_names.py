"""The functions and types that SQL may name: made from the server's catalogue, and nothing else."""

from __future__ import annotations

import psycopg
import pytest

from medallion.local.builtins import list_builtins
from medallion.sql.names import (
    function_problem,
    list_allowed_functions,
    list_allowed_types,
    type_problem,
)
from medallion.sql.postgres_select import read_select
from medallion.sql.refused_functions import CLASSES, Refused


def test_the_lists_are_those_of_the_server(pg_url: str) -> None:
    for file, text in list_builtins(pg_url).items():
        assert file.read_text(encoding="utf-8") == text, (
            "run python -m medallion.local.builtins, and look at what has come or gone"
        )


def test_every_allowed_function_may_be_called() -> None:
    calls = [f'pg_catalog."{name}"(a), "{name}"(a, b)' for name in sorted(list_allowed_functions())]
    for call in calls:
        assert read_select(f"select {call} from t", ()).problems == ()
    assert len(calls) > 450


def test_every_function_of_the_server_is_allowed_or_refused_with_a_remedy(pg_url: str) -> None:
    with psycopg.connect(pg_url) as connection:
        found = connection.execute(
            "SELECT DISTINCT proname, bool_or(provolatile = 'v') OVER (PARTITION BY proname)"
            " FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace"
        ).fetchall()
    assert len(found) > 2_500
    for name, volatile in found:
        assert not (volatile and name in list_allowed_functions()), name
    for name, _ in found[::25]:
        problem = function_problem((name,))
        assert problem is None or all(problem), name


@pytest.mark.parametrize("refused", CLASSES, ids=lambda refused: refused.does)
def test_a_refused_class_says_what_to_write_instead(refused: Refused) -> None:
    assert refused.instead


@pytest.mark.parametrize(
    "name", ["to_regclass", "has_table_privilege", "txid_current", "lo_get", "inet_client_addr"]
)
def test_what_reaches_beyond_the_data_is_refused_by_its_class(name: str) -> None:
    problem, remedy = function_problem((name,)) or ("", "")
    assert "is refused: it " in problem
    assert remedy


def test_the_schema_of_what_is_built_in_may_be_written() -> None:
    assert function_problem(("pg_catalog", "lower")) is None
    assert function_problem(("public", "lower")) is not None
    assert type_problem(("pg_catalog", "int4")) is None
    assert "regclass" not in list_allowed_types()
