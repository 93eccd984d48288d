"""Gate: Great Expectations on what is about to go further, before it does.

Every verdict is recorded before the gate falls shut. A check that cannot be evaluated is an error
of the gate, never a verdict. Run again, rows that an earlier try moved are put back first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from medallion.checks.aliases import ROWS
from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import CheckOutcome, CheckStatus, PlannedCheck
from medallion.cleaning.engines.table import engine_of
from medallion.errors import CheckCrashed, DataRejected
from medallion.lake.reader import read_manifest, verify
from medallion.names import Layer, PublishedTable
from medallion.plan.model import GateStep
from medallion.publish.declaration import ShapeContract
from medallion.steps.context import StepContext, StepResult
from medallion.steps.domain.role import domain_role_of
from medallion.steps.gate import report as gate_report
from medallion.steps.gate import staging as gate_staging
from medallion.steps.gate.expectations import Evaluation, RightsMissing, find_row_count
from medallion.steps.gate.incident import keep_incident
from medallion.steps.gate.quarantine import move_failing
from medallion.steps.gate.whole import close_whole, open_whole, show_whole
from medallion.steps.gate.withheld import withhold, without_messages
from medallion.steps.gated_table import JUDGED_AGAINST, STAGED_AS
from medallion.warehouse.registry import gate_records
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.accounting import (
    hold_to_count,
    hold_to_maker,
    report_lost_staging,
)
from medallion.warehouse.roles.domain_rights import grant_on, remedy, revoke_all, try_to_log_in
from medallion.warehouse.roles.domain_role import DomainRole
from medallion.warehouse.session.relations import (
    bytes_of,
    columns_of,
    is_empty,
    oid_of,
    row_count,
)
from medallion.warehouse.session.transaction import Session, leave_to_next_commit, session
from medallion.warehouse.tables.failing_rows import put_back

if TYPE_CHECKING:
    from medallion.steps.gate.landing import Look

LARGE_BYTES = 8 * 1024**2
"""From here on reading a table takes longer than another login, some hundredths of a second."""

STATUSES = {
    OnFailure.FAIL: CheckStatus.FAILED,
    OnFailure.WARN: CheckStatus.WARNED,
    OnFailure.QUARANTINE: CheckStatus.QUARANTINED,
}


def run(step: GateStep, context: StepContext) -> StepResult:
    """Evaluate the step's checks and act on what fails.

    Raises:
        DataRejected: a check with on_failure `fail` failed. Not retried.
        CheckCrashed: a check could not be evaluated.
        LakeError: a landed part is missing, or its bytes are not those that were landed.
        StagingLost: what was staged is not there any more; the step before has to run again.
        WarehouseUnavailable: the server does not answer. Retried.
    """
    return _landing(step, context) if step.layer is Layer.BRONZE else _gate_staged(step, context)


def _landing(step: GateStep, context: StepContext) -> StepResult:
    # They import the readers of parts, which the gate of a staging table does without.
    from medallion.steps.gate import landing as gate_landing
    from medallion.steps.gate.bronze_contract import hold_frozen

    run = context.run
    with session(context.warehouse_url, "reading the registry") as connection:
        load = registry.load_of(connection, run, step.table)
    manifest = read_manifest(load.manifest_uri)
    verify(manifest)
    if step.schema_contract is ShapeContract.FREEZE:
        hold_frozen(context.warehouse_url, step.table, manifest)
    look = _choose_look(step, context)
    evaluated = gate_landing.evaluate(manifest, step.checks, step.clear_fields, look)
    records = manifest.records_left
    outcomes = [_outcome(e, records) for e in evaluated]
    # Committed before the verdict ends the task: a gate that shuts has to say why in the registry.
    with session(context.warehouse_url, "recording the gate") as connection:
        _record(connection, step, context, outcomes)
    _judge(step, context, manifest.uri, outcomes)
    return _result(records, records, 0, manifest.uri, outcomes)


def _choose_look(step: GateStep, context: StepContext) -> Look:
    """Where the records are read for the checks that have to see them."""
    if engine_of(step.engine).is_cluster:
        from medallion.steps.gate.spark.landing import OnSpark

        return OnSpark(context=context, table=str(step.table.public))
    from medallion.steps.gate.landing import look_here

    return look_here


def _gate_staged(step: GateStep, context: StepContext) -> StepResult:
    """The gate of a staging table: prepared, judged by the domain's reader, and recorded. Between
    these sessions a crash may empty the table: its rows are looked for first and last, and those
    that were judged are counted."""
    table, url = step.table, context.warehouse_url
    staging = table.staging(context.run_key)
    with session(url, f"preparing the gate of {table.public}") as connection:
        columns = columns_of(connection, staging)
        if not columns:
            raise report_lost_staging(table, f"the run {context.run.run_id} has no staging table")
        # A former try of this gate may have moved rows: all of them are judged again.
        put_back(connection, table, context.run_key)
        if is_empty(connection, staging):  # as a crash leaves it: nothing is judged then
            hold_to_maker(connection, context.run, table, 0)
        staged_as, size = oid_of(connection, staging), bytes_of(connection, staging)
        role = _reader_of(connection, step, context) if step.checks else None
        if role:
            leave_to_next_commit(connection)  # that of the verdicts
        whole = open_whole(connection, step, context, role) if role else None
    staged = gate_staging.StagedTable(
        name=staging,
        columns=columns,
        search_path=_schemas_of(table.domain),
        timezone=context.run.timezone,
        is_large=size >= LARGE_BYTES,
    )
    of_run = [check for check in step.checks if not check.of_whole]
    evaluated = _evaluate(step, context, staged, role, of_run)
    rows = _hold_to_maker(step, context, evaluated)
    outcomes = [_outcome(e, rows) for e in evaluated]
    moved = 0
    # A gate that is shut moves nothing: the staging table stays whole for whoever looks at it.
    if role and not _is_shut(outcomes):
        moved = _move_failing(step, context, role, outcomes)
    if whole:
        seen = show_whole(staged, whole)
        outcomes += [_outcome(e) for e in _evaluate(step, context, seen, role, step.of_whole)]
    with session(url, f"recording the gate of {table.public}") as connection:
        if moved and _is_shut(outcomes):
            put_back(connection, table, context.run_key)
            moved = 0
        hold_to_count(connection, table, staging, rows - moved)
        if role:
            revoke_all(connection, staging, role)
        close_whole(connection, step, context)
        _record(connection, step, context, outcomes)
    _judge(step, context, str(staging), outcomes)
    judged = _result(rows, rows - moved, moved, str(staging), outcomes)
    against = {JUDGED_AGAINST: whole.judged_against} if whole else {}
    return replace(judged, details={**judged.details, STAGED_AS: staged_as, **against})


def _hold_to_maker(step: GateStep, context: StepContext, evaluated: Sequence[Evaluation]) -> int:
    """How many rows were judged: as many as the task before has left. Great Expectations has
    counted them, or they are counted now.

    Raises:
        StagingLost: the numbers differ.
    """
    table, counted = step.table, find_row_count(evaluated)
    with session(context.warehouse_url, f"counting the rows of {table.public}") as connection:
        rows = counted
        if rows is None:
            rows = row_count(connection, table.staging(context.run_key))
        hold_to_maker(connection, context.run, table, rows)
    return rows


def _is_shut(outcomes: Sequence[CheckOutcome]) -> bool:
    return any(outcome.status is CheckStatus.FAILED for outcome in outcomes)


def _move_failing(
    step: GateStep, context: StepContext, role: DomainRole, outcomes: Sequence[CheckOutcome]
) -> int:
    """Move the rows that failed a check with `on_failure: quarantine`; how many."""
    failing = {
        o.check.check_id: (o.check, o.rows_failed or 0)
        for o in outcomes
        if o.status is CheckStatus.QUARANTINED
    }
    if not failing:
        return 0
    return move_failing(
        context.warehouse_url, role, step.table, context.run_key, failing, context.run.timezone
    )


def _reader_of(connection: Session, step: GateStep, context: StepContext) -> DomainRole:
    """The role that the checks run as, which may read the staging table from now on."""
    reads = gate_staging.tables_read(step.checks)
    role = domain_role_of(connection, context, step.table, reads=reads)
    grant_on(connection, step.table.staging(context.run_key), role, ["SELECT"])
    return role


def _evaluate(
    step: GateStep,
    context: StepContext,
    staged: gate_staging.StagedTable,
    role: DomainRole | None,
    checks: Sequence[PlannedCheck],
) -> list[Evaluation]:
    if role is None or not checks:
        return []
    try:
        found = _let_in(step, context, staged, role, checks)
    except RightsMissing as error:
        raise CheckCrashed(
            f"{step.table.public}: {error.problem} (as the role {role.name} of the domain "
            f"{role.domain})",
            remedy=remedy(role.domain),
        ) from None
    except CheckCrashed as crash:
        raise (crash if step.clear_fields is None else without_messages(crash, checks)) from None
    return found if step.clear_fields is None else _withhold_all(found, step.clear_fields)


def _let_in(
    step: GateStep,
    context: StepContext,
    staged: gate_staging.StagedTable,
    role: DomainRole,
    checks: Sequence[PlannedCheck],
) -> list[Evaluation]:
    """Evaluate as the role; once more where it was not let in, after a login that says why, or that
    has set its password again."""
    try:
        return gate_staging.evaluate(role.url, staged, checks)
    except gate_staging.NotOpened:
        try_to_log_in(context.warehouse_url, role, f"opening the gate of {step.table.public}")
        return gate_staging.evaluate(role.url, staged, checks)


def _withhold_all(found: Sequence[Evaluation], clear: frozenset[str]) -> list[Evaluation]:
    """The number of a query's failing rows, which GX calls observed, is shown."""
    return [
        replace(one, examples=()) if one.check.expectation == ROWS else withhold(one, clear)
        for one in found
    ]


