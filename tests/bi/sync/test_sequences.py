"""Any sequence of edits by hand, changes of the specs and syncs: what people made is there after
each sync, and the sync after it has nothing to do.

What an import does to what is there was measured on Superset 6.1.0: keys that a file has overwrite,
others stay, and columns and metrics that it lacks go. tests/bi/live/test_sync.py does the same on a
real one, with fewer sequences.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.bi.sync.exported import (
    CHART_UUID,
    DASHBOARD_UUID,
    DATASET_UUID,
    chart,
    column,
    dashboard,
    database,
    dataset,
    metric,
    objects,
)

from medallion.bi.sync.difference import Difference, difference
from medallion.bi.sync.merge import merge_export
from medallion.warehouse.registry.bi import Remembered

NAMES = ("a", "b", "c")
TEXTS = ("one", "two", "three")
MINE = "00000000-0000-0000-0000-0000000000{:02}"


@dataclass
class World:
    """A Superset, what the specs say, the ledger, and what people made."""

    superset: dict[str, dict[str, Any]] = field(default_factory=dict)
    ledger: dict[str, Remembered] = field(default_factory=dict)
    metrics: tuple[str, ...] = ("a",)
    label: str = ""
    title: str = "Films a brand"
    has_chart: bool = True
    synced: tuple[object, object] = (None, None)
    """What the specs said of the label and the title at the last sync."""
    own: dict[str, Callable[[], object]] = field(default_factory=dict)
    """By what people made: how it is looked up."""
    wanted: dict[str, object] = field(default_factory=dict)
    """What has to be found there."""

    def spec(self) -> list[dict[str, Any]]:
        """What the specs declare."""
        brand = column("brand", verbose_name=self.label or None)
        made = [
            database(),
            dataset(columns=[brand, column("country")], metrics=[metric(n) for n in self.metrics]),
        ]
        if self.has_chart:
            made += [chart(slice_name=self.title), dashboard()]
        return made

    @property
    def said(self) -> tuple[object, object]:
        """What the specs say of the label and the title. One that a spec changes is the spec's,
        also where somebody edits it before the next sync."""
        return self.label, (self.title, self.has_chart)

    def plan(self) -> Difference:
        return difference(objects(*self.spec()), objects(*self.superset.values()), self.ledger)

    def sync(self) -> None:
        """As `bi.sync.run` does it, with an import as Superset does that."""
        found = self.plan()
        assert found.refused == ()
        for one in found.sent:
            uuid = one.wanted.uuid
            given = deepcopy(dict(one.merged.document))
            self.superset[uuid] = self.superset.get(uuid, {}) | given
            self.ledger[uuid] = Remembered(
                uuid=uuid,
                kind=str(one.wanted.kind),
                name=one.wanted.name,
                wanted=one.wanted.document,
                found=merge_export(one.wanted, deepcopy(self.superset[uuid]), one.merged, one.last),
            )
        for gone in found.removals:
            del self.ledger[gone.remembered.uuid]
            if not gone.is_released:
                self.superset.pop(gone.remembered.uuid, None)
        self.synced = self.said

    # --- what people do ----------------------------------------------------------------------

    def item(self, listed: str, key: str, name: str) -> dict[str, Any] | None:
        found = self.superset.get(DATASET_UUID, {}).get(listed, ())
        return next((one for one in found if one[key] == name), None)

    def make_metric(self, at: int) -> None:
        self.superset[DATASET_UUID]["metrics"].append(metric(f"own_{at}", f"max({at})"))
        self.keep(f"metric {at}", lambda: self.item("metrics", "metric_name", f"own_{at}"))

    def make_column(self, at: int) -> None:
        new = column(f"own_{at}", expression=f"upper(brand) || {at}")
        self.superset[DATASET_UUID]["columns"].append(new)
        self.keep(f"column {at}", lambda: self.item("columns", "column_name", f"own_{at}"))

    def edit_label(self, at: int) -> None:
        brand = self.item("columns", "column_name", "brand")
        assert brand is not None
        brand["verbose_name"] = f"mine {at}"
        if self.said[0] == self.synced[0]:
            self.keep("label", lambda: (self.item("columns", "column_name", "brand") or {}).get(
            "verbose_name"))  # fmt: skip

    def edit_title(self, at: int) -> None:
        if CHART_UUID in self.superset:
            self.superset[CHART_UUID]["slice_name"] = f"mine {at}"
        if CHART_UUID in self.superset and self.said[1] == self.synced[1]:
            self.keep("title", lambda: self.superset[CHART_UUID]["slice_name"])

    def make_chart(self, at: int) -> None:
        uuid = MINE.format(at)
        self.superset[uuid] = chart(uuid=uuid, slice_name=f"own {at}")
        self.keep(uuid, lambda: self.superset.get(uuid))

    def make_dashboard(self, at: int) -> None:
        """With our chart in it, which it keeps from being deleted."""
        if CHART_UUID not in self.superset:
            return
        uuid = MINE.format(at)
        self.superset[uuid] = dashboard(uuid=uuid, dashboard_title=f"own {at}", slug=None)
        self.keep(uuid, lambda: (self.superset.get(uuid), CHART_UUID in self.superset))

    def delete_dashboard(self, at: int) -> None:
        self.superset.pop(DASHBOARD_UUID, None)

    def spoil(self, at: int) -> None:
        """What the spec decides is set back: nothing of this has to survive."""
        if CHART_UUID in self.superset:
            self.superset[CHART_UUID]["viz_type"] = f"spoilt {at}"
        for one in self.superset[DATASET_UUID]["metrics"]:
            if one["metric_name"] in NAMES:
                one["expression"] = f"max({at})"

    # --- what specs do -----------------------------------------------------------------------

    def change_metrics(self, at: int) -> None:
        self.metrics = NAMES[: 1 + at % len(NAMES)]

    def change_label(self, at: int) -> None:
        """A text that the spec changes is the spec's."""
        if self.label != (text := TEXTS[at % len(TEXTS)]):
            self.label = text
            self.forget("label")

    def change_title(self, at: int) -> None:
        if self.title != (text := TEXTS[at % len(TEXTS)]):
            self.title = text
            self.forget("title")

    def drop_chart(self, at: int) -> None:
        """Once nobody uses it, it goes with its title; else its title ends with a mark."""
        self.has_chart = not self.has_chart
        self.forget("title")

    def keep(self, what: str, look: Callable[[], object]) -> None:
        self.own[what], self.wanted[what] = look, deepcopy(look())

    def forget(self, what: str) -> None:
        self.own.pop(what, None)
        self.wanted.pop(what, None)


DEEDS = (
    World.make_metric, World.make_column, World.edit_label, World.edit_title, World.make_chart,
    World.make_dashboard, World.delete_dashboard, World.spoil, World.change_metrics,
    World.change_label, World.change_title, World.drop_chart,
)  # fmt: skip
ROUNDS = st.lists(st.lists(st.sampled_from(DEEDS), min_size=1, max_size=5), min_size=1, max_size=20)


@settings(max_examples=150, derandomize=True)
@given(ROUNDS)
def test_what_people_made_survives_any_sequence_of_imports(
    rounds: list[list[Callable[[World, int], None]]],
) -> None:
    world = World()
    world.sync()
    number = 0
    for deeds in rounds:
        for deed in deeds:
            deed(world, number := number + 1)
        world.sync()
        assert {name: deepcopy(look()) for name, look in world.own.items()} == world.wanted
        again = world.plan()
        assert again.sent == ()
        assert [one for one in again.removals if one.found and not one.is_released] == []
        for name in world.metrics:
            assert (world.item("metrics", "metric_name", name) or {})["expression"] == "count(*)"
