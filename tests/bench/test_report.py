from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bench.__main__ import CLAIMS, MEASUREMENTS, main, name_of
from bench.child import ROOT
from bench.claims import Bound, Claim, Result, Stamped, Verdict, verdict
from bench.workspace import BENCH, Workspace

from bench import builds, plot, report, store

RATIO = Claim(name="a.ratio", what="Ours ÷ theirs", how="In turn.", bound=Bound.AT_MOST, target=1.5)
REPORTED = Claim(
    name="a.figures", what="For the curious", how="By eye.", bound=Bound.REPORTED, unit="s"
)
SPEED = Claim(name="b.speed", what="Theirs ÷ ours", how="In turn.", bound=Bound.AT_LEAST, target=4)
EXAMPLE = (RATIO, REPORTED, SPEED)


def stamped(claim: Claim, *values: float, skipped: str = "") -> Stamped:
    return store.stamp(
        Result(claim=claim.name, values=values, ours="1 s", theirs="2 s", skipped=skipped), 0.25
    )


@pytest.mark.parametrize("module", MEASUREMENTS, ids=name_of)
def test_a_measurement_states_its_claims_before_it_measures(module: object) -> None:
    for claim in module.CLAIMS:  # type: ignore[attr-defined]
        assert claim.name.startswith(f"{name_of(module)}.")  # type: ignore[arg-type]
        assert claim.what
        assert len(claim.how) > 40
        assert (claim.target is None) is (claim.bound is Bound.REPORTED)
    assert any(claim.target for claim in module.CLAIMS)  # type: ignore[attr-defined]


def test_the_targets_are_those_that_were_set() -> None:
    targets = {c.name: (c.bound, c.target, c.unit) for c in CLAIMS if c.target is not None}
    assert targets == {
        "parse.loop": ("at most", 1.3, "×"),
        "parse.loop_cold": ("at most", 1.5, "×"),
        "parse.dag_factory": ("at least", 3.0, "×"),
        "task_start.many": ("at most", 5.0, "ms"),
        "task_start.few": ("at most", 5.0, "ms"),
        "task_start.flat": ("at most", 1.25, "×"),
        "task_start.fresh": ("at most", 90.0, "ms"),
        "stage.copy": ("at least", 0.8, "×"),
        "stage.copy_unlogged": ("at least", 1.2, "×"),
        "stage.dlt": ("at least", 4.0, "×"),
        "stage.dlt_landed": ("at least", 6.0, "×"),
        "stage.tuned_landed": ("at least", 2.0, "×"),
        "stage.copy_landed": ("at least", 0.9, "×"),
        "sizes.growth": ("at most", 1.2, "×"),
        "path.tuned": ("at least", 1.0, "×"),
        "path.preloaded": ("at least", 1.0, "×"),
        "path.rows": ("at most", 1024.0, "MiB"),
        "path.columns": ("at most", 1024.0, "MiB"),
        "path.cells": ("at most", 1024.0, "MiB"),
        "shapes.merge": ("at most", 1024.0, "MiB"),
        "shapes.append": ("at most", 1024.0, "MiB"),
        "shapes.scd2": ("at most", 1024.0, "MiB"),
        "shapes.jsonl": ("at most", 1024.0, "MiB"),
        "shapes.json": ("at most", 1024.0, "MiB"),
        "shapes.xml": ("at most", 1024.0, "MiB"),
        "shapes.parquet": ("at most", 1024.0, "MiB"),
        "shapes.rest": ("at most", 1024.0, "MiB"),
        "memory.growth": ("at most", 1.2, "×"),
        "memory.peak": ("at most", 1024.0, "MiB"),
        "gate.gx": ("at most", 1.0, "×"),
        "gate.sql": ("at most", 1.0, "×"),
        "gate.fixed": ("at most", 0.3, "s"),
        "merge.sql": ("at most", 1.3, "×"),
        "readers.p99": ("at most", 1.5, "×"),
        "readers.own": ("at most", 1.5, "×"),
        "readers.errors": ("at most", 0.0, ""),
        "replace.wait": ("at most", 50.0, "ms"),
        "read.arrow": ("at least", 0.9, "×"),
        "read.batches": ("at most", 256.0, "MiB"),
        "database.copy": ("at most", 1.0, "×"),
        "database.peak": ("at most", 1024.0, "MiB"),
        "rest.loop": ("at most", 1.5, "×"),
        "rest.loop_slow": ("at most", 1.1, "×"),
        "rest.rate": ("at least", 0.9, "×"),
        "tmdb.rate": ("at least", 0.9, "×"),
        "diff.silver": ("at most", 30.0, "s"),
        "diff.gold": ("at most", 30.0, "s"),
        "diff.memory": ("at most", 100.0, "MiB"),
        "catalogue.overview": ("at most", 300.0, "ms"),
        "catalogue.table": ("at most", 500.0, "ms"),
        "catalogue.metrics": ("at most", 500.0, "ms"),
        "lineage.draw": ("at most", 2.0, "s"),
        "live.empty": ("at most", 2.0, "×"),
    }


