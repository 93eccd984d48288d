"""The peak of memory while a CSV is cleaned and staged, at two sizes."""

from __future__ import annotations

from bench.child import run_side
from bench.claims import Bound, Claim, Result
from bench.rounds import Say, alternate
from bench.stage import KINDS, files
from bench.warehouse import warehouse
from bench.workspace import Workspace

_HOW = (
    "The peak of the resident memory (VmHWM) of the process that runs the clean step, from its "
    "start to its end, libraries included; PostgreSQL apart."
)

CLAIMS = (
    Claim(
        name="memory.growth",
        what="Peak memory of cleaning: 10 M rows ÷ 1 M rows",
        how=_HOW,
        bound=Bound.AT_MOST,
        target=1.2,
    ),
    Claim(
        name="memory.peak",
        what="Peak memory of cleaning 10 M rows",
        how=_HOW,
        bound=Bound.AT_MOST,
        target=1024.0,
        unit="MiB",
    ),
)

FEW, MANY = "few", "many"


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Clean a small and a large file in turn."""
    sizes = dict(zip((FEW, MANY), workspace.memory_rows, strict=True))
    with warehouse(workspace) as server:
        given = {name: files(workspace, rows) for name, rows in sizes.items()}
        for one in given.values():
            run_side("land_orders", one, server.environment)

        def peak(name: str) -> float:
            step = {**given[name], **KINDS["stage.copy"]}
            return float(run_side("clean_orders", step, server.environment)["peak_mib"])

        sides = {name: (lambda name=name: peak(name)) for name in sizes}
        rounds = alternate(sides, workspace.rounds(3), say, "MiB")
    size = " and ".join(f"{rows:,}" for rows in sizes.values()) + " rows of 9 columns"
    return [
        Result(
            claim="memory.growth",
            values=rounds.ratios(MANY, FEW),
            ours=f"{rounds.median(MANY):.0f} MiB",
            theirs=f"{rounds.median(FEW):.0f} MiB",
            size=size,
        ),
        Result(claim="memory.peak", values=rounds.of(MANY), size=size),
    ]
