"""A DAG that nothing but a form or the catalogue starts, one run at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from airflow.sdk import DAG, Param

TRIED_AGAIN: Mapping[str, Any] = MappingProxyType(
    {"owner": "medallion", "retries": 2, "retry_delay": timedelta(minutes=1)}
)
"""Arguments of its task."""


def build_started_by_hand(
    dag_id: str, description: str, doc: str, params: Mapping[str, Param]
) -> DAG:
    """Without a schedule; what a run is about, its params say. A param without a default is asked
    for by the form, and a run that does not name it is refused."""
    return DAG(
        dag_id=dag_id,
        description=description,
        doc_md=doc,
        schedule=None,
        start_date=datetime(2020, 1, 1, tzinfo=UTC),
        max_active_runs=1,
        is_paused_upon_creation=False,
        tags=["medallion"],
        params=dict(params),
    )
