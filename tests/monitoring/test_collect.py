from __future__ import annotations

from pathlib import Path

import pytest

from medallion.disk import Room
from medallion.monitoring import families as known
from medallion.monitoring.collect import AirflowMeasures, collect
from medallion.monitoring.exposition import Series
from medallion.warehouse.registry.measures import Figure, Measures, TableMeasures

MOVIES = TableMeasures(
    layer="silver", domain="cinema", name="movies", publications=3, rows_published=10,
    rows_quarantined=2, rows_deduplicated=1, rows_discarded=0, quarantine_open=2, lake_bytes=900,
    published_at=1_767_225_600.0, rows=7, state="fresh", is_late=False,
)  # fmt: skip
LANDED = MOVIES._replace(name="landed", published_at=None, rows=None)


def values(found: list[Series], family: known.Family) -> dict[tuple[str, ...], float]:
    (one,) = (series for series in found if series.family is family)
    return {(*sample.words, *filter(None, [sample.suffix, sample.le])): sample.value
            for sample in one.samples}  # fmt: skip


def test_rows_of_a_table_by_what_became_of_them() -> None:
    found = collect(Measures(tables=[MOVIES]))
    place = ("cinema", "silver", "movies")
    assert values(found, known.ROWS) == {
        (*place, "published"): 10,
        (*place, "quarantined"): 2,
        (*place, "deduplicated"): 1,
        (*place, "discarded"): 0,
    }
    assert values(found, known.TABLE_ROWS) == {place: 7}
    assert values(found, known.LAKE_BYTES) == {("cinema", "movies"): 900}
    assert values(found, known.WAREHOUSE_UP) == {(): 1}


def test_what_was_never_published_has_no_age_and_no_rows() -> None:
    found = collect(Measures(tables=[LANDED]))
    assert values(found, known.PUBLISHED_AT) == {}
    assert values(found, known.TABLE_ROWS) == {}
    assert values(found, known.PUBLICATIONS) == {("cinema", "silver", "landed"): 3}


@pytest.mark.parametrize(
    ("state", "is_late", "value"),
    [("fresh", False, 0), ("stale", True, 1), ("never_published", True, 1), ("error", True, 2)],
)
def test_how_fresh_a_table_is(state: str, is_late: bool, value: int) -> None:
    found = collect(Measures(tables=[MOVIES._replace(state=state, is_late=is_late)]))
    assert values(found, known.FRESHNESS) == {("cinema", "silver", "movies"): value}
    undeclared = collect(Measures(tables=[MOVIES._replace(state=None)]))
    assert values(undeclared, known.FRESHNESS) == {}


def test_a_bucket_holds_the_smaller_ones_too() -> None:
    long = Figure(
        kind="steps", domain="cinema", word="land", outcome="success", at_most=5.0, number=2,
        seconds=7.0,
    )  # fmt: skip
    short = long._replace(at_most=1.0, number=3, seconds=2.0)
    found = values(collect(Measures(tables=[MOVIES], figures=[short, long])), known.STEP_SECONDS)
    place = ("cinema", "land", "success")
    assert found[*place, "_bucket", "1.0"] == 3
    assert found[*place, "_bucket", "5.0"] == 5
    assert found[*place, "_bucket", "+Inf"] == found[*place, "_count"] == 5
    assert found[*place, "_sum"] == 9.0


def test_messages_that_wait_are_counted_by_connection() -> None:
    figures = [
        Figure(kind="used", name="tmdb", number=3),
        Figure(kind="waiting", name="slack", number=2),
    ]
    found = collect(Measures(tables=[MOVIES], figures=figures))
    assert values(found, known.MESSAGES_WAITING) == {("slack",): 2}
    assert values(found, known.REQUESTS_USED) == {("tmdb",): 3}
    assert values(found, known.LEFT_OUT)["connection",] == 0


def test_what_is_beyond_the_limits_is_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ones stay, whatever comes: so no counter falls."""
    monkeypatch.setattr(known, "MOST_TABLES", 1)
    monkeypatch.setattr(known, "MOST_DOMAINS", 1)
    monkeypatch.setattr(known, "MOST_CONNECTIONS", 1)
    others = MOVIES._replace(domain="bank", name="rates")
    figures = [
        Figure(kind="not_passed", layer="silver", domain=t.domain, name=t.name, word="fail")
        for t in (others, MOVIES)
    ]
    figures += [Figure(kind="used", name=name, number=4) for name in ("a", "b")]
    found = collect(Measures(tables=[MOVIES, others], figures=figures))
    assert values(found, known.PUBLICATIONS) == {("cinema", "silver", "movies"): 3}
    assert values(found, known.NOT_PASSED) == {("cinema", "silver", "movies", "fail"): 0}
    assert values(found, known.REQUESTS_USED) == {("a",): 4}
    assert values(found, known.LEFT_OUT) == {("table",): 1, ("domain",): 1, ("connection",): 1}


def test_without_the_registry_the_rest_is_said() -> None:
    airflow = AirflowMeasures(
        import_errors=2,
        refused_specs={"cinema": 3},
        heartbeats={"scheduler": 5.0},
        pipelines={("cinema", "failed"): 1},
    )
    found = collect(None, airflow, Room(path=Path("/lake"), free=1, total=2))
    assert values(found, known.WAREHOUSE_UP) == {(): 0}
    assert values(found, known.REFUSED_SPECS) == {("cinema",): 3}
    assert values(found, known.HEARTBEAT) == {("scheduler",): 5}
    assert values(found, known.PIPELINES) == {("cinema", "failed"): 1}
    assert values(found, known.DISK_FREE) == {(): 1}
    assert known.ROWS not in {series.family for series in found}


def test_every_metric_has_a_value_somewhere() -> None:
    """And what has one is among FAMILIES, which the page lists."""
    figures = [
        Figure(kind="steps", domain="cinema", word="land", outcome="success", at_most=5.0),
    ]
    found = collect(
        Measures(tables=[MOVIES], figures=figures), AirflowMeasures(),
        Room(path=Path("/"), free=1, total=1),
    )  # fmt: skip
    assert {series.family for series in found} == set(known.FAMILIES)
