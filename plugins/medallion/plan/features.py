"""Which gold tables are feature views, in Feast's words: what a training set is joined from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from medallion.durations import duration
from medallion.names import Layer, TableName

if TYPE_CHECKING:
    from medallion.spec.files.loaded import LoadedSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureView:
    """A gold table whose rows say what was known of an entity at a time."""

    table: TableName
    entity: tuple[str, ...]
    """The columns that say whose features they are."""
    event_time: str
    """The column that says since when a row holds."""
    ttl: timedelta | None
    """How long it holds; None: until the entity's next row."""
    protected: frozenset[str] = frozenset()
    """Columns that hold protected personal data: they are not features."""


def feature_views_of(loaded: LoadedSpec) -> Iterator[FeatureView]:
    """The feature views of a spec, in its order."""
    for name, gold in loaded.spec.gold.items():
        if gold.entity and gold.event_time:
            yield FeatureView(
                table=TableName(f"{Layer.GOLD}_{loaded.dag_id.domain}", name),
                entity=gold.entity,
                event_time=gold.event_time,
                ttl=duration(gold.ttl) if gold.ttl else None,
                protected=loaded.protected.get(name, frozenset()),
            )
