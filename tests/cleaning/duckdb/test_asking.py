"""The DuckDB that is asked about texts of specs."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection

import duckdb
import pytest

from medallion.cleaning.duckdb.asking import engine
from medallion.cleaning.duckdb.probe import expression_answer, pattern_problem


def test_one_is_opened_for_hundreds_of_questions_and_an_error_leaves_it_as_it_was() -> None:
    first = engine()
    assert pattern_problem("(?=x)", "", 0)
    assert "problem" in expression_answer("a +\n upper(a)", {"a": "BIGINT"})
    assert expression_answer("a + 1", {"a": "BIGINT"})["type"] == "BIGINT"
    assert engine() is first


def _answered(to: Connection, parents: int) -> None:
    to.send((id(engine()) != parents, expression_answer("a || 'x'", {"a": "VARCHAR"})["type"]))


def test_a_forked_process_opens_its_own() -> None:
    here, there = multiprocessing.Pipe()
    fork = multiprocessing.get_context("fork")
    child = fork.Process(target=_answered, args=(there, id(engine())))
    child.start()
    assert here.poll(60)
    assert here.recv() == (True, "VARCHAR")
    child.join()


def test_threads_do_not_share_one() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(engine).result() is not engine()


@pytest.mark.parametrize(
    "statement",
    ["SELECT * FROM read_text('/etc/hostname')", "SET threads = 4", "INSTALL httpfs"],
)
def test_it_reaches_nothing(statement: str) -> None:
    with pytest.raises(duckdb.Error):
        engine().execute(statement)
