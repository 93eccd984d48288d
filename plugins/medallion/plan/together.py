"""Tables that are published together: the edges of their tasks, and what each publication knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from graphlib import TopologicalSorter
from heapq import heappop, heappush

from medallion.plan.model import PlannedTask, PublishStep


def publish_together(
    tasks: Iterable[PlannedTask], groups: Iterable[Sequence[str]]
) -> tuple[PlannedTask, ...]:
    """The tasks of a plan, in which the publications of each group wait for the gates of all.

    The first one publishes all tables; the next ones follow it, find that it has, and say so to
    whoever waits for their tables. Where the first one was not run, the next one does it.

    Args:
        tasks: with all that a publication knows of its own table; a spec may name a table before
            those that it reads.
        groups: of a valid spec: names of tables, in the order of the spec.

    Returns:
        each task after those that it waits for.
    """
    by_id = {task.task_id: task for task in tasks}
    for names in groups:
        by_id |= _group([by_id[f"{name}.publish"] for name in names])
    return _in_order(by_id)


def _group(publish: Sequence[PlannedTask]) -> Mapping[str, PlannedTask]:
    gates = tuple(dict.fromkeys(one for task in publish for one in task.upstream))
    steps = [task.step for task in publish if isinstance(task.step, PublishStep)]
    found: dict[str, PlannedTask] = {}
    waits = gates
    for task, step in zip(publish, steps, strict=True):
        others = tuple(one for one in steps if one is not step)
        upstream = tuple(dict.fromkeys((*task.upstream, *waits)))
        found[task.task_id] = replace(task, step=replace(step, together=others), upstream=upstream)
        waits = (task.task_id,)
    return found


def _in_order(tasks: Mapping[str, PlannedTask]) -> tuple[PlannedTask, ...]:
    """In the order that they have, but each after those that it waits for."""
    places = {name: place for place, name in enumerate(tasks)}
    sorter = TopologicalSorter({name: task.upstream for name, task in tasks.items()})
    sorter.prepare()
    ready: list[tuple[int, str]] = []
    found: list[PlannedTask] = []
    while sorter.is_active():
        for name in sorter.get_ready():
            heappush(ready, (places[name], name))
        _, first = heappop(ready)
        found.append(tasks[first])
        sorter.done(first)
    return tuple(found)
