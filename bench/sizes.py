"""The time of a load over its size: ours, COPY and dlt, from 1 to 30 million rows.

sizes.json keeps what was measured, size by size, and sizes.svg is made of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from shutil import disk_usage
from typing import Any

from bench import stage
from bench.child import run_side
from bench.claims import Bound, Claim, Result
from bench.rounds import Say, Side, alternate
from bench.warehouse import Warehouse, warehouse
from bench.workspace import Workspace

MILLION = 1_000_000
SIZES = (1, 3, 10, 30)
"""In millions of rows, of 126 bytes each."""
ROOM = 800
"""Bytes of disk for each row: two files, the landing, two tables and their log."""
OURS, COPY, TUNED, DLT = "land, clean, stage", "COPY alone", "dlt, tuned", "dlt"
MOST = {OURS: 30, COPY: 30, TUNED: 30, DLT: 10}
"""The largest size of each side: dlt's default takes 13 s for each million rows."""
SECONDS = (1, 3, 10, 30, 100)
"""What the plot's axis of time is marked at."""
DATA, PLOT = "sizes.json", "sizes.svg"

CLAIMS = (
    Claim(
        name="sizes.growth",
        what="Land, clean and stage: time a row at the largest size ÷ at 1 M rows",
        how="The sides of the loads above, at "
        f"{', '.join(map(str, SIZES))} million rows, each once, in turn at each size, into logged "
        "tables; ours is the land step and the clean step together. dlt is measured up to "
        f"{MOST[TUNED]} million rows tuned, up to {MOST[DLT]} million as it comes. "
        f"The largest size is the largest that the disk has room for. The plot ({PLOT}) has all.",
        bound=Bound.AT_MOST,
        target=1.2,
    ),
)

Seconds = Mapping[str, float]


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Load each size by each side that goes so far. What is measured is kept at once."""
    scale = workspace.rows / 3 / MILLION
    found: dict[int, Seconds] = {}
    with warehouse(workspace) as server:
        for size in SIZES:
            rows = round(size * scale * MILLION)
            if disk_usage(workspace.folder).free < rows * ROOM:
                say(f"{rows:,} rows: the disk has no room for {rows * ROOM / 1e9:.0f} GB")
                break
            load = os.getloadavg()[0]
            found[size] = _load(workspace, server, size, rows, say)
            keep(workspace.results, size, found[size], load)
    draw(workspace.results)
    if len(found) < 2:
        return [Result(claim="sizes.growth", skipped="the disk has no room")]
    small, large = min(found), max(found)
    return [
        Result(
            claim="sizes.growth",
            values=[found[large][OURS] / found[small][OURS] * small / large],
            ours=f"{found[large][OURS]:.1f} s",
            theirs=f"{found[small][OURS]:.1f} s",
            size=f"{large * scale:g} and {small * scale:g} M rows",
        )
    ]


def _load(
    workspace: Workspace, server: Warehouse, size: int, rows: int, say: Say
) -> Mapping[str, float]:
    say(f"writing {rows:,} orders")
    given = {**stage.files(workspace, rows), **stage.KINDS["stage.copy"]}

    def run(module: str, **more: Any) -> float:
        server.settle()
        return float(run_side(module, {**given, **more}, server.environment)["seconds"])

    sides: dict[str, Side] = {
        OURS: lambda: run("land_orders") + run("clean_orders"),
        COPY: lambda: run("copy_orders"),
        TUNED: lambda: run("dlt_orders", tuned=True),
        DLT: lambda: run("dlt_orders", tuned=False),
    }
    wanted = {
        name: side
        for name, side in sides.items()
        if size <= MOST[name] and (name in {OURS, COPY} or find_spec("dlt"))
    }
    return alternate(wanted, 1, say).rounds[0]


def keep(folder: Path, size: int, seconds: Seconds, load: float) -> None:
    """Put the figures of one size into sizes.json; those of other sizes stay."""
    kept = read(folder)
    kept[str(size)] = {"seconds": dict(seconds), "load": round(load, 1)}
    text = json.dumps({key: kept[key] for key in sorted(kept, key=int)}, indent=1)
    (folder / DATA).write_text(text + "\n")


def read(folder: Path) -> dict[str, Any]:
    """What is kept, by the size in millions of rows."""
    try:
        kept: dict[str, Any] = json.loads((folder / DATA).read_text())
    except FileNotFoundError:
        return {}
    return kept


def draw(folder: Path) -> Path:
    """Draw what is kept: both axes logarithmic, so that what grows with the rows is a line."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "medallion"  # the same figures give the same file
    from matplotlib import pyplot as plt

    kept = read(folder)
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for name, colour, side in (  # tuned dlt and ours may end side by side
        (DLT, "#8a6d3b", "center"),
        (TUNED, "#c98b2b", "bottom"),
        (OURS, "#2f7d4f", "top"),
        (COPY, "#4a5a6a", "center"),
    ):
        points = [
            (int(size), one["seconds"][name])
            for size, one in kept.items()
            if name in one["seconds"]
        ]
        if points:
            sizes, seconds = zip(*points, strict=True)
            axes.plot(sizes, seconds, marker="o", color=colour, label=name)
            axes.annotate(f"{seconds[-1]:.0f} s", points[-1], (6, 0), textcoords="offset points",
                          va=side, fontsize=8)  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(list(SIZES), [f"{size} M" for size in SIZES])
    axes.set_yticks(list(SECONDS), [f"{seconds} s" for seconds in SECONDS])
    axes.minorticks_off()
    axes.set_xlabel("rows of 9 columns")
    axes.set_ylabel("time of the load")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    path = folder / PLOT
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return path
