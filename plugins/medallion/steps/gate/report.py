"""The message of a gate that fails: one screen, read at 3 a.m."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from medallion.checks.outcome import CheckOutcome, CheckStatus, PlannedCheck
from medallion.names import Layer, PublishedTable
from medallion.prose import tally

LONGEST_VALUE = 80
MOST_CHECKS = 8
_BARE = re.compile(r"[\w.$^][\w .$^/%+-]*")
"""A text that YAML takes for one without quotes, or that nobody misreads for want of them."""


def failure(
    layer: Layer, table: PublishedTable, where: str, outcomes: Sequence[CheckOutcome]
) -> str:
    """The failed checks with their figures and examples, at most 8 of them."""
    failed = [outcome for outcome in outcomes if outcome.status is CheckStatus.FAILED]
    lines = [
        f"{len(failed)} of {tally(len(outcomes), 'check')} failed at the {layer} gate of "
        f"{table.domain}.{table.name}: nothing was published."
    ]
    lines += [_line(outcome) for outcome in failed[:MOST_CHECKS]]
    if len(failed) > MOST_CHECKS:
        lines.append(f"  … and {len(failed) - MOST_CHECKS} more, in medallion.gate_results")
    lines.append(f"  Checked: {where}")
    return "\n".join(lines)


def success(layer: Layer, table: PublishedTable, outcomes: Sequence[CheckOutcome]) -> str:
    """What a gate says that lets the rows through."""
    gate = f"{layer} gate of {table.domain}.{table.name}"
    if not outcomes:
        return f"{gate}: the spec has no checks here, all rows pass"
    counts = Counter(outcome.status for outcome in outcomes)
    found = ", ".join(f"{counts[status]} {status}" for status in CheckStatus if counts[status])
    return f"{gate}: {len(outcomes)} check{'s' * (len(outcomes) > 1)}, {found}"


def attention(outcomes: Sequence[CheckOutcome]) -> dict[str, object]:
    """For the task's result: what failed and let the rest through, without examples."""
    lines = [
        f"{outcome.status}: {_verdict(outcome)}"
        for outcome in outcomes
        if outcome.status in (CheckStatus.WARNED, CheckStatus.QUARANTINED)
    ]
    return {"attention": lines} if lines else {}


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
    examples = ", ".join(_short(value) for value in outcome.examples if value is not None)
    shown = f", for example {examples}" if examples else ""
    return f"  ✗ {_verdict(outcome)}{shown}"


def _verdict(outcome: CheckOutcome) -> str:
    check = outcome.check
    because = f" ({check.description})" if check.description else ""
    if outcome.rows_failed is not None and outcome.rows_checked is not None:
        figures = f"{outcome.rows_failed:,} of {tally(outcome.rows_checked, 'row')}"
    else:
        figures = f"observed {_short(outcome.observed)}"
    return f"{name_check(check)}{because}: {figures}"


def name_check(check: PlannedCheck) -> str:
    """A check in the spec's own words: `between {column: price, min_value: 0}`."""
    arguments = ", ".join(
        f"{key}: {_shorten(_flow(value))}" for key, value in check.arguments.items()
    )
    return f"{check.name} {{{arguments}}}"


def _flow(value: object) -> str:
    """A value as the spec's YAML has it: `[a, b]`, `26h`, "a: b"."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_flow(one)}' for key, one in value.items())}}}"
    if isinstance(value, str) and not _BARE.fullmatch(value):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return str(value)


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _short(value: object) -> str:
    return _shorten(repr(value) if isinstance(value, str) else str(value))
