"""The quality of a table over time: a grid of checks and runs, each cell a result in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from medallion.checks.aliases import FOREIGN_KEY
from medallion.names import PublishedTable
from medallion.prose import tally
from medallion.warehouse.catalogue.quality import (
    CheckResult,
    GateRun,
    check_results,
    gate_runs,
)
from medallion.warehouse.session.transaction import Session

_OWN = ("column", "columns", "column_list", "column_set", "column_A", "column_B")
"""Arguments that name columns: they come first in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One cell: what a check found in a run. `examples` is empty where values are personal."""

    run_id: str
    dag_id: str
    task_id: str
    status: str
    sentence: str
    examples: tuple[str, ...]
    are_hidden: bool
    """There are examples, and personal data may be in them: they are not shown."""
    rows_checked: int | None
    rows_failed: int | None
    evaluated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One check: its cells in the order of the runs; None where a run has not evaluated it."""

    layer: str
    check_id: str
    title: str
    on_failure: str
    description: str
    cells: tuple[Verdict | None, ...]

    @property
    def latest(self) -> Verdict | None:
        """What it found last: a run that is still running may not have come to it yet."""
        return next((cell for cell in reversed(self.cells) if cell), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The grid. The latest run comes last, as in a plot."""

    runs: Sequence[GateRun]
    lines: Sequence[CheckLine]

    def cell(self, run_id: str, layer: str, check_id: str) -> Verdict | None:
        """One result; None: there is none."""
        for line in self.lines:
            if (line.layer, line.check_id) == (layer, check_id):
                return next((c for c in line.cells if c and c.run_id == run_id), None)
        return None


def read_quality(
    session: Session,
    table: PublishedTable,
    hidden_of: Callable[[Collection[str]], frozenset[str] | None],
) -> Quality:
    """The checks of the last runs. Two queries.

    Args:
        hidden_of: of the columns and fields that the checks name, and of all others, those whose
            values are not shown; None: of all of them.
    """
    runs = list(reversed(gate_runs(session, table)))
    found: dict[tuple[str, str], dict[tuple[str, str], CheckResult]] = {}
    for one in check_results(session, table, runs) if runs else ():
        key = (one.layer, one.check_id)
        found.setdefault(key, {})[(one.dag_id, one.run_id)] = one
    every = (one for results in found.values() for one in results.values())
    personal = hidden_of({name for one in every for name in columns_of(one)})
    return Quality(runs=runs, lines=[_line(runs, results, personal) for results in found.values()])


def _line(
    runs: Sequence[GateRun],
    results: Mapping[tuple[str, str], CheckResult],
    personal: frozenset[str] | None,
) -> CheckLine:
    latest = max(results.values(), key=lambda one: one.evaluated_at)
    cells = (results.get((run.dag_id, run.run_id)) for run in runs)
    return CheckLine(
        layer=latest.layer,
        check_id=latest.check_id,
        title=title_of(latest),
        on_failure=latest.on_failure,
        description=latest.description,
        cells=tuple(_verdict(one, personal) if one else None for one in cells),
    )


def _verdict(one: CheckResult, personal: frozenset[str] | None) -> Verdict:
    examples = tuple(_value(value) for value in one.examples or ())
    names = columns_of(one)
    is_personal = personal is None or not personal.isdisjoint(names)
    # Of a query of its own, the columns are the query's: where anything is personal, they may be.
    is_hidden = bool(examples) and (is_personal or bool(personal and not names))
    return Verdict(
        run_id=one.run_id,
        dag_id=one.dag_id,
        task_id=one.task_id,
        status=one.status,
        sentence=sentence_of(one, show_observed=not is_personal),
        examples=() if is_hidden else examples,
        are_hidden=is_hidden,
        rows_checked=one.rows_checked,
        rows_failed=one.rows_failed,
        evaluated_at=one.evaluated_at,
    )


def title_of(one: CheckResult) -> str:
    """A check as its spec says it: `between amount (min_value: 0)`."""
    names = ", ".join(columns_of(one))
    rest = {key: value for key, value in one.kwargs.items() if key not in _OWN}
    arguments = ", ".join(f"{key}: {_argument(value)}" for key, value in rest.items())
    name = one.check_name.removeprefix("expect_").replace("_", " ")
    name = name if one.check_name.startswith("expect_") else one.check_name
    return " ".join(filter(None, (name, names, f"({arguments})" if arguments else "")))


def sentence_of(one: CheckResult, *, show_observed: bool = True) -> str:
    """What a check found and what became of it, in a sentence."""
    if one.rows_checked is not None and one.rows_failed:
        share = 100 * one.rows_failed / one.rows_checked if one.rows_checked else 0
        found = f"{one.rows_failed:,} of {tally(one.rows_checked, 'row')} failed ({share:.1f} %)"
    elif one.rows_checked is not None:
        found = _PASSED.get(one.rows_checked, f"all {one.rows_checked:,} rows passed")
    elif one.observed is not None and show_observed:
        found = f"it saw {_value(one.observed)}"
    else:
        found = "it looked at the table as a whole"
    if one.status == "passed" and one.rows_checked and not one.rows_failed:
        return found
    return f"{found}; {_OUTCOMES.get(one.status, one.status)}"


_PASSED = {0: "there was no row to check", 1: "the only row passed"}
_OUTCOMES = {
    "passed": "it passed",
    "warned": "it failed and only warns: the rows were published",
    "quarantined": "the failing rows went to quarantine",
    "failed": "the gate stayed shut and nothing was published",
}


def columns_of(one: CheckResult) -> tuple[str, ...]:
    """The columns that a check names, in the order of its arguments."""
    found: list[str] = []
    referring = one.kwargs.get(FOREIGN_KEY)
    arguments = referring if isinstance(referring, Mapping) else one.kwargs
    for key in _OWN:
        value = arguments.get(key)
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, list):
            found += [name for name in value if isinstance(name, str)]
    return tuple(dict.fromkeys(found))


def _argument(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{str(k).lstrip('$').replace('_', ' ')} {v}" for k, v in value.items())
    return _value(value)


def _value(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