def test_a_target_of_every_round_is_held_to_by_the_worst_one() -> None:
    strict = replace(RATIO, in_every_round=True)
    assert report.target_text(strict) == "at most 1.5 × in every round"
    assert verdict(RATIO, stamped(RATIO, 1.0, 1.0, 1.6)) is Verdict.PASSED
    assert verdict(strict, stamped(strict, 1.0, 1.0, 1.6)) is Verdict.FAILED
    assert verdict(strict, stamped(strict, 1.0, 1.0, 1.5)) is Verdict.PASSED
    least = replace(SPEED, in_every_round=True)
    assert verdict(least, stamped(least, 3.9, 5.0, 5.0)) is Verdict.FAILED
    assert verdict(least, stamped(least, 4.0, 5.0, 5.0)) is Verdict.PASSED


def test_the_gate_is_to_be_as_fast_as_sql_in_every_round() -> None:
    assert [claim.name for claim in CLAIMS if claim.in_every_round] == ["gate.sql"]


def test_results_become_a_page_with_the_verdicts(tmp_path: Path) -> None:
    store.merge(
        tmp_path, [stamped(RATIO, 1.4, 1.6, 1.2), stamped(REPORTED, 0.5), stamped(SPEED, 3)]
    )
    page = report.write(tmp_path, EXAMPLE, store.load(tmp_path)).read_text()
    assert "| Ours ÷ theirs | **1.40 ×** | 1.20 – 1.60 | at most 1.5 × | pass | 1 s | 2 s |" in page
    assert "| For the curious | **0.50 s** |  |  | reported |" in page
    assert "| **3.00 ×** |  | at least 4 × | **FAIL** |" in page
    assert page.index("| Ours ÷ theirs |") < page.index("In turn.")


def test_a_single_measurement_takes_the_place_of_its_own_results_only(tmp_path: Path) -> None:
    store.merge(tmp_path, [stamped(RATIO, 1.0), stamped(SPEED, 5.0)])
    store.merge(tmp_path, [stamped(SPEED, 6.0)])
    kept = store.load(tmp_path)
    assert (kept["a.ratio"].result.value, kept["b.speed"].result.value) == (1.0, 6.0)


def test_what_was_not_measured_or_skipped_is_said(tmp_path: Path) -> None:
    results = store.merge(tmp_path, [stamped(SPEED, skipped="dlt is not installed")])
    assert verdict(RATIO, results.get("a.ratio")) is Verdict.DUE
    assert verdict(SPEED, results["b.speed"]) is Verdict.SKIPPED
    page = report.render(EXAMPLE, results)
    assert "not measured" in page
    assert "skipped: dlt is not installed" in page


def test_the_plot_shows_each_figure_that_has_a_target(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="it comes with `make bench`")
    results = store.merge(tmp_path, [stamped(RATIO, 1.4), stamped(REPORTED, 9.0)])
    drawn = plot.draw(tmp_path, EXAMPLE, results)
    if drawn is None:
        pytest.fail("nothing was drawn")
    text = drawn.read_text()
    assert "Ours ÷ theirs" in text
    assert "For the curious" not in text


def test_only_full_sizes_reach_the_results_that_are_kept() -> None:
    assert Workspace.of(quick=False, rows=None).results == BENCH
    assert Workspace.of(quick=True, rows=None).results.is_relative_to(ROOT / ".medallion")
    assert Workspace.of(quick=False, rows=1000).results.is_relative_to(ROOT / ".medallion")


def test_the_page_that_is_kept_is_the_one_of_the_results_that_are_kept() -> None:
    results = store.load(BENCH)
    kept = (BENCH / report.FILE).read_text()
    beside = builds.render(builds.read(BENCH))
    table = report.render(CLAIMS, results, beside).partition("## Where")[0]
    assert kept.partition("## Where")[0] == table


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["sped"])
    assert "there is no measurement sped" in capsys.readouterr().err
