"""What a gate says when it stays shut: one screen, read at 3 a.m."""

from __future__ import annotations

from collections.abc import Sequence

from medallion.checks.outcome import CheckOutcome, CheckStatus
from medallion.names import Layer, PublishedTable

LONGEST_VALUE = 80
MOST_CHECKS = 8


def failure(
    layer: Layer, table: PublishedTable, where: str, outcomes: Sequence[CheckOutcome]
) -> str:
    """The failed checks with their figures and examples."""
    failed = [outcome for outcome in outcomes if outcome.status is CheckStatus.FAILED]
    lines = [
        f"{len(failed)} of {len(outcomes)} checks failed at the {layer} gate of "
        f"{table.domain}.{table.name}: nothing was published."
    ]
    lines += [_line(outcome) for outcome in failed[:MOST_CHECKS]]
    if len(failed) > MOST_CHECKS:
        lines.append(f"  … and {len(failed) - MOST_CHECKS} more, in medallion.gate_results")
    lines.append(f"  Checked: {where}")
    return "\n".join(lines)


def remedy(layer: Layer, table: PublishedTable) -> str:
    """What the reader can do, by layer."""
    before = {Layer.BRONZE: "land", Layer.SILVER: "clean", Layer.GOLD: "build"}[layer]
    aside = "" if layer is Layer.BRONZE else " or let the rows step aside (on_failure: quarantine)"
    return (
        f"mend the source and clear {table.name}.{before} and what follows it; or, if the check is "
        f"too strict, mend it in the spec (mostly, on_failure: warn){aside}. It is not retried: "
        "the data would be the same."
    )


def told(outcome: CheckOutcome) -> str:
    """A check that failed without shutting the gate, for the log."""
    return _line(outcome).strip()


def _line(outcome: CheckOutcome) -> str:
    check = outcome.check
    because = f" ({check.description})" if check.description else ""
    if outcome.rows_failed is not None and outcome.rows_checked is not None:
        figures = f"{outcome.rows_failed:,} of {outcome.rows_checked:,} rows"
    else:
        figures = f"observed {_short(outcome.observed)}"
    examples = ", ".join(_short(value) for value in outcome.examples)
    shown = f", for example {examples}" if examples else ""
    arguments = ", ".join(f"{key}: {_short(value)}" for key, value in check.kwargs.items())
    return f"  ✗ {check.name} {{{arguments}}}{because}: {figures}{shown}"


def _short(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
