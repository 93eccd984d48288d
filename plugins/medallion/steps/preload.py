"""Imports what steps need before a process forks its workers, so that each worker does not."""

from __future__ import annotations

import gc
import importlib
import logging

GATE = (
    "great_expectations",
    "great_expectations.expectations.core",
    "great_expectations.expectations.expectation_configuration",
    "great_expectations.execution_engine.pandas_execution_engine",
    "great_expectations.execution_engine.sqlalchemy_execution_engine",
    "great_expectations.datasource.fluent.pandas_datasource",
    "great_expectations.datasource.fluent.postgres_datasource",
    "pandas",
    "psycopg2.extras",
    "sqlalchemy.dialects.postgresql.psycopg2",
)
"""Importing great_expectations alone leaves most of it to the first validation."""

STEPS = (
    "duckdb",
    "httpx",
    "numpy",
    "psycopg",
    "pyarrow",
    "sqlglot.dialects.duckdb",
    "sqlglot.dialects.postgres",
    "medallion.steps.build",
    "medallion.steps.clean.step",
    "medallion.steps.gate.step",
    "medallion.steps.land.step",
    "medallion.steps.publish.step",
    "medallion.steps.run",
)


def preload(modules: tuple[str, ...] = GATE + STEPS) -> None:
    """Import these modules without GX's log lines. Raises what an import raises."""
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    collecting = gc.isenabled()
    gc.disable()  # a collection frees nothing while modules are being made: 0.4 s of 2.4 s
    try:
        for name in modules:
            importlib.import_module(name)
    finally:
        if collecting:
            gc.enable()


def settle() -> None:
    """Collect and freeze all objects; call it after `preload`, before forks.

    Else a collection in a child would touch, and so copy, every page that was imported here.
    """
    gc.collect()
    gc.freeze()
