"""A plugin of pytest: each cleaning of a test runs on DuckDB and on Spark, which have to agree.

    pytest -n 0 -p tests.spark.both_engines tests/steps/clean …

Row by row: the staged values with their provenance, the quarantined records with their reasons, the
counts, and the errors. What a test asserts afterwards, it asserts of what Spark has made. What
`engine: spark` refuses at validation stays on DuckDB, and is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.cleaning import cleaned as cleaned_module
from tests.spark.conftest import event_log, spark
from tests.spark.local_spark import CONNECTIONS

from medallion.cleaning.declared.classification import needs_key
from medallion.errors import MedallionError
from medallion.lake.manifest import Manifest
from medallion.names import TableName
from medallion.plan.model import CleanStep
from medallion.publish.relations import identifier
from medallion.steps.clean import step as clean_step
from medallion.steps.clean.filling import Filled
from medallion.steps.clean.here import Here
from medallion.steps.clean.left_out import LeftOut
from medallion.steps.clean.spark.job import OnSpark
from medallion.steps.context import StepContext
from medallion.warehouse.tables.staging import NewStaging

__all__ = ["event_log", "spark"]

COMPARED: Counter[str] = Counter()
"""By outcome, how many cleanings were compared."""

OF_THIS_PROCESS = (
    "test_too_little_memory_is_the_operators_matter",
    "test_where_a_piece_does_not_fit_the_memory_that_is_said",
    "test_a_lost_connection_is_worth_a_retry_and_the_retry_ends_well",
)
"""Tests that set a fault in the process that cleans, by its environment or by a patch: Spark's
workers do not see it. What becomes of theirs is in test_spark.py."""

Rows = list[tuple[Any, ...]]


class Both:
    """DuckDB's way first, then Spark's on the same empty tables (`filling.Way`)."""

    def end_former_try(self, step: CleanStep, context: StepContext) -> None:
        """Of both."""
        OnSpark().end_former_try(step, context)

    def fill(
        self,
        step: CleanStep,
        context: StepContext,
        manifest: Manifest,
        relations: Mapping[str, Any],
        left: LeftOut,
        staging: NewStaging,
    ) -> Filled:
        """What Spark has made."""
        if is_refused(step) or left.rows:
            COMPARED["refused"] += 1
            return Here().fill(step, context, manifest, relations, left, staging)
        expected, error = None, None
        try:
            expected = Here().fill(step, context, manifest, relations, left, staging)
        except MedallionError as raised:
            error = raised
        tables = (step.table.staging(context.run_key), step.table.rejects(context.run_key))
        found_tables = () if error else tables  # what failed may have made no staging table
        rows = [read_rows(context.warehouse_url, table) for table in found_tables]
        empty(context.warehouse_url, tables)
        inside = replace(
            context, connection=lambda name: CONNECTIONS.get(name) or context.connection(name)
        )
        on_spark = replace(step, engine="spark")
        if error is not None:
            with pytest.raises(type(error).__mro__[0]) as found:
                OnSpark().fill(on_spark, inside, manifest, relations, left, staging)
            assert str(found.value) == str(error)
            COMPARED["errors"] += 1
            raise error
        found_here = OnSpark().fill(on_spark, inside, manifest, relations, left, staging)
        assert expected is not None
        assert describe(found_here) == describe(expected)
        for table, before in zip(tables, rows, strict=True):
            assert read_rows(context.warehouse_url, table) == before
        COMPARED["cleanings"] += 1
        COMPARED["rows"] += sum(map(len, rows))
        return replace(found_here, step=step, context=context)


def is_refused(step: CleanStep) -> bool:
    """Whether validation refuses Spark for it (the rule cluster-engine)."""
    types = {column.type for column in step.columns.values()}
    return step.custom is not None or needs_key(step.columns) or "timestamptz[]" in types


def describe(filled: Filled) -> dict[str, Any]:
    """The counts. Of three examples Spark's are those of the first parts."""
    return {**filled.counts.to_json(), "quarantined": filled.quarantined}


def read_rows(url: str, table: TableName) -> Rows:
    """All rows, in the order of what they say."""
    with psycopg.connect(url) as connection:
        query = sql.SQL("SELECT t::text FROM {} AS t ORDER BY 1").format(identifier(table))
        return connection.execute(query).fetchall()


def empty(url: str, tables: tuple[TableName, ...]) -> None:
    """As they were before they were filled."""
    with psycopg.connect(url) as connection:
        for table in tables:
            found = connection.execute("SELECT to_regclass(%s)", (str(table),)).fetchone()
            if found != (None,):
                connection.execute(sql.SQL("TRUNCATE {}").format(identifier(table)))


def in_a_worker(clean: Callable[..., Any]) -> Callable[..., Any]:
    """A part that is cleaned without a warehouse: here, and in a worker of Spark."""

    def compare(*given: Any, **named: Any) -> Any:
        from pyspark.sql import SparkSession

        session = SparkSession.getActiveSession()
        assert session is not None
        error, expected = None, None
        try:
            expected = clean(*given, **named)
        except Exception as raised:
            error = raised

        def run(batches: Iterator[Any]) -> Iterator[Any]:
            import pyarrow as pa

            for batch in batches:
                for _ in range(batch.num_rows):
                    try:
                        said = repr(clean(*given, **named))
                    except Exception as raised:
                        said = f"{type(raised).__name__}: {raised}"
                    yield pa.RecordBatch.from_pydict({"said": [said]})

        (row,) = session.range(0, 1, 1, 1).mapInArrow(run, "said string").collect()
        said = repr(expected) if error is None else f"{type(error).__name__}: {error}"
        assert row["said"] == said
        COMPARED["parts without a warehouse"] += 1
        if error is not None:
            raise error
        return expected

    return compare


cleaned_module.cleaned = in_a_worker(cleaned_module.cleaned)


@pytest.fixture(autouse=True)
def _on_both(monkeypatch: pytest.MonkeyPatch, spark: object) -> None:
    monkeypatch.setattr(clean_step, "way_of", lambda engine: Both())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what no worker can see."""
    left = [item for item in items if item.name.partition("[")[0] in OF_THIS_PROCESS]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How much was compared: a corpus that compares nothing would pass too."""
    terminalreporter.write_line(f"compared on both engines: {dict(sorted(COMPARED.items()))}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail where nothing was compared."""
    if exitstatus == 0 and not COMPARED["cleanings"]:
        session.exitstatus = 1
