"""Imports what steps need before a process forks its workers, so that each worker does not."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import ModuleType
from typing import Any, cast

GATE = (
    "great_expectations",
    "great_expectations.expectations.core",
    "great_expectations.expectations.expectation_configuration",
    "great_expectations.execution_engine.pandas_execution_engine",
    "great_expectations.execution_engine.sqlalchemy_execution_engine",
    "great_expectations.datasource.fluent.pandas_datasource",
    "great_expectations.datasource.fluent.postgres_datasource",
    "multiprocessing.synchronize",
    "pandas",
    "psycopg2.extras",
    "sqlalchemy.dialects.postgresql.psycopg2",
)
"""Importing great_expectations alone leaves most of it to the first validation, and tqdm, of which
that takes a lock, the modules of locks."""

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
    "medallion.steps.gate.bronze_contract",
    "medallion.steps.gate.landing",
    "medallion.steps.gate.step",
    "medallion.steps.land.step",
    "medallion.steps.publish.step",
    "medallion.steps.run",
)


_OF_GATES = "medallion.steps.gate.step"
_METRICS = "medallion.steps.gate.metrics"

_STATISTICS = "scipy.stats"
_CHARTS = "altair"
_UNUSED = ("azure.identity", "azure.keyvault", "azure.storage.blob")
"""What Great Expectations takes where it is installed, to read from Azure: a tenth of its import.
No gate reads by it."""

_FLUENT = "great_expectations.datasource.fluent"
_OTHER_SOURCES = (
    *("alloy", "aurora", "bigquery", "citus", "databricks_sql", "fabric", "neon", "redshift"),
    *("snowflake", "sql_server", "sqlite", "pandas_file_path", "pandas_filesystem"),
    *("pandas_dbfs", "pandas_s3", "pandas_google_cloud_storage", "pandas_azure_blob_storage"),
    *("spark", "spark_file_path", "spark_filesystem", "spark_dbfs", "spark_s3"),
    *("spark_google_cloud_storage", "spark_azure_blob_storage"),
)
"""Great Expectations' data sources that no gate reads by, each of which makes classes when it is
imported: a quarter of its import. Only the package that gathers all sources asks for them."""


class _Later(ModuleType):
    """In the place of a module, which is imported when something of it is first used."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name__), name)


class _Unused(ModuleType):
    """In the place of a module of which nobody uses anything: each of its names is an empty
    class."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {"__module__": self.__name__})


def preload(modules: tuple[str, ...] = GATE + STEPS) -> None:
    """Import these modules without GX's log lines; with those of gates, have GX count as Medallion
    does. Raises what an import raises."""
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    if GATE[0] in modules:
        _leave_statistics()
    collecting = gc.isenabled()
    gc.disable()  # a collection frees nothing while modules are being made: 0.4 s of 2.4 s
    try:
        with _leave_out() if GATE[0] in modules else nullcontext():
            for name in modules:
                importlib.import_module(name)
        if _OF_GATES in modules:
            importlib.import_module(_METRICS).register()
    finally:
        if collecting:
            gc.enable()


@contextmanager
def _leave_out() -> Iterator[None]:
    """Import none of these in the block, unless it is there: the charts of one expectation, a
    seventh of what Great Expectations imports, and what no gate uses."""
    sources = [f"{_FLUENT}.{name}_datasource" for name in _OTHER_SOURCES] + [f"{_FLUENT}.fabric"]
    instead: dict[str, ModuleType | None] = {
        _CHARTS: _Later(_CHARTS),
        **dict.fromkeys(_UNUSED),
        **{name: _Unused(name) for name in sources},
    }
    instead = {name: module for name, module in instead.items() if name not in sys.modules}
    sys.modules.update(cast("dict[str, ModuleType]", instead))
    try:
        yield
    finally:
        for name, module in instead.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def _leave_statistics() -> None:
    """Have scipy.stats imported when something of it is first used: it is a quarter of what Great
    Expectations imports, for three expectations about distributions.
    """
    if _STATISTICS in sys.modules:
        return
    package: Any = importlib.import_module("scipy")
    spec = importlib.util.find_spec(_STATISTICS)
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[_STATISTICS] = module
    spec.loader.exec_module(module)
    # Where the package has it, `from scipy import stats` asks the module for nothing.
    package.stats = module


def settle() -> None:
    """Collect and freeze all objects; call it after `preload`, before forks.

    Else a collection in a child would touch, and so copy, every page that was imported here.
    """
    gc.collect()
    gc.freeze()
