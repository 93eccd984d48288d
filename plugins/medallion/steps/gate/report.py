"""The message of a gate that fails: one screen, read at 3 a.m."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from medallion.checks.aliases import AGE, FOREIGN_KEY
from medallion.checks.outcome import CheckOutcome, CheckStatus
from medallion.names import Layer, PublishedTable

LONGEST_VALUE = 80
MOST_CHECKS = 8


def failure(
    layer: Layer, table: PublishedTable, where: str, outcomes: Sequence[CheckOutcome]
) -> str:
    """The failed checks with their figures and examples, at most 8 of them."""
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
    """What the reader can do, by layer: which task makes the data, and which judges it."""
    name = table.name
    data, gate, instead = {
        Layer.BRONZE: (f"fix the source and clear {name}.land", "gate_bronze", "warn"),
        Layer.SILVER: (
            f"fix the source and clear {name}.land, or its columns in the spec and clear "
            f"{name}.clean",
            "gate_silver",
            "warn or quarantine",
        ),
        Layer.GOLD: (
            f"fix the SQL or the data that it reads and clear {name}.build",
            "gate",
            "warn or quarantine",
        ),
    }[layer]
    return (
        f"{data}; if the check is too strict, fix it in the spec (mostly, on_failure: {instead}) "
        f"and clear {name}.{gate}. Clear what follows too. It is not retried: the data would be "
        "the same."
    )


def describe(outcome: CheckOutcome) -> str:
    """One line for the log, for a check that failed without stopping the gate."""
    return _line(outcome).strip()


def _line(outcome: CheckOutcome) -> str:
    check = outcome.check
    because = f" ({check.description})" if check.description else ""
    if outcome.rows_failed is not None and outcome.rows_checked is not None:
        figures = f"{outcome.rows_failed:,} of {outcome.rows_checked:,} rows"
    else:
        figures = f"observed {_short(outcome.observed)}"
    examples = ", ".join(_short(value) for value in outcome.examples if value is not None)
    shown = f", for example {examples}" if examples else ""
    arguments = ", ".join(f"{key}: {_short(value)}" for key, value in _arguments(check.kwargs))
    return f"  ✗ {check.name} {{{arguments}}}{because}: {figures}{shown}"


def _arguments(kwargs: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Those of a foreign key and of an age in the author's words, not in the gate's own."""
    for key, value in kwargs.items():
        if key == FOREIGN_KEY:
            yield from value.items()
        elif isinstance(value, Mapping) and AGE in value:
            yield "max_age", value[AGE]
        else:
            yield key, value


def _short(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
