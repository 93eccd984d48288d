"""Airflow's metadata in a database of a test's own, with DAGs as the DAG processor writes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from airflow.dag_processing.collection import update_dag_parsing_results_in_db
from airflow.models import import_all_models
from airflow.models.base import Base
from airflow.models.dagbundle import DagBundleModel
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import LazyDeserializedDAG
from airflow.utils.db import synchronize_log_template
from airflow.utils.session import create_session

from airflow import settings

BUNDLE = "tests"


@contextmanager
def airflow_metadata(url: str) -> Iterator[None]:
    """Airflow's tables in this database, and every session of Airflow's in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
            url.replace("postgresql", "postgresql+psycopg2", 1),
        )
        configure()
        import_all_models()
        Base.metadata.create_all(settings.get_engine())
        synchronize_log_template()
        with create_session() as session:
            session.add(DagBundleModel(name=BUNDLE))
        yield
    configure()


def configure() -> None:
    """As the environment says now."""
    settings.dispose_orm(do_log=False)
    settings.configure_vars()
    settings.configure_orm()


def keep_dags(*dags: DAG) -> None:
    """As the DAG processor does after it has parsed a file."""
    errors: dict[tuple[str, str], str] = {}
    for dag in dags:
        dag.fileloc, dag.relative_fileloc = __file__, "x.py"  # a file that Airflow can read
    with create_session() as session:
        lazy = [LazyDeserializedDAG.from_dag(dag) for dag in dags]
        update_dag_parsing_results_in_db(BUNDLE, None, lazy, errors, 1.0, set(), session)
    assert not errors, errors
