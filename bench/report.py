"""The results as a table on the screen and as results.md: ratios first, then how and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import builds
from bench.claims import Claim, Stamped, Verdict, verdict
from bench.store import machine

FILE = "results.md"
BY_HAND = (
    "## Measured by hand",
    "",
    "Apart from `make bench`, by commands that [README.md](README.md) lists:",
    "",
    "- 10,000 specs in Airflow's DAG processor, 400 tables in a live Airflow, one dataset of "
    "10,000 files, and a simulated day of up to 30,000 specs: "
    "[docs/scale.md](../docs/scale.md#how-far-it-goes)",
    "- cleaning on DuckDB and on Spark: [docs/spark.md](../docs/spark.md)",
    "- a message's way from a topic to gold, and what the journal of reads costs: "
    "[README.md](README.md#what-holds-the-figures-where-they-are)",
    "",
)
"""Where the figures are that no claim of this page speaks of."""
COLOURS = {Verdict.PASSED: "green", Verdict.FAILED: "bold red", Verdict.SKIPPED: "yellow"}


def show(console: Console, claims: Sequence[Claim], results: Mapping[str, Stamped]) -> None:
    """Print the table."""
    table = Table("", "measured", "target", "", "ours", "theirs", box=None, pad_edge=False)
    for claim in claims:
        stamped = results.get(claim.name)
        word = verdict(claim, stamped)
        ours = stamped.result.ours if stamped else ""
        theirs = stamped.result.theirs if stamped else ""
        table.add_row(
            claim.what, value_text(claim, stamped), target_text(claim),
            f"[{COLOURS.get(word, 'dim')}]{word}[/]", ours, theirs,
        )  # fmt: skip
    console.print(table)


def write(folder: Path, claims: Sequence[Claim], results: Mapping[str, Stamped]) -> Path:
    """Write results.md beside results.json."""
    path = folder / FILE
    path.write_text(render(claims, results, builds.render(builds.read(folder))))
    return path


def render(
    claims: Sequence[Claim], results: Mapping[str, Stamped], beside: Sequence[str] = ()
) -> str:
    """results.md, whole; `beside` are the lines on an older build."""
    lines = [
        "# What Medallion costs, beside the alternatives",
        "",
        "Written by `make bench`. Each figure is the median of rounds in which both sides ran in "
        "turn, on one machine and in one go; a range is the lowest and the highest round.",
        "",
        "![Each figure against its target](results.svg)",
        "",
        "![The time of a load over its size](sizes.svg)",
        "",
        "| | measured | range | target | | ours | theirs |",
        "|---|---|---|---|---|---|---|",
        *(_row(claim, results.get(claim.name)) for claim in claims),
        "",
        *beside,
        "## How each is measured",
        "",
        *(_how(claim, results.get(claim.name)) for claim in claims),
        "",
        *BY_HAND,
        "## Where",
        "",
        f"- {machine()}",
        *_circumstances(results),
        "",
    ]
    return "\n".join(lines)


def value_text(claim: Claim, stamped: Stamped | None) -> str:
    """`1.28 ×`."""
    if stamped is None or stamped.result.skipped:
        return "–"
    return _number(stamped.result.value, claim.unit)


def target_text(claim: Claim) -> str:
    """`at most 1.5 ×`."""
    if claim.target is None:
        return ""
    rounds = " in every round" if claim.in_every_round else ""
    return f"{claim.bound} {claim.target:g} {claim.unit}".strip() + rounds


def _row(claim: Claim, stamped: Stamped | None) -> str:
    word = verdict(claim, stamped)
    shown = f"**{word}**" if word is Verdict.FAILED else str(word)
    result = stamped.result if stamped else None
    cells = (
        claim.what,
        f"**{value_text(claim, stamped)}**",
        _range(claim, stamped),
        target_text(claim),
        shown,
        result.ours if result else "",
        result.theirs if result else "",
    )
    return f"| {' | '.join(cells)} |"


def _range(claim: Claim, stamped: Stamped | None) -> str:
    if stamped is None or len(stamped.result.values) < 2:
        return ""
    values = stamped.result.values
    return f"{_number(min(values), '')} – {_number(max(values), '')}"


def _how(claim: Claim, stamped: Stamped | None) -> str:
    text = f"- **{claim.what}** (`{claim.name}`). {claim.how}"
    if stamped is None:
        return text
    result = stamped.result
    said = [result.size, result.note, f"skipped: {result.skipped}" if result.skipped else ""]
    found = "; ".join(part for part in said if part)
    rounds = f"{len(result.values)} rounds, " if result.values else ""
    return f"{text} *{found}; {rounds}{stamped.measured_at}, load {stamped.load_before:g}.*"


def _circumstances(results: Mapping[str, Stamped]) -> list[str]:
    if not results:
        return []
    moments = sorted(stamped.measured_at for stamped in results.values())
    packages: dict[str, set[str]] = {}
    for stamped in results.values():
        for name, number in stamped.versions.items():
            packages.setdefault(name, set()).add(number)
    named = ", ".join(f"{name} {' and '.join(sorted(n))}" for name, n in packages.items())
    return [
        f"- measured from {moments[0]} to {moments[-1]}",
        f"- {named}",
        "- load: the machine's one-minute load average before the measurement; much above 0, "
        "something else was running, and the figures are worth less",
    ]


def _number(value: float, unit: str) -> str:
    digits = f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return f"{digits} {unit}".strip()
