"""What specs declare, as far as the registry answers for it: pipelines, tables, their limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg.types.json import Jsonb
from psycopg.types.multirange import TimestamptzMultirange
from psycopg.types.range import TimestamptzRange

from medallion.names import PublishedTable
from medallion.plan.features import FeatureView
from medallion.plan.model import Plan, PublishStep
from medallion.warehouse.session.statements import statements

SQL = "registry/freshness.sql"
_PAST, _FUTURE = timedelta(days=400), timedelta(days=800)
"""How far the days off are kept, from the day on which they are declared."""


def read_declared_plans(connection: psycopg.Connection) -> Mapping[str, str]:
    """By DAG id, the digest of the plan that the registry was last given."""
    return dict(connection.execute(statements(SQL)["declared_plans"]).fetchall())


def declare(connection: psycopg.Connection, plan: Plan, digest: str) -> None:
    """Record what a pipeline publishes, in place of what was recorded before.

    Args:
        plan: of the spec as it runs.
        digest: of the plan: by it the caller sees whether anything has changed.
    """
    sql, dag_id = statements(SQL), str(plan.dag_id)
    pipeline = {
        "dag_id": dag_id,
        "domain": plan.dag_id.domain,
        "owner": plan.settings.owner,
        "ends_at": plan.settings.end_date,
        "plan": digest,
        "alerts": Jsonb([asdict(channel) for channel in plan.settings.alerts]),
        **_days_off(plan, datetime.now(UTC)),
    }
    connection.execute(sql["declare_pipeline"], pipeline)
    steps = tuple(list_publications(plan))
    with connection.cursor() as cursor:
        cursor.executemany(sql["declare_table"], [_table(dag_id, step) for step in steps])
    names = [str(step.table.public) for step in steps]
    connection.execute(sql["forget_tables"], {"dag_id": dag_id, "tables": names})
    connection.execute(sql["forget_features"], {"dag_id": dag_id})
    with connection.cursor() as cursor:
        views = [_feature_view(dag_id, view) for view in plan.feature_views]
        cursor.executemany(sql["declare_features"], views)


def forget(connection: psycopg.Connection, dag_ids: Sequence[str]) -> None:
    """Say that there are no such pipelines any more, and none of their tables."""
    connection.execute(statements(SQL)["forget_pipelines"], {"dag_ids": list(dag_ids)})


def list_publications(plan: Plan) -> Iterator[PublishStep]:
    """The publications of a plan, one a table."""
    return (task.step for task in plan.tasks if isinstance(task.step, PublishStep))


def _days_off(plan: Plan, now: datetime) -> dict[str, object]:
    schedule = plan.settings.schedule
    if schedule is None or schedule.calendar is None or not schedule.calendar.has_days_off():
        return {"days_off": TimestamptzMultirange(), "days_off_until": None}
    until = now + _FUTURE
    off = [TimestamptzRange(start, end) for start, end in schedule.times_off(now - _PAST, until)]
    return {"days_off": TimestamptzMultirange(off), "days_off_until": until}


def _feature_view(dag_id: str, view: FeatureView) -> dict[str, object]:
    return {
        "domain": PublishedTable.of(view.table).domain,
        "table_name": view.table.table,
        "dag_id": dag_id,
        "entity": list(view.entity),
        "event_time": view.event_time,
        "ttl": view.ttl,
        "protected": sorted(view.protected),
    }


def _table(dag_id: str, step: PublishStep) -> dict[str, object]:
    return {**step.table.key(), "dag_id": dag_id, **asdict(step.freshness)}
