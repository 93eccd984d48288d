"""The tasks that publish a table to lakes too, after the warehouse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from medallion.plan.model import LakeTableStep, LakeTarget, PublishStep, Step
from medallion.spec.models.keeping import days
from medallion.spec.models.lake_tables import LakeTableSpec


def lake_targets_of(said: Iterable[LakeTableSpec]) -> tuple[LakeTarget, ...]:
    """What a table's `publish_to` means."""
    return tuple(
        LakeTarget(format=one.format, location=one.location, retention=days(one.retention))
        for one in said
    )


def lake_steps(publish: PublishStep, targets: Iterable[LakeTarget]) -> Iterator[tuple[str, Step]]:
    """A step for each target, by its task's name: `publish_delta`, `publish_delta_2`.

    They come after the publication: a lake that is away holds nothing up that reads the
    warehouse, and is tried again by itself.
    """
    seen: Counter[str] = Counter()
    for target in targets:
        seen[target.format] += 1
        number = f"_{seen[target.format]}" if seen[target.format] > 1 else ""
        yield (
            f"publish_{target.format}{number}",
            LakeTableStep(
                table=publish.table,
                target=target,
                description=publish.description,
                column_descriptions=publish.column_descriptions,
            ),
        )
