"""Training sets: labels with the features that were known at their times."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medallion.client import point_in_time
from medallion.client.frames import TEXTS, to_pandas, to_polars
from medallion.client.point_in_time import LABEL_TIME, ROW, Joined
from medallion.errors import CannotRead
from medallion.warehouse.reading import columns as shapes
from medallion.warehouse.reading import ledger
from medallion.warehouse.reading.columns import Numbers
from medallion.warehouse.reading.features import (
    FeatureTable,
    feature_tables,
    find_named_features,
    select_features,
)
from medallion.warehouse.reading.lineage import Lineage
from medallion.warehouse.reading.pinned import Pin
from medallion.warehouse.reading.session import ReadSession, read_session
from medallion.warehouse.reading.versions import shape_as_wanted

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSet:
    """The labels, in their order, with features; and which publications these are of."""

    table: pa.Table
    lineage: tuple[Lineage, ...]
    """One a feature view, in the order of their features."""

    def to_arrow(self) -> pa.Table:
        """As it was read; nothing is copied."""
        return self.table

    def to_pandas(self) -> pd.DataFrame:
        """A pandas frame with Arrow's types."""
        frame = to_pandas(self.table, self.lineage[0])
        frame.attrs = {}  # of several publications: `lineage` has them
        return frame

    def to_polars(self) -> pl.DataFrame:
        """A frame of Polars, which has no room for the lineage. Raises SetupError where Polars is
        not installed."""
        return to_polars(self.table, self.lineage[0])


def training_set(
    url: str,
    labels: Any,
    features: Sequence[str],
    *,
    label_time: str,
    pins: Mapping[str, Pin],
    numbers: Numbers,
) -> TrainingSet:
    """See `Desk.training_set`. All views are read in one transaction: as of one moment."""
    known_labels = _as_arrow(labels)
    timed = point_in_time.with_times(known_labels, label_time)
    with read_session(url, "joining features") as session:
        known = feature_tables(session)
        session.start_over()  # locks come before the transaction's snapshot
        wanted = find_named_features(known, features)
        if not wanted:
            raise CannotRead("no features are named", remedy="features=['gold_x.table:column']")
        lineages = _pin(session, [known[name] for name in wanted], pins)
        pairs = [(name, feature) for name, listed in wanted.items() for feature in listed]
        called = point_in_time.names_of(pairs, known_labels.column_names)
        result = known_labels
        for name, listed in wanted.items():
            view = known[name]
            _hold_to_entity(view, known_labels)
            how = Joined(
                entity=view.entity,
                features=listed,
                called=tuple(called[name, feature] for feature in listed),
                ttl_microseconds=view.ttl_microseconds,
            )
            joined = _join(session, view, how, timed, lineages[name], numbers)
            for column in how.called:
                result = result.append_column(column, joined[column])
    return TrainingSet(table=result, lineage=tuple(lineages.values()))


def _pin(
    session: ReadSession, views: Sequence[FeatureTable], pins: Mapping[str, Pin]
) -> dict[str, Lineage]:
    for view in views:
        ledger.lock(session, view.table)
    session.rows("settings")
    found = {
        view.name: ledger.find(session, view.table, pins.get(view.name) or Pin()) for view in views
    }
    versions = {name: lineage.version for name, lineage in found.items()}
    session.rows("read_version", json.dumps(versions))
    return found


def _join(
    session: ReadSession,
    view: FeatureTable,
    how: Joined,
    labels: pa.Table,
    lineage: Lineage,
    numbers: Numbers,
) -> pa.Table:
    import pyarrow.compute as pc

    ends = pc.min_max(labels[LABEL_TIME]).as_py()
    last = ends["max"] if ends["max"] is not None else 0
    earliest = None
    if how.ttl_microseconds is not None and ends["min"] is not None:
        earliest = ends["min"] - how.ttl_microseconds
    every = shapes.columns_of(session, view.table, None)
    every = shapes.with_shapes(session, view.table, every, numbers=numbers)
    query = select_features(
        view, every, how.features, numbers=numbers, as_text=TEXTS["pandas"],
        window=(earliest, last),
    )  # fmt: skip
    by_name = {column.name: column for column in every}
    read = tuple(by_name[name] for name in (*view.entity, *how.features))
    with session.stream(query) as came:
        return point_in_time.join(labels, shape_as_wanted(came, read, numbers, lineage), how)


def _hold_to_entity(view: FeatureTable, labels: pa.Table) -> None:
    for name in view.entity:
        if name not in labels.column_names:
            raise CannotRead(
                f"the labels have no column {name!r}, which {view.name} has as its entity",
                remedy=f"rename yours: they need {', '.join(view.entity)}",
            )


def _as_arrow(labels: Any) -> pa.Table:
    import pyarrow as pa

    if isinstance(labels, pa.Table):
        found = labels
    elif hasattr(labels, "to_arrow"):
        found = labels.to_arrow()
    else:
        found = pa.Table.from_pandas(labels, preserve_index=False)
    for name in (ROW, LABEL_TIME):
        if name in found.column_names:
            raise CannotRead(f"the labels have a column {name}", remedy="rename it")
    return found