def _schemas_of(domain: str) -> tuple[str, ...]:
    """Where a check that names another table finds it."""
    layers = (Layer.SILVER, Layer.GOLD)
    return tuple(PublishedTable(layer=layer, domain=domain, name="").schema() for layer in layers)


def _outcome(evaluation: Evaluation, rows: int | None = None) -> CheckOutcome:
    check, checked, failed = evaluation.check, evaluation.elements, evaluation.unexpected
    status = CheckStatus.PASSED if evaluation.success else STATUSES[check.on_failure]
    if check.expectation == ROWS:  # GX says how many rows its query gave, and of how many nothing
        checked, failed = rows, int(str(evaluation.observed or 0))
    return CheckOutcome(
        check=check,
        status=status,
        rows_checked=checked,
        rows_failed=failed,
        observed=evaluation.observed,
        examples=evaluation.examples if status is not CheckStatus.PASSED else (),
    )


def _record(
    connection: Session,
    step: GateStep,
    context: StepContext,
    outcomes: Sequence[CheckOutcome],
) -> None:
    gate_records.record_outcomes(
        connection,
        context.run,
        context.task_id,
        context.try_number,
        step.layer,
        step.table,
        outcomes,
    )
    keep_incident(connection, step, context.run, outcomes)


def _word(outcome: CheckOutcome, *, shut: bool) -> str:
    """What became of the rows that failed a check: a gate that shuts moves none."""
    if shut and outcome.status is CheckStatus.QUARANTINED:
        return "would be quarantined, but the gate is shut and no row moves"
    return str(outcome.status)


def _judge(
    step: GateStep, context: StepContext, where: str, outcomes: Sequence[CheckOutcome]
) -> None:
    shut = _is_shut(outcomes)
    for outcome in outcomes:
        if outcome.status in (CheckStatus.WARNED, CheckStatus.QUARANTINED):
            context.log.warning("%s: %s", _word(outcome, shut=shut), gate_report.describe(outcome))
    if shut:
        raise DataRejected(
            gate_report.failure(step.layer, step.table, where, outcomes),
            remedy=gate_report.remedy(step.layer, step.table),
        )
    context.log.info("%s", gate_report.success(step.layer, step.table, outcomes))


def _result(
    rows_in: int, rows_out: int, moved: int, where: str, outcomes: Sequence[CheckOutcome]
) -> StepResult:
    counts = {str(s): sum(o.status is s for o in outcomes) for s in CheckStatus}
    return StepResult(
        rows_in=rows_in,
        rows_out=rows_out,
        rows_quarantined=moved,
        reference=where,
        details={
            "checks": len(outcomes),
            **{key: n for key, n in counts.items() if n},
            **gate_report.attention(outcomes),
        },
    )
