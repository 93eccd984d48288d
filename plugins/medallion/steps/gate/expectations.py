"""Calls Great Expectations directly: a context in memory, one suite, results matched by id.

GX is imported inside the functions. Corrected here: GX drops a check of a type it does not know,
reports a crashed check like a failed one, and returns results in another order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

from medallion.checks.aliases import FOREIGN_KEY
from medallion.checks.outcome import PlannedCheck
from medallion.errors import CheckCrashed, MedallionError, QueryCancelled, WarehouseUnavailable
from medallion.steps.domain.check_query import describe_met_error
from medallion.steps.gate.metrics import register
from medallion.steps.preload import GATE, preload

EXAMPLES = 3
LONGEST_VALUE = 200
MOST_ITEMS = 50

_numbers = count(1)

_LOST_CONNECTION = (
    "(psycopg2.operationalerror)",  # libpq's own; the server's errors have classes of their own
    "server closed the connection",
    "could not connect",
    "connection refused",
    "terminating connection",
    "connection already closed",
    "cursor already closed",
    "the database system is",
    "too many clients",
    "remaining connection slots",
)


_CANCELLED = "(psycopg2.errors.querycanceled)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """GX's result for one check. Counts are None for a check that is not on rows."""

    check: PlannedCheck
    success: bool
    elements: int | None
    missing: int | None
    unexpected: int | None
    observed: object
    examples: tuple[object, ...]


class RightsMissing(CheckCrashed):
    """A check reads something that the domain's role has no right to."""


def new_context() -> Any:
    """A GX project in memory: no files, no progress bar, with Medallion's metrics registered."""
    preload(GATE)
    register()
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    return gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars=ProgressBarsConfig(globally=False),
        ),
    )


def validate(
    batch: Any,
    checks: Sequence[PlannedCheck],
    kwargs: Mapping[str, Mapping[str, Any]],
    *,
    examples: int = 0,
    complete: bool = False,
) -> list[Evaluation]:
    """Evaluate checks on a GX batch, all in one suite.

    The batch itself validates, not a validation definition: that one stores each result as JSON,
    which GX cannot write for some (quantiles).

    Args:
        batch: GX's batch of a table or a frame.
        checks: with ids of their own.
        kwargs: by check id, the arguments as GX takes them.
        examples: how many failing values to ask for; in SQL each check then scans once more.
        complete: ask GX for all it knows about a check. Only then does it return the rows of a
            query; for other row checks that is every failing value.

    Raises:
        CheckCrashed: one could not be evaluated, or got no result.
        WarehouseUnavailable: the connection was lost meanwhile.
    """
    import great_expectations as gx

    by_id = {check.check_id: check for check in checks}
    if len(by_id) < len(checks):
        raise CheckCrashed("two checks of one gate have the same id", remedy="report a bug")
    expectations = [_expectation(check, kwargs[check.check_id]) for check in checks]
    suite = gx.ExpectationSuite(f"gate_{next(_numbers)}", expectations=expectations)
    wanted = {
        "result_format": "COMPLETE" if complete else "BASIC",
        "partial_unexpected_count": examples,
    }
    try:
        result = batch.validate(suite, result_format=wanted)
    except Exception as error:
        if _CANCELLED in str(error).lower():
            raise _explain_ended(sorted(by_id), _first_line(str(error))) from None
        raise _broke(error) from error
    _hold_to_time(result.results)
    found = [_evaluation(by_id[e.expectation_config.meta["id"]], e) for e in result.results]
    _hold_complete(found, checks)
    return found


def find_row_count(evaluated: Sequence[Evaluation]) -> int | None:
    """The rows of the table, as the checks of single columns saw them; None: no such check was
    asked of all rows."""
    counted = (
        one.elements
        for one in evaluated
        if "column" in one.check.kwargs and "row_condition" not in one.check.kwargs
    )
    return next((rows for rows in counted if rows is not None), None)


def _hold_complete(found: Sequence[Evaluation], checks: Sequence[PlannedCheck]) -> None:
    """A check without a result would pass unseen.

    Raises:
        CheckCrashed: the results are not one for each check.
    """
    evaluated = sorted(evaluation.check.check_id for evaluation in found)
    if evaluated != sorted(check.check_id for check in checks):
        missing = sorted({check.check_id for check in checks} - set(evaluated))
        raise CheckCrashed(
            f"Great Expectations gave no result of {', '.join(missing) or 'a check'}",
            remedy="nothing was published; report a bug",
        )


def _hold_to_time(results: Any) -> None:
    """Several checks may share a query: all of them are named.

    Raises:
        QueryCancelled: the server has ended one.
    """
    ended = {
        entry.expectation_config.meta["id"]: crash
        for entry in results
        if (crash := _crash(entry.exception_info)) and _CANCELLED in crash.lower()
    }
    if ended:
        said = _first_line(next(iter(ended.values()))).rpartition(") ")[2]
        raise _explain_ended(sorted(ended), said)


def _explain_ended(check_ids: Sequence[str], said: str) -> QueryCancelled:
    noun = "check" if len(check_ids) == 1 else "checks"
    return QueryCancelled(
        f"the query of the {noun} {', '.join(check_ids)} was ended: {said}",
        remedy="it ran out of time, or a person has ended it",
    )


