"""What a worker answers where something goes wrong, and what the driver makes of it."""

from __future__ import annotations

import pytest

from medallion import __version__
from medallion.errors import ClusterUnavailable, DataRejected, QueryCancelled, SetupError
from medallion.steps.spark.workers import catch_error, describe_failure, read_error


def test_an_error_comes_back_as_what_it_is() -> None:
    def fail() -> None:
        raise DataRejected("it is broken", remedy="mend it")

    error = read_error(catch_error(__version__, fail) or "{}")
    assert (type(error), error.problem, error.remedy) == (DataRejected, "it is broken", "mend it")
    assert catch_error(__version__, lambda: None) is None


def test_one_that_medallion_does_not_know_is_sparks_matter() -> None:
    with pytest.raises(ZeroDivisionError):
        catch_error(__version__, lambda: 1 / 0)


def test_an_error_of_a_kind_of_its_own_comes_back_as_who_must_act() -> None:
    class Special(QueryCancelled):
        """Of a module that the driver may lack."""

    def fail() -> None:
        raise Special("it took too long")

    assert type(read_error(catch_error(__version__, fail) or "{}")) is QueryCancelled


def test_another_version_does_nothing() -> None:
    done: list[int] = []
    error = read_error(catch_error("0.0.1", lambda: done.append(1)) or "{}")
    assert type(error) is SetupError
    assert done == []


def test_what_spark_says_is_cut_to_its_error() -> None:
    said = "Job aborted\njava.lang.Exception: lost\n  at a.b\nOutOfMemoryError: heap\n  at c.d"
    error = describe_failure(RuntimeError(said), "read the parts")
    assert type(error) is ClusterUnavailable
    assert error.problem == "Spark could not read the parts: OutOfMemoryError: heap"
    lacking = RuntimeError("ModuleNotFoundError: No module named 'medallion.steps'")
    assert "lacks the module medallion.steps" in str(describe_failure(lacking, "clean the parts"))
