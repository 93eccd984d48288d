"""What becomes of each edit by hand, and of each change of a spec: one row per case."""

from __future__ import annotations

from typing import Any

import pytest
from tests.bi.sync.exported import chart, column, dataset, metric, remembered, the

from medallion.bi.sync.changes import Did
from medallion.bi.sync.merge import NO_LONGER, merge, merge_export

FIELDS = [
    # field, last time in the spec, shown after it, in the spec now, in Superset now, what, result
    ("slice_name", "A", "A", "A", "A", None, "A"),
    ("slice_name", "A", "A", "B", "A", Did.SET, "B"),
    ("slice_name", "A", "A", "A", "Mine", Did.KEEP, "Mine"),
    ("slice_name", "A", "A", "B", "Mine", Did.OVERRIDE, "B"),
    ("slice_name", "A", "A", "B", "B", None, "B"),
    ("description", "", None, "", "Mine", Did.KEEP, "Mine"),
    ("description", "x", "x", "", "Mine", Did.OVERRIDE, ""),
    ("description", "x", "x", "", "x", Did.SET, ""),
    ("viz_type", "pie", "pie", "pie", "table", Did.RESET, "pie"),
    ("viz_type", "pie", "pie", "bar", "table", Did.OVERRIDE, "bar"),
    ("certified_by", "", None, "", "me", Did.RESET, ""),
    # As Superset writes it is not an edit, and neither are nulls or the order of keys.
    ("params", {"a": 1}, {"a": 1, "datasource": "7__t"}, {"a": 1}, {"datasource": "7__t", "a": 1},
     None, {"a": 1}),
    ("params", {"a": 1}, {"a": 1}, {"a": 1}, {"a": 1, "b": None}, None, {"a": 1}),
    ("params", {"a": 1}, {"a": 1}, {"a": 1}, {"a": 2}, Did.RESET, {"a": 1}),
    ("query_context", '{"a": 1, "b": 2}', '{"b": 2, "a": 1}', '{"b": 2, "a": 1}',
     '{"a":1,"b":2}', None, '{"b": 2, "a": 1}'),
    # What nobody declares is people's.
    ("cache_timeout", None, None, None, 60, Did.KEEP, 60),
    # A page that somebody only looks at writes colours.
    ("metadata", {"a": 1}, {"a": 1}, {"a": 1}, {"a": 1, "map_label_colors": {"x": "#fff"}},
     None, {"a": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "was", "shown", "wanted", "now", "did", "result"), FIELDS)
def test_a_field(
    field: str, was: Any, shown: Any, wanted: Any, now: Any, did: Did | None, result: Any
) -> None:
    last = remembered(chart(**{field: was}), chart(**{field: shown}))
    merged = merge(the(chart(**{field: wanted})), chart(**{field: now}), last)
    assert [(one.at, one.did) for one in merged.changes] == ([((field,), did)] if did else [])
    assert merged.document[field] == result
    assert merged.is_sent == (did not in (None, Did.KEEP))


def of_dataset(
    was: dict[str, Any], wanted: dict[str, Any], now: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Did]]:
    """Merged, and what was done by its words."""
    merged = merge(
        the(dataset(**wanted)), dataset(**now), remembered(dataset(**was), dataset(**was))
    )
    done = {change.describe(): change.did for change in merged.changes}
    return dict(merged.document), done


def named(document: dict[str, Any], what: str) -> list[str]:
    key = {"columns": "column_name", "metrics": "metric_name"}[what]
    return [one[key] for one in document[what]]


LISTS = [
    # last time in the spec, in the spec now, in Superset now, what is done, what is left
    ("metrics", [metric("a")], [metric("a")], [metric("a"), metric("mine")],
     {"metric mine": Did.KEEP}, ["a", "mine"]),
    ("metrics", [metric("a"), metric("b")], [metric("a")], [metric("a"), metric("b")],
     {"metric b": Did.DROP}, ["a"]),
    ("metrics", [metric("a")], [metric("a"), metric("b")], [metric("a")],
     {"metric b": Did.SET}, ["a", "b"]),
    ("metrics", [metric("a")], [metric("a")], [], {"metric a": Did.RESET}, ["a"]),
    ("metrics", [metric("a")], [metric("a")], [metric("a", "sum(x)")],
     {"expression of metric a": Did.RESET}, ["a"]),
    ("metrics", [metric("a")], [metric("a")], [metric("a", d3format=",.1f")],
     {}, ["a"]),
    ("metrics", [metric("a")], [metric("a"), metric("mine")],
     [metric("a"), metric("mine", "max(x)")],
     {"metric mine": Did.OVERRIDE, "expression of metric mine": Did.OVERRIDE}, ["a", "mine"]),
    ("columns", [column("a")], [column("a")], [column("a", verbose_name="Mine")], {}, ["a"]),
    ("columns", [column("a", verbose_name="A")], [column("a", verbose_name="A")],
     [column("a", verbose_name="Mine")], {"label of column a": Did.KEEP}, ["a"]),
    # A calculated column is people's. A plain one that the table lost, or that is protected and
    # came by somebody's refresh, is not offered.
    ("columns", [column("a")], [column("a")], [column("a"), column("mine", expression="a || 1")],
     {"column mine": Did.KEEP}, ["a", "mine"]),
    ("columns", [column("a")], [column("a")], [column("a"), column("email")],
     {"column email": Did.DROP}, ["a"]),
    ("columns", [column("a"), column("b")], [column("a", type="int")], [column("a"), column("b")],
     {"type of column a": Did.SET, "column b": Did.DROP}, ["a"]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "was", "wanted", "now", "did", "left"), LISTS)
