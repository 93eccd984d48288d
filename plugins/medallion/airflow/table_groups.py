"""Task groups: one for each table, or, where a table is one task, one for many tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from airflow.sdk import DAG, TaskGroup

if TYPE_CHECKING:
    from medallion.plan.model import PlannedTask

IN_ONE_GROUP = 25
"""Tables of one group: 400 tables are 16 lines of the grid, and a group opened fills a screen."""


def make_groups(tasks: Sequence[Sequence[PlannedTask]], dag: DAG) -> dict[str, TaskGroup]:
    """The Airflow group of each group of the plan.

    Args:
        tasks: `Plan.airflow_tasks`.
    """
    groups: dict[str, TaskGroup] = {}
    shared = [steps[-1].group for steps in tasks if steps[-1].shares_task]
    for start in range(0, len(shared), IN_ONE_GROUP):
        tables = shared[start : start + IN_ONE_GROUP]
        # No table has a name with a dash. Its tasks keep the ids that they have elsewhere. Airflow
        # shows groups in the order of their ids as texts: 02 comes before 10.
        group = TaskGroup(
            group_id=f"tables-{start // IN_ONE_GROUP + 1:02}",
            group_display_name=f"{tables[0]} … {tables[-1]}" if tables[1:] else tables[0],
            prefix_group_id=False,
            dag=dag,
        )
        groups |= dict.fromkeys(tables, group)
    for steps in tasks:
        name = steps[-1].group
        if name not in groups:
            groups[name] = TaskGroup(group_id=name, dag=dag)
    return groups
