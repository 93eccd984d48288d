"""The texts that the licences of sources ask for wherever their data are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from medallion.names import TableName
from medallion.plan.model import CleanStep, Plan, PublishStep
from medallion.spec.models.pipeline import DatasetSpec


def attribution_of(dataset: DatasetSpec) -> str:
    """What a dataset's spec says, else what its kind of source asks for; empty: nothing."""
    return dataset.attribution or dataset.source.attribution()


def attributions_of(plans: Iterable[Plan]) -> dict[TableName, tuple[str, ...]]:
    """By published table the texts to show with it: its own, and those of all that it is made of,
    of whatever spec, each once."""
    said: dict[TableName, str] = {}
    upstream: dict[TableName, tuple[TableName, ...]] = {}
    for step in (task.step for plan in plans for task in plan.tasks):
        if isinstance(step, PublishStep):
            said[step.table.public] = step.attribution
            upstream[step.table.public] = (*upstream.get(step.table.public, ()), *step.inputs)
        elif isinstance(step, CleanStep):
            looked_up = tuple(lookup.table for lookup in step.lookups)
            upstream[step.table.public] = (*upstream.get(step.table.public, ()), *looked_up)
    return {table: collect_attributions(table, said, upstream) for table in said}


def collect_attributions(
    table: TableName,
    said: Mapping[TableName, str],
    upstream: Mapping[TableName, Sequence[TableName]],
) -> tuple[str, ...]:
    """Of a table and of all that it is made of, in that order, each once.

    Args:
        table: where to start.
        said: by table its own text; empty, or no entry: none.
        upstream: by table those that it reads. Circles are harmless.
    """
    found: dict[str, None] = {}
    seen, todo = {table}, [table]
    while todo:
        at = todo.pop(0)
        if text := said.get(at, ""):
            found[text] = None
        new = [one for one in upstream.get(at, ()) if one not in seen]
        seen.update(new)
        todo += new
    return tuple(found)
