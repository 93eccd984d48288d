from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench.builds import Comparison, Sides

from bench import builds, report

LANDING = Comparison(
    what="land a CSV of orders",
    target=0.2,
    unit="s",
    size="3 rounds, 3,000,000 rows",
    other="f327a66a",
    measured_at="2026-11-30T01:00+00:00",
    load_before=0.5,
    by={
        "clock": Sides(theirs=[4.0, 5.0, 4.0], ours=[1.0, 1.0, 2.0]),
        "processors": Sides(theirs=[6.0, 6.0, 6.0], ours=[3.0, 3.0, 3.0]),
    },
)
PEAK = replace(
    LANDING, what="peak", target=1.05, unit="MiB", by={"peak": Sides(theirs=[400.0], ours=[410.0])}
)


def test_a_comparison_that_is_kept_is_read_again_and_leaves_the_others_alone(
    tmp_path: Path,
) -> None:
    builds.keep(tmp_path, "land", LANDING)
    builds.keep(tmp_path, "peak_rows", PEAK)
    builds.keep(tmp_path, "land", replace(LANDING, load_before=2.0))
    assert builds.read(tmp_path) == {
        "land": replace(LANDING, load_before=2.0),
        "peak_rows": PEAK,
    }


def test_the_page_shows_both_ways_of_counting_with_the_verdict(tmp_path: Path) -> None:
    builds.keep(tmp_path, "land", LANDING)
    builds.keep(tmp_path, "peak_rows", PEAK)
    page = report.write(tmp_path, (), {}).read_text()
    assert (
        "| land a CSV of orders | 0.25 × (0.20 – 0.50) | 0.50 × (0.50 – 0.50) |  | 0.2 × "
        "| **FAIL** | 4 → 1 s |" in page
    )
    assert "| peak |  |  | 1.02 × (1.02 – 1.02) | 1.05 × | pass | 400 → 410 MiB |" in page
    assert "- land a CSV of orders: 3 rounds, 3,000,000 rows, beside f327a66a, " in page


def test_a_page_without_an_older_build_says_nothing_of_one(tmp_path: Path) -> None:
    assert "older build" not in report.write(tmp_path, (), {}).read_text()
