"""What a sync decides for whole projects: created, changed, kept, removed, refused; in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.bi.sync.exported import (
    CHART_UUID,
    DATABASE_UUID,
    DATASET_UUID,
    chart,
    dashboard,
    database,
    dataset,
    in_step,
    metric,
    objects,
    remembered,
)

from medallion.bi.sync.difference import Difference, difference
from medallion.bi.sync.merge import CLOSED, NO_LONGER
from medallion.bi.sync.report import lines_of
from medallion.warehouse.registry.bi import Remembered

OURS = (database(), dataset(), chart(), dashboard())
MINE = "00000000-0000-0000-0000-00000000beef"


def lines(found: Difference) -> list[str]:
    return [" ".join(line.split()) for line in lines_of(found)]


def decide(
    wanted: tuple[Mapping[str, Any], ...],
    found: tuple[Mapping[str, Any], ...],
    ledger: tuple[Mapping[str, Any], ...],
    **more: Any,
) -> Difference:
    return difference(objects(*wanted), objects(*found), in_step(*ledger), **more)


def test_a_first_import_creates_all_of_it_in_the_order_in_which_it_is_needed() -> None:
    assert lines(decide(OURS, (), ())) == [
        "create database Warehouse",
        "create dataset gold_cinema.brands",
        "create chart Films a brand",
        "create dashboard Brands",
    ]


def test_a_dataset_without_its_rules_is_not_made_nor_what_shows_it() -> None:
    unruled = {DATASET_UUID: "gold_cinema.brands: own"}
    found = decide(OURS, (), (), unruled=unruled)
    assert [line for line in lines(found) if not line.startswith("→")] == [
        "create database Warehouse",
        "refuse dataset gold_cinema.brands: the row rule 'gold_cinema.brands: own' is there, and "
        "Medallion did not make it: without its own, everybody would read all rows",
        "refuse chart Films a brand: it needs gold_cinema.brands",
        "refuse dashboard Brands: it needs Films a brand",
    ]
    assert len(decide(OURS, (), (), unruled=unruled, adopt=True).sent) == 4


def test_a_dataset_that_was_left_closed_is_opened() -> None:
    wanted = (database(), dataset(sql=None))
    left = objects(*wanted)[DATASET_UUID]
    ledger = {
        **in_step(database()),
        DATASET_UUID: Remembered(
            uuid=DATASET_UUID, kind="dataset", name=left.name, sending=left.document
        ),
    }
    found = difference(objects(*wanted), objects(database(), dataset(sql=CLOSED)), ledger)
    (sent,) = found.sent
    assert sent.merged.document["sql"] is None
    assert lines(found) == [
        "change dataset gold_cinema.brands: an import of it did not come to its end"
    ]


def test_a_dataset_that_people_made_a_query_is_the_table_again() -> None:
    wanted = (database(), dataset(sql=None), chart(), dashboard())
    now = (database(), dataset(sql="select 1"), chart(), dashboard())
    assert lines(decide(wanted, now, wanted)) == [
        "change dataset gold_cinema.brands: edited by hand, set back: sql"
    ]


def test_what_is_in_step_is_left_alone() -> None:
    found = decide(OURS, (*OURS, chart(uuid=MINE, slice_name="Mine")), OURS)
    assert (lines(found), found.sent, found.is_in_step) == ([], (), True)


def test_only_what_changed_is_sent_and_each_reason_is_named() -> None:
    wanted = (database(), dataset(), chart(viz_type="pie"), dashboard())
    now = (
        database(),
        dataset(metrics=[metric("films"), metric("mine")], description="Mine"),
        chart(params={"edited": 1}),
        dashboard(dashboard_title="Mine", position={}),
    )
    found = decide(wanted, now, OURS)
    assert lines(found) == [
        "keep dataset gold_cinema.brands: by hand, kept: description, metric mine",
        "change chart Films a brand: kind; edited by hand, set back: settings",
        "change dashboard Brands: edited by hand, set back: layout; by hand, kept: title",
    ]
    assert [one.wanted.kind for one in found.sent] == ["chart", "dashboard"]


def test_what_somebody_deleted_in_superset_comes_back() -> None:
    assert lines(decide(OURS, OURS[:3], OURS)) == [
        "create dashboard Brands (somebody deleted it in Superset)"
    ]


TAKEN = [
    (dashboard(uuid=MINE), ["dashboard"], "has its slug"),
    (dataset(uuid=MINE), ["dataset", "chart", "dashboard"], "is of its table"),
    (database(uuid=MINE), ["database", "dataset", "chart", "dashboard"], "has its name"),
]


@pytest.mark.parametrize(("theirs", "refused", "why"), TAKEN)
def test_what_is_not_ours_is_not_taken_over(
    theirs: Mapping[str, Any], refused: list[str], why: str
) -> None:
    """Nor is anything imported that needs what is in its place."""
    found = decide(OURS, (theirs,), ())
    assert [one.wanted.kind for one in found.refused] == refused
    assert why in found.refused[0].problem
    assert MINE in found.refused[0].problem
    assert "--adopt" in found.refused[0].remedy
    assert len(found.sent) + len(found.refused) == len(OURS)
    assert not found.is_in_step
    adopted = decide(OURS, (theirs,), (), adopt=True)
    assert adopted.refused == ()
    assert [one.action for one in adopted.sent].count("adopt") == 1


def test_a_chart_of_the_same_title_is_in_nobodys_way() -> None:
    assert decide(OURS, (chart(uuid=MINE),), ()).refused == ()


def test_a_dataset_of_the_same_table_in_another_database_is_in_nobodys_way() -> None:
    theirs = dataset(uuid=MINE, database_uuid="another")
    assert decide(OURS, (theirs,), ()).refused == ()


def test_what_the_specs_dropped_goes_dashboards_first() -> None:
    assert lines(decide((database(),), OURS, OURS)) == [
        "remove dashboard Brands: no spec has it any more",
        "remove chart Films a brand: no spec has it any more",
        "remove dataset gold_cinema.brands: no spec has it any more",
    ]


USED = [
    (chart(uuid=MINE, slice_name="Mine"), {"dataset": "chart 'Mine'"}),
    (dashboard(uuid=MINE, dashboard_title="Mine", slug=None), {
        "chart": "dashboard 'Mine'", "dataset": "chart 'Films a brand'"}),
    (dashboard(uuid=MINE, dashboard_title="Mine", slug=None, charts=(), metadata={
        "native_filter_configuration": [{"targets": [{"datasetUuid": DATASET_UUID}]}]}),
     {"dataset": "dashboard 'Mine'"}),
]  # fmt: skip


@pytest.mark.parametrize(("theirs", "released"), USED)
def test_what_people_still_use_is_theirs_from_then_on(
    theirs: Mapping[str, Any], released: dict[str, str]
) -> None:
    found = decide((database(),), (*OURS, theirs), OURS)
    kept = {one.remembered.kind: one.used_by for one in found.removals if one.is_released}
    assert kept == {kind: (user,) for kind, user in released.items()}
    marked = [line for line in lines(found) if line.startswith("release")]
    assert all(NO_LONGER in line for line in marked)
    assert len(marked) == len(released)


def test_a_database_stays_when_nothing_is_declared_any_more() -> None:
    found = decide((), OURS, OURS)
    assert [one.remembered.kind for one in found.removals] == [
        "dashboard", "chart", "dataset", "database"
    ]  # fmt: skip
    assert [one.is_released for one in found.removals] == [False, False, False, True]


def test_what_is_gone_already_is_only_forgotten() -> None:
    found = decide((database(),), (database(),), OURS)
    assert (lines(found), len(found.removals), found.is_in_step) == ([], 3, True)


def test_what_is_not_published_yet_waits_and_nothing_of_it_is_removed() -> None:
    found = decide(OURS, OURS, OURS, missing={DATASET_UUID: "gold_cinema.brands"})
    assert lines(found) == [
        "wait chart Films a brand: it needs gold_cinema.brands",
        "wait dashboard Brands: it needs Films a brand",
    ]
    assert found.removals == ()


def test_an_import_that_stopped_half_way_is_sent_again() -> None:
    ledger = {**in_step(*OURS), CHART_UUID: remembered(chart(), chart(), sending=chart())}
    found = difference(objects(*OURS), objects(*OURS), ledger)
    assert lines(found) == ["change chart Films a brand: an import of it did not come to its end"]


def test_what_is_ours_and_the_ledger_has_lost_is_imported_once() -> None:
    found = decide(OURS, OURS, ())
    assert len(found.sent) == len(OURS)
    assert decide(OURS, OURS, OURS).sent == ()
    assert DATABASE_UUID in found.found
