"""builds.json: this build beside an older one, comparison by comparison, as results.md shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

FILE = "builds.json"
FALLEN = 1.05
"""From here on a figure that held before has fallen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Figures of both builds by one way of counting, one a round."""

    theirs: Sequence[float]
    ours: Sequence[float]

    def ratios(self) -> list[float]:
        """Ours ÷ theirs within each round, the lowest first."""
        return sorted(new / old for old, new in zip(self.theirs, self.ours, strict=True))

    def __str__(self) -> str:
        ratios = self.ratios()
        return f"{median(ratios):.2f} × ({ratios[0]:.2f} – {ratios[-1]:.2f})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What was found of one thing that both builds do.

    `by` is keyed by the way of counting (`clock`, `processors`, `peak`), in `unit`; `target` is the
    most that ours ÷ theirs may be.
    """

    what: str
    target: float
    unit: str
    size: str
    other: str
    measured_at: str
    load_before: float
    by: Mapping[str, Sides]


def keep(folder: Path, name: str, found: Comparison) -> None:
    """Put one comparison in the place of its former one; the others stay."""
    kept = {key: asdict(one) for key, one in (read(folder) | {name: found}).items()}
    (folder / FILE).write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


def read(folder: Path) -> dict[str, Comparison]:
    """What is kept, by name."""
    try:
        entries = json.loads((folder / FILE).read_text())
    except FileNotFoundError:
        return {}
    return {
        name: Comparison(**{**one, "by": {way: Sides(**s) for way, s in one["by"].items()}})
        for name, one in entries.items()
    }


def render(found: Mapping[str, Comparison]) -> list[str]:
    """The lines of results.md; none where nothing is kept."""
    if not found:
        return []
    return [
        "## Beside an older build",
        "",
        "Written by `python -m bench.against CHECKOUT --keep`: both builds in turn, in one run. A "
        "ratio is this build's figure ÷ the older one's, so that less is better. *Processors* is "
        "the time of processors of the side's process, its children and the server, imports "
        "included. A figure that held before may rise by 5 %; where a lower target is asked, that "
        "one counts.",
        "",
        "| | by the clock | of processors | peak of memory | at most | | older → this |",
        "|---|---|---|---|---|---|---|",
        *map(_row, found.values()),
        "",
        *(
            f"- {one.what}: {one.size}, beside {one.other}, {one.measured_at}, "
            f"load {one.load_before:g}"
            for one in found.values()
        ),
        "",
    ]


def _row(one: Comparison) -> str:
    main = one.by.get("clock") or next(iter(one.by.values()))
    holds = median(main.ratios()) <= one.target
    figures = (f"{median(main.theirs):.3g}", f"{median(main.ours):.3g} {one.unit}")
    cells = (
        one.what,
        *(str(one.by.get(way, "")) for way in ("clock", "processors", "peak")),
        f"{one.target:g} ×",
        "pass" if holds else "**FAIL**",
        " → ".join(figures),
    )
    return f"| {' | '.join(cells)} |"
