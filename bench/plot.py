"""results.svg: how far each figure is from its target, on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.claims import Bound, Claim, Stamped, Verdict, verdict
from bench.report import target_text, value_text

FILE = "results.svg"
PASSED, FAILED = "#2f7d4f", "#b3261e"


def draw(folder: Path, claims: Sequence[Claim], results: Mapping[str, Stamped]) -> Path | None:
    """Draw every measured figure that has a target; None when there is none."""
    drawn = [
        c for c in claims if verdict(c, results.get(c.name)) in (Verdict.PASSED, Verdict.FAILED)
    ]
    if not drawn:
        return None
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "medallion"  # the same results give the same file
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 0.42 * len(drawn) + 1.2), layout="constrained")
    for place, claim in enumerate(reversed(drawn)):
        stamped = results[claim.name]
        reach = _reach(claim, stamped)
        axes.barh(place, reach, color=PASSED if reach >= 1 else FAILED, height=0.62)
        said = f" {value_text(claim, stamped)}  ({target_text(claim)})"
        axes.text(reach, place, said, va="center", fontsize=8)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_yticks(range(len(drawn)), [claim.what for claim in reversed(drawn)], fontsize=8)
    axes.set_xscale("log", base=2)
    axes.set_xlim(left=0.25, right=max(4.0, 6 * max(_reach(c, results[c.name]) for c in drawn)))
    axes.set_xticks([0.25, 0.5, 1, 2, 4], ["¼", "½", "target", "2×", "4× better"], fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    path = folder / FILE
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return path


def _reach(claim: Claim, stamped: Stamped) -> float:
    """How many times better than the target: 1 is on it, above 1 is past it."""
    value, target = max(claim.judged(stamped.result), 1e-9), claim.target or 1.0
    return target / value if claim.bound is Bound.AT_MOST else value / target