def test_a_list(
    what: str, was: Any, wanted: Any, now: Any, did: dict[str, Did], left: list[str]
) -> None:
    document, done = of_dataset({what: was}, {what: wanted}, {what: now})
    assert (done, named(document, what)) == (did, left)


def test_what_people_added_to_a_column_goes_along() -> None:
    """An import replaces a column whole."""
    now = {"columns": [column("brand", python_date_format="%Y"), column("country")]}
    document, _ = of_dataset({}, {"metrics": [metric("films", "sum(1)")]}, now)
    assert document["columns"][0]["python_date_format"] == "%Y"


def test_a_label_of_people_stays_theirs_import_after_import() -> None:
    spec = dataset(columns=[column("brand", verbose_name="Brand")])
    mine = dataset(columns=[column("brand", verbose_name="Marque")])
    last = remembered(spec, spec)
    for run in range(3):
        wanted = {**spec, "description": f"changed {run}"}
        merged = merge(the(wanted), mine, last)
        assert merged.document["columns"][0]["verbose_name"] == "Marque"
        assert merged.is_sent
        mine = dict(merged.document)  # as Superset exports it after the import
        last = remembered(wanted, merge_export(the(wanted), mine, merged, last))
    quiet = merge(the(wanted), mine, last)
    assert ([change.did for change in quiet.changes], quiet.is_sent) == ([Did.KEEP], False)
    changed = {**wanted, "columns": [column("brand", verbose_name="Name of the brand")]}
    over = merge(the(changed), mine, last)
    assert over.document["columns"][0]["verbose_name"] == "Name of the brand"
    assert [(one.did, one.by_hand) for one in over.changes] == [(Did.OVERRIDE, "Marque")]


def test_an_import_that_stopped_half_way_is_made_again_and_takes_nothing_from_people() -> None:
    old, new = chart(slice_name="Old"), chart(slice_name="New", viz_type="pie")
    last = remembered(old, old, sending=new)
    for now, left in ((old, "New"), (new, "New"), (chart(slice_name="Mine"), "Mine")):
        merged = merge(the(new), now, last)
        assert (merged.document["slice_name"], merged.is_sent) == (left, True)
    first = remembered(None, None, sending=new)
    assert merge(the(new), new, first).is_sent
    later = merge(the(chart(slice_name="Newer")), new, first)
    assert [(one.at, one.did) for one in later.changes][:1] == [(("slice_name",), Did.SET)]


def test_what_the_ledger_does_not_know_keeps_its_texts_and_gets_the_rest() -> None:
    now = chart(slice_name="Mine", viz_type="pie")
    merged = merge(the(chart()), now, None)
    assert (merged.document["slice_name"], merged.document["viz_type"]) == ("Mine", "table")


def test_what_is_adopted_gets_the_texts_that_a_spec_has_and_keeps_the_others() -> None:
    theirs = dataset(uuid="other", description="Mine", columns=[column("brand", verbose_name="B")],
                     metrics=[metric("mine")])  # fmt: skip
    merged = merge(the(dataset()), theirs, None, adopt=True)
    assert merged.document["description"] == "How brands did."
    assert merged.document["columns"][0]["verbose_name"] == "B"
    assert named(dict(merged.document), "metrics") == ["films", "mine"]


def test_a_title_that_a_sync_marked_is_not_an_edit() -> None:
    marked = chart(slice_name=f"Films a brand {NO_LONGER}")
    assert merge(the(chart()), marked, None).document["slice_name"] == "Films a brand"


def test_extra_of_a_dataset_is_not_imported() -> None:
    merged = merge(the(dataset(extra={"certification": {}})), None, None)
    assert "extra" not in merged.document
