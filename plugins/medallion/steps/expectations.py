"""Great Expectations, called directly: a context in memory, one suite, results matched by id.

GX is imported inside the functions. What it gets wrong for a gate is put right here: a check that
it drops, a check that crashed and looks like one that failed, results in another order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from medallion.checks.outcome import PlannedCheck
from medallion.errors import CheckCrashed, WarehouseUnavailable
from medallion.steps.preload import GATE, preload

EXAMPLES = 3

_numbers = count(1)

_LOST_CONNECTION = (
    "server closed the connection",
    "could not connect",
    "connection refused",
    "terminating connection",
    "connection already closed",
    "the database system is",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What GX found of one check, as it came. Counts are None for checks on no single rows."""

    check: PlannedCheck
    success: bool
    elements: int | None
    missing: int | None
    unexpected: int | None
    observed: object
    examples: tuple[object, ...]


def new_context() -> Any:
    """A GX project that lives in memory, asks nobody and shows no progress bar."""
    preload(GATE)
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


class Suite:
    """Checks on one batch definition; it can be run on several frames in turn."""

    def __init__(
        self,
        context: Any,
        batch_definition: Any,
        checks: Sequence[PlannedCheck],
        kwargs: Mapping[str, Mapping[str, Any]],
    ) -> None:
        import great_expectations as gx

        self._checks = {check.check_id: check for check in checks}
        expectations = [_expectation(check, kwargs[check.check_id]) for check in checks]
        name = f"gate_{next(_numbers)}"
        suite = gx.ExpectationSuite(name, expectations=expectations)
        self._definition = gx.ValidationDefinition(name=name, data=batch_definition, suite=suite)
        context.suites.add(suite)
        context.validation_definitions.add(self._definition)

    def run(
        self, examples: int = 0, batch_parameters: Mapping[str, Any] | None = None
    ) -> list[Evaluation]:
        """Evaluate every check.

        Raises:
            CheckCrashed: one could not be evaluated, or got no result.
            WarehouseUnavailable: the connection was lost meanwhile.
        """
        result = self._definition.run(
            batch_parameters=dict(batch_parameters) if batch_parameters else None,
            result_format={"result_format": "BASIC", "partial_unexpected_count": examples},
        )
        found = [self._evaluation(entry) for entry in result.results]
        if {e.check.check_id for e in found} != set(self._checks):
            missing = sorted(set(self._checks) - {e.check.check_id for e in found})
            raise CheckCrashed(
                f"Great Expectations gave no result of {', '.join(missing)}",
                remedy="nothing was published; tell the maintainers",
            )
        return found

    def _evaluation(self, entry: Any) -> Evaluation:
        check = self._checks[entry.expectation_config.meta["id"]]
        crash = _crash(entry.exception_info)
        if crash:
            raise _crashed(check, crash)
        result = entry.result or {}
        return Evaluation(
            check=check,
            success=bool(entry.success),
            elements=result.get("element_count"),
            missing=result.get("missing_count"),
            unexpected=result.get("unexpected_count"),
            observed=result.get("observed_value"),
            examples=_examples(result),
        )


def _expectation(check: PlannedCheck, kwargs: Mapping[str, Any]) -> Any:
    from great_expectations.expectations.expectation_configuration import (
        ExpectationConfiguration,
    )

    try:
        return ExpectationConfiguration(
            type=check.expectation, kwargs=dict(kwargs), meta={"id": check.check_id}
        ).to_domain_obj()
    except Exception as error:
        raise CheckCrashed(
            f"Great Expectations does not take {check.name} with {dict(check.kwargs)}: "
            f"{_first_line(error)}",
            remedy="mend the check's arguments in the spec",
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


def _crashed(check: PlannedCheck, message: str) -> CheckCrashed | WarehouseUnavailable:
    if any(words in message.lower() for words in _LOST_CONNECTION):
        return WarehouseUnavailable(
            f"the connection was lost while {check.check_id} was evaluated",
            remedy="the task is tried again; is the server up?",
        )
    first = " ".join(message.strip().split("\n")[0].split())[:300]
    return CheckCrashed(
        f"the check {check.check_id} ({check.name}) could not be evaluated: {first}",
        remedy="mend the check in the spec: do its column's type and its arguments go together? "
        "Nothing was published",
    )


def _examples(result: Mapping[str, Any]) -> tuple[object, ...]:
    """Up to three different failing values."""
    rows = result.get("partial_unexpected_list") or []
    details = result.get("details")
    if not rows and isinstance(details, Mapping):
        rows = details.get("unexpected_rows") or []
    distinct: list[object] = []
    for value in rows:
        if value not in distinct:
            distinct.append(value)
    return tuple(distinct[:EXAMPLES])


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
