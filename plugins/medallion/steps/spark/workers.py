"""What Spark's workers answer: an error as data. Spark itself would start a task again for it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable

from medallion import __version__, errors
from medallion.errors import ClusterUnavailable, MedallionError, SetupError
from medallion.steps.parts.duckdb_engine import THREADS

_LACKING = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")


def catch_error(version: str, work: Callable[[], object]) -> str | None:
    """Do a part of a job in a worker. The error that Medallion knows, as JSON; None: it is done.

    Args:
        version: Medallion's where the job was made.
    """
    try:
        _hold_version(version)
        work()
    except MedallionError as error:
        return json.dumps(
            {"kind": _kind_of(error), "problem": error.problem, "remedy": error.remedy}
        )
    return None


def read_error(answer: str) -> MedallionError:
    """A worker's error, as the class that it was."""
    error = json.loads(answer)
    made: MedallionError = getattr(errors, error["kind"])(error["problem"], remedy=error["remedy"])
    return made


def describe_failure(error: Exception, what: str) -> MedallionError:
    """Why Spark has given up: the last line of the worker's traceback, or of Java's, that is an
    error. What Medallion itself raises does not come this way.

    Args:
        what: Spark could not do: `clean the parts`.
    """
    text = str(error)
    if lacks := _LACKING.search(text):
        return SetupError(
            f"the Python of Spark's workers lacks the module {lacks[1]}",
            remedy="install Medallion there with what it needs, in the same version as here, for "
            "the Python that PYSPARK_PYTHON names: docs/spark.md",
        )
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    errors_in_it = [line for line in lines if "Error" in line or "Exception" in line]
    shown = (errors_in_it or lines or [type(error).__name__])[-1]
    return ClusterUnavailable(
        f"Spark could not {what}: {shown[:500]}",
        remedy="look at the log of Spark's workers; nothing was published",
    )


def use_one_core() -> None:
    """As many threads as Spark has given the task cores, unless an operator says otherwise."""
    from pyspark import TaskContext

    task = TaskContext.get()
    os.environ.setdefault(THREADS, str(max(1, task.cpus()) if task else 1))


def _hold_version(version: str) -> None:
    if version != __version__:
        raise SetupError(
            f"Spark's workers have Medallion {__version__}, and the task has {version}",
            remedy="install the same version on both sides: what they send each other differs",
        )


def _kind_of(error: MedallionError) -> str:
    """The name of its class, or of the one above it, that says who must act."""
    module = MedallionError.__module__
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == module)
