"""Replay: cleans, gates and publishes a run's landing again after its spec was fixed.

It runs the same steps under the run's own name, on the whole landing. The quarantined rows alone
would not do: a gate judges all rows of a run (their number, repeated keys, a mean), and so does
every write disposition (an interval's rows, missing keys, the states of a history). So a replay
ends as the run would have ended with the right spec. Where it is about some rows only, the cleaning
leaves the run's other open ones out of the landing (`steps/clean/left_out.py`), and they stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from medallion.compiler.single import plan_of_pipeline
from medallion.errors import MedallionError, SetupError
from medallion.names import Layer, PublishedTable
from medallion.operations.surroundings import Surroundings
from medallion.plan.model import LandStep, Plan, PlannedTask
from medallion.prose import tally
from medallion.run import Run
from medallion.steps.context import StepContext
from medallion.steps.run import run_step
from medallion.warehouse.quarantine.chosen import EVERY, Chosen
from medallion.warehouse.quarantine.runs import (
    QuarantinedRun,
    count_left_and_open,
    find_overtaking_run,
    last_publication,
    next_try,
    one_replay_at_a_time,
    open_runs,
)
from medallion.warehouse.registry.operator_actions import REPLAY, is_journalled, record_action
from medallion.warehouse.session.transaction import Session, session


class Verdict(StrEnum):
    """What happened to one run's open rows."""

    REPLAYED = "replayed"
    OBSOLETE = "obsolete"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who wants a replay, for the journal. `dag_run`: in which run of Airflow; empty: in none."""

    by: str
    dag_run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedRun:
    """One run: its open rows before, how many left quarantine, how many are in it now, and why."""

    run: Run
    rows: int
    verdict: Verdict
    left: int = 0
    still_open: int
    why: str = ""


def replay(
    table: PublishedTable,
    surroundings: Surroundings,
    only_run: str | None = None,
    chosen: Chosen = EVERY,
    asker: Asker | None = None,
) -> tuple[ReplayedRun, ...]:
    """Replay every run with open rows in a silver table's quarantine, oldest interval first.

    It may be killed at any point and called again: a run whose rows have left is not found again. A
    run that is refused does not stop the others.

    Args:
        table: of silver.
        surroundings: project, lake, warehouse.
        only_run: one run's id; None: all that have open rows.
        chosen: the rows that it is about; the others of their runs stay in quarantine. None of them
            need be open: somebody else may have replayed or dropped them.
        asker: who wants it, for the journal; None: nothing is written there.

    Raises:
        SetupError: it is a gold table, or `only_run` has no open rows.
        WarehouseUnavailable: the server is away, or another replay of the table is running.
    """
    if table.layer is not Layer.SILVER:
        raise SetupError(
            f"{table.public} is built again from its upstream tables by each run: there is nothing "
            "to replay",
            remedy="fix its SQL or its checks, and run the pipeline",
        )
    url = surroundings.warehouse_url
    with one_replay_at_a_time(url, table):
        with session(url, f"reading {table.quarantine}") as connection:
            runs = open_runs(connection, table, chosen)
            if only_run is not None:
                runs = [_pick_run(table, runs, only_run)]
            if asker and runs:
                _journal(connection, table, asker, chosen, runs)
        return tuple(_replay_run(table, held, surroundings, chosen) for held in runs)


def run_again(
    plan: Plan,
    tasks: list[PlannedTask],
    run: Run,
    surroundings: Surroundings,
    repeats: int | None = None,
    *,
    full_refresh: bool = False,
    chosen: Chosen = EVERY,
) -> int:
    """Run tasks of a run again, in order; returns the last publication's id. Its days are those of
    the pipeline's zone, which the registry does not keep.

    Args:
        full_refresh: gold tables that grow by increments are built whole.
        repeats: the publication to do again; refused if another run has since brought the same
            interval.
        chosen: the rows of its quarantine that it is about.
    """
    publication_id, before = 0, plan.before()
    for task in tasks:
        with session(surroundings.warehouse_url, "reading the registry") as connection:
            number = next_try(connection, run, task.task_id)
        context = StepContext(
            run=replace(run, spec_digest=plan.digest, timezone=plan.settings.timezone),
            task_id=task.task_id,
            try_number=number,
            project_root=surroundings.project_root,
            lake_root=surroundings.lake_root,
            warehouse_url=surroundings.warehouse_url,
            connection=surroundings.connection,
            log=surroundings.log,
            log_url=surroundings.log_url,
            repeats=repeats,
            chosen=chosen,
            full_refresh=full_refresh,
            time_limit=task.execution_timeout,
            domain_warehouse=surroundings.domain_warehouse,
        )
        result = run_step(task.step, context, before[task.task_id])
        publication_id = int(str(result.details.get("publication_id", publication_id)))
    return publication_id


def _journal(
    connection: Session,
    table: PublishedTable,
    asker: Asker,
    chosen: Chosen,
    runs: Sequence[QuarantinedRun],
) -> None:
    """Before anything is changed. The page that has started the run of Airflow has said it then."""
    if asker.dag_run and is_journalled(connection, table, REPLAY, asker.dag_run):
        return
    details = {**chosen.describe(), "runs": [held.run.run_id for held in runs]}
    details |= {"dag_runs": [asker.dag_run]} if asker.dag_run else {}
    record_action(connection, table, by=asker.by, action=REPLAY, details=details)


def _pick_run(table: PublishedTable, runs: list[QuarantinedRun], run_id: str) -> QuarantinedRun:
    for held in runs:
        if held.run.run_id == run_id:
            return held
    raise SetupError(
        f"the run {run_id} has no open rows in the quarantine of {table.public}",
        remedy=f"those that have: {', '.join(held.run.run_id for held in runs) or 'none'}",
    )


def _replay_run(
    table: PublishedTable, held: QuarantinedRun, surroundings: Surroundings, chosen: Chosen
) -> ReplayedRun:
    run = held.run
    surroundings.log.info(
        "%s: trying %s of %s %s again",
        table.public,
        tally(held.rows, "row"),
        run.dag_id,
        run.run_id,
    )
    try:
        return _try_again(table, held, surroundings, chosen)
    except MedallionError as error:
        # A server that is away is away for the next run, too; a run that is refused says nothing of
        # the others.
        if error.retryable:
            raise
        surroundings.log.warning("%s %s: %s", run.dag_id, run.run_id, error)
        return ReplayedRun(
            run=run, rows=held.rows, verdict=Verdict.REFUSED, still_open=held.rows, why=str(error)
        )


def _try_again(
    table: PublishedTable, held: QuarantinedRun, surroundings: Surroundings, chosen: Chosen
) -> ReplayedRun:
    run = held.run
    plan = plan_of_pipeline(run.dag_id, surroundings.project_root)
    tasks = [
        task
        for task in plan.tasks
        if task.group == table.name and not isinstance(task.step, LandStep)
    ]
    if not tasks:
        raise SetupError(
            f"{run.dag_id} has no dataset {table.name} any more",
            remedy="drop what is in quarantine: `python -m medallion.cli quarantine drop …`",
        )
    with session(surroundings.warehouse_url, "reading the registry") as connection:
        before = last_publication(connection, table, run)
        # Its landing has the newer rows of this interval: to publish the older ones again would
        # undo them.
        other = find_overtaking_run(connection, table, run, before)
    if other:
        why = f"{other} has published the same since, from a landing of its own"
        return ReplayedRun(
            run=run, rows=held.rows, verdict=Verdict.OBSOLETE, still_open=held.rows, why=why
        )
    publication_id = run_again(plan, tasks, run, surroundings, before, chosen=chosen)
    with session(surroundings.warehouse_url, f"reading {table.quarantine}") as connection:
        left, still_open = count_left_and_open(connection, table, run, publication_id)
    return ReplayedRun(
        run=run, rows=held.rows, verdict=Verdict.REPLAYED, left=left, still_open=still_open
    )


def obsolete_runs(
    connection: Session, table: PublishedTable, runs: Sequence[QuarantinedRun]
) -> list[QuarantinedRun]:
    """The runs that another run has overtaken: their rows will never be replayed."""
    return [
        held
        for held in runs
        if find_overtaking_run(
            connection, table, held.run, last_publication(connection, table, held.run)
        )
    ]


def describe(replayed: ReplayedRun) -> str:
    """One run's result as a line for people: rows that left, rows that stay, and why."""
    run, verdict = replayed.run, replayed.verdict
    fate = {
        Verdict.REPLAYED: f"{tally(replayed.left, 'row')} left quarantine, "
        f"{replayed.still_open:,} still in it",
        Verdict.OBSOLETE: f"{tally(replayed.rows, 'row')} obsolete: {replayed.why}",
        Verdict.REFUSED: f"{tally(replayed.rows, 'row')} not replayed: {replayed.why}",
    }[verdict]
    return f"{run.dag_id} {run.run_id}: {fate}"