def _evaluation(check: PlannedCheck, entry: Any) -> Evaluation:
    crash = _crash(entry.exception_info)
    if crash:
        raise _explain_crashed(check, crash)
    result = entry.result or {}
    return Evaluation(
        check=check,
        success=bool(entry.success),
        elements=result.get("element_count"),
        missing=result.get("missing_count"),
        unexpected=result.get("unexpected_count"),
        observed=presentable(result.get("observed_value")),
        examples=_examples(check, result),
    )


def _expectation(check: PlannedCheck, kwargs: Mapping[str, Any]) -> Any:
    from great_expectations.expectations.expectation_configuration import (
        ExpectationConfiguration,
    )

    # Another parser would run a spec's text as code.
    parser = {"condition_parser": "great_expectations"} if "row_condition" in kwargs else {}
    try:
        return ExpectationConfiguration(
            type=check.expectation, kwargs={**kwargs, **parser}, meta={"id": check.check_id}
        ).to_domain_obj()
    except Exception as error:
        raise CheckCrashed(
            f"Great Expectations does not take {check.name} with {dict(check.kwargs)}: "
            f"{' '.join(str(error).split())[:300]}",
            remedy="fix the check's arguments in the spec",
        ) from None


def _crash(info: Any) -> str | None:
    """The exception of a check that crashed: flat, or one entry a metric."""
    if not isinstance(info, Mapping):
        return None
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if isinstance(entry, Mapping) and entry.get("raised_exception"):
            return str(entry.get("exception_message") or "no message")
    return None


def _explain_crashed(check: PlannedCheck, message: str) -> MedallionError:
    if is_lost(message):
        return WarehouseUnavailable(
            f"the connection was lost while {check.check_id} was evaluated: {_first_line(message)}",
            remedy="is the server up?",
        )
    if "(psycopg2.errors.insufficientprivilege)" in message.lower():
        return RightsMissing(
            f"the check {check.check_id} ({check.name}) asks for what its domain has no right to: "
            f"{_first_line(message).rpartition(') ')[2]}"
        )
    column = f" of the column {check.kwargs['column']}" if "column" in check.kwargs else ""
    met = describe_met_error(check, message)
    remedy = met.remedy or "do its column's type and its arguments go together?"
    return CheckCrashed(
        f"the check {check.check_id} ({check.name}){column} could not be evaluated: "
        f"{_first_line(message)}{met.places}",
        remedy=f"fix the check in the spec: {remedy.rstrip('.')}. Nothing was published"
        if met.remedy
        else f"fix the check in the spec: {remedy} Nothing was published",
    )


def _broke(error: Exception) -> MedallionError:
    """The whole suite fell over, not one check."""
    if is_lost(str(error)):
        return WarehouseUnavailable(
            f"the connection was lost while checks were evaluated: {_first_line(str(error))}",
            remedy="is the server up?",
        )
    return CheckCrashed(
        f"Great Expectations could not evaluate the checks: {_first_line(str(error))}",
        remedy="nothing was published; is it a check's column that is missing?",
    )


def is_lost(message: str) -> bool:
    """Whether an error's text means that the server is gone or full, so that a later try may
    succeed. GX keeps only the text."""
    return any(words in message.lower() for words in _LOST_CONNECTION)


def _examples(check: PlannedCheck, result: Mapping[str, Any]) -> tuple[object, ...]:
    """Up to three different failing values; of a query, its rows; of a foreign key, its values."""
    rows = result.get("partial_unexpected_list") or []
    details = result.get("details")
    if not rows and isinstance(details, Mapping):
        rows = details.get("unexpected_rows") or []
    if FOREIGN_KEY in check.kwargs:
        column = check.kwargs[FOREIGN_KEY]["column"]
        rows = [row[column] if isinstance(row, Mapping) else row for row in rows]
    distinct: list[object] = []
    for value in map(presentable, rows):
        if value not in distinct:
            distinct.append(value)
    return tuple(distinct[:EXAMPLES])


def presentable(value: object) -> object:
    """A value of the data as jsonb can hold it and a page can show it, at most 200 characters or 50
    items.

    NUL and half surrogate pairs are replaced: jsonb accepts neither, and a landing may hold both.

    >>> presentable(b"a"), len(presentable("x" * 300))
    ("b'a'", 201)
    """
    if isinstance(value, str):
        whole = value.replace("\0", "\u2400").encode("utf-8", "replace").decode("utf-8")
        return whole if len(whole) <= LONGEST_VALUE else f"{whole[:LONGEST_VALUE]}…"
    if isinstance(value, Mapping):
        pairs = islice(value.items(), MOST_ITEMS)
        return {str(presentable(str(key))): presentable(item) for key, item in pairs}
    if isinstance(value, list | tuple | set | frozenset):
        return [presentable(item) for item in islice(value, MOST_ITEMS)]
    if isinstance(value, bytes | memoryview):
        return repr(value)[:LONGEST_VALUE]
    return _plain(value) if hasattr(value, "dtype") else value


def _plain(value: Any) -> object:
    """A number of numpy's as Python's own. Where pandas read the values, NaN is a missing one."""
    number = value.item() if value.ndim == 0 else value.tolist()
    return None if isinstance(number, float) and math.isnan(number) else number


def _first_line(message: str) -> str:
    """The message without the statement that SQLAlchemy puts below it."""
    return " ".join(message.strip().split("\n")[0].split())[:300]
