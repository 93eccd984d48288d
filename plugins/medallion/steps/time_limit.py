"""Ends a query before its task times out: PostgreSQL would run it on after the task is gone."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

from medallion.errors import QueryCancelled
from medallion.names import PublishedTable
from medallion.steps.context import StepContext
from medallion.warehouse.session.connection import with_statement_timeout

LONGEST = timedelta(days=24)
"""PostgreSQL counts milliseconds in 32 bits."""


def query_limit(task: timedelta) -> timedelta:
    """How long one query of a task may take: a tenth less than the task, but at most a minute less.

    >>> query_limit(timedelta(minutes=5)), query_limit(timedelta(hours=2))
    (datetime.timedelta(seconds=270), datetime.timedelta(seconds=7140))
    """
    return min(task, LONGEST) - min(task / 10, timedelta(minutes=1))


def with_query_limit(context: StepContext) -> StepContext:
    """The context with a statement_timeout in its URL and the deadline of a custom step."""
    if context.time_limit is None:
        return context
    limit = query_limit(context.time_limit)
    url = with_statement_timeout(context.warehouse_url, limit)
    return replace(context, warehouse_url=url, deadline=time.monotonic() + limit.total_seconds())


def with_task_and_limit(
    error: QueryCancelled, table: PublishedTable, context: StepContext
) -> QueryCancelled:
    """The error with the task's name and the limit to raise."""
    if context.time_limit is None:
        return error
    limit = query_limit(context.time_limit)
    return QueryCancelled(
        f"{context.task_id} of {table.public}: {error.problem}. A query of this task may take "
        f"{limit}",
        remedy="have it read less (an index, a filter, a smaller interval), or raise "
        f"`execution_timeout` (now {context.time_limit}) of the table or the pipeline in the spec. "
        "Where a person has ended it: clear the task",
    )
