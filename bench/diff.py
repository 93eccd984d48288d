"""A data diff of 3 million rows, beside the run that has made them."""

from __future__ import annotations

from typing import Any

from bench import orders
from bench.child import run_side
from bench.claims import Bound, Claim, Result
from bench.rounds import Say
from bench.warehouse import warehouse
from bench.workspace import Workspace

_HOW = (
    "A project of one dataset (the CSV of 9 columns) and one gold table that selects 6 of them, "
    "both keyed, is run once by its tasks. Then its spec gets another expression, and its SQL "
    "another factor; `diff` is timed from reading the specs to the last example. "
)

CLAIMS = (
    Claim(
        name="diff.silver",
        what="Diff of 3 M rows of a dataset whose spec changed",
        how=f"{_HOW}Theirs is landing, gates, cleaning and publication of the dataset.",
        bound=Bound.AT_MOST,
        target=30.0,
        unit="s",
    ),
    Claim(
        name="diff.silver_ratio",
        what="Diff of 3 M rows of a dataset whose spec changed: its time ÷ the run's",
        how=f"{_HOW}Theirs is landing, gates, cleaning and publication of the dataset.",
        bound=Bound.REPORTED,
    ),
    Claim(
        name="diff.gold",
        what="Diff of 3 M rows of a gold table whose SQL changed in every row",
        how=f"{_HOW}Theirs is build, gate and publication of the gold table.",
        bound=Bound.AT_MOST,
        target=30.0,
        unit="s",
    ),
    Claim(
        name="diff.memory",
        what="Memory that both diffs of 3 M rows take from this process, beyond that of a run",
        how=f"{_HOW}The peak of the process after both, less that after the run.",
        bound=Bound.AT_MOST,
        target=100.0,
        unit="MiB",
    ),
)


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Build, change, compare, in a fresh database each time."""
    found = [_once(workspace, say) for _ in range(workspace.rounds(3))]
    last, size = found[-1], f"{workspace.rows:,} rows"
    silver = {
        "ours": f"{last['silver_diff']:.1f} s",
        "theirs": f"{last['silver_build']:.1f} s",
        "size": size,
    }
    return [
        Result(claim="diff.silver", values=[one["silver_diff"] for one in found], **silver),
        Result(
            claim="diff.silver_ratio",
            values=[one["silver_diff"] / one["silver_build"] for one in found],
            **silver,
        ),
        Result(
            claim="diff.gold",
            values=[one["gold_diff"] for one in found],
            ours=f"{last['gold_diff']:.1f} s",
            theirs=f"{last['gold_build']:.1f} s",
            size=size,
        ),
        Result(
            claim="diff.memory",
            values=[one["peak_mib"] - one["peak_mib_before"] for one in found],
            ours=f"{last['peak_mib']:.0f} MiB",
            theirs=f"{last['peak_mib_before']:.0f} MiB",
            size=size,
        ),
    ]


def _once(workspace: Workspace, say: Say) -> dict[str, Any]:
    file = orders.untidy_csv(workspace, workspace.rows)
    root = workspace.fresh("data")
    with warehouse(workspace) as server:
        server.settle()
        given = {
            "root": str(root),
            "file": str(file.relative_to(root)),
            "lake": str(workspace.fresh("lake_of_diff")),
            "postgres": str(workspace.folder / "postgres"),
        }
        found = run_side("diff_orders", given, server.environment)
    say(
        f"silver {found['silver_diff']:.1f} s, built in {found['silver_build']:.1f} s; "
        f"gold {found['gold_diff']:.1f} s, built in {found['gold_build']:.1f} s"
    )
    return found
