"""`python -m bench [names…] [--rows N] [--quick]`: measure, tell, and keep what was found."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from types import ModuleType

from rich.console import Console

from bench import (
    catalogue,
    database,
    diff,
    gate,
    lineage,
    live,
    memory,
    merge,
    parse,
    path,
    plot,
    read,
    readers,
    replace,
    report,
    rest,
    shapes,
    sizes,
    stage,
    store,
    task_start,
    tmdb,
)
from bench.claims import Claim, Verdict, verdict
from bench.workspace import Workspace

MEASUREMENTS: tuple[ModuleType, ...] = (
    parse, task_start, stage, sizes, path, shapes, memory, gate, merge, readers, replace, read,
    database, rest, tmdb, diff, catalogue, lineage, live,
)  # fmt: skip
"""In the order of the table. Each has CLAIMS and measure(workspace, say) -> list of results."""

WIDTH_IN_A_FILE = 170

CLAIMS: tuple[Claim, ...] = tuple(claim for module in MEASUREMENTS for claim in module.CLAIMS)


def name_of(module: ModuleType) -> str:
    """What the command line calls a measurement."""
    return module.__name__.rpartition(".")[2]


def main(argv: Sequence[str] | None = None) -> int:
    """Run what was asked for; 1 when a claim that was measured does not hold."""
    parser = _parser()
    options = parser.parse_args(argv)
    unknown = set(options.names) - {name_of(module) for module in MEASUREMENTS}
    if unknown:
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}")
    workspace = Workspace.of(quick=options.quick, rows=options.rows)
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH_IN_A_FILE)
    wanted = options.names or ([] if options.report else list(map(name_of, MEASUREMENTS)))
    chosen = [module for module in MEASUREMENTS if name_of(module) in wanted]
    for module in chosen:
        _measure(console, module, workspace)
    results = store.load(workspace.results)
    console.print()
    report.show(console, CLAIMS, results)
    written = report.write(workspace.results, CLAIMS, results)
    plot.draw(workspace.results, CLAIMS, results)
    console.print(f"\n{written}")
    measured = [claim for module in chosen for claim in module.CLAIMS]
    failed = [c for c in measured if verdict(c, results.get(c.name)) is Verdict.FAILED]
    return 1 if failed and not workspace.quick else 0


def _measure(console: Console, module: ModuleType, workspace: Workspace) -> None:
    """One measurement; its results are kept at once, so that a later failure loses none."""
    console.print(f"\n[bold]{name_of(module)}[/bold] {(module.__doc__ or '').splitlines()[0]}")
    began, load = time.monotonic(), os.getloadavg()[0]
    results = module.measure(workspace, lambda text: console.print(f"  {text}", style="dim"))
    store.merge(workspace.results, [store.stamp(result, load) for result in results])
    console.print(f"  {time.monotonic() - began:.0f} s")


def _parser() -> argparse.ArgumentParser:
    names = [name_of(module) for module in MEASUREMENTS]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(names)}")
    parser.add_argument("--rows", type=int, help="rows of the large table (3 million)")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="small sizes, one round: shows that all works, says little of speed; "
        "the results go to .medallion/bench/trial, as with --rows",
    )
    parser.add_argument(
        "--report", action="store_true", help="measure nothing more: write the page again"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
