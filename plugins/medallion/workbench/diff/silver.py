"""The rows that a silver table's spec makes, staged in a scratch: of a landing that is there, or of
the source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from medallion.errors import MedallionError
from medallion.lake.reader import read_manifest
from medallion.names import PublishedTable
from medallion.operations.surroundings import Surroundings
from medallion.plan.model import (
    CleanStep,
    GateStep,
    LakeTableStep,
    LandStep,
    Plan,
    PlannedTask,
    PublishStep,
)
from medallion.prose import tally
from medallion.run import Run
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.landings import KeptLanding
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.transaction import session
from medallion.workbench.inputs import copy_inputs, tables_of
from medallion.workbench.scratch import Scratch
from medallion.workbench.tries import TriedTask, try_tasks

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Rows that would be published, in the scratch's staging table of `run`.

    `left_out`: by what became of them, how many rows were read and not staged. `problem`: why a
    run would not publish them.
    """

    run: Run
    source: str
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()
    problem: MedallionError | None = None


def stage_silver(
    plan: Plan,
    table: PublishedTable,
    run: Run,
    landing: KeptLanding | None,
    scratch: Scratch,
    surroundings: Surroundings,
    say: Say,
) -> Candidate:
    """Clean and judge a landing, or what the source has now, as a run does, up to its publication.

    Args:
        run: the run to try; with a landing its interval is that of the landing.
        landing: of the lake; None: the source is asked.

    Raises:
        MedallionError: nothing could be staged.
    """
    tasks = _tasks(plan, table, lands=landing is None)
    copy_inputs(tables_of(tasks), table.domain, scratch, surroundings)
    if landing is not None:
        _enter_landing(landing, table, run, scratch)

    def report(tried: TriedTask) -> None:
        done = tally(tried.result.rows_out or 0, "row") if tried.result else "failed"
        say(f"{tried.task.task_id}: {done}, {tried.seconds:.1f} s")

    tried = try_tasks(plan, tasks, run, scratch, surroundings, report)
    problem = next((one.error for one in tried if one.error is not None), None)
    with session(scratch.warehouse_url, "looking at what was staged") as connection:
        if not columns_of(connection, table.staging(run.key)) and problem is not None:
            raise problem
    return Candidate(
        run=run,
        source=_source(landing, run),
        notes=_notes(landing),
        left_out=_count_left_out(tried),
        problem=problem,
    )


def _tasks(plan: Plan, table: PublishedTable, *, lands: bool) -> tuple[PlannedTask, ...]:
    beyond = (PublishStep, LakeTableStep)
    left_out = beyond if lands else (*beyond, LandStep)
    return tuple(
        task
        for task in plan.tasks
        if task.step.table == table and not isinstance(task.step, left_out)
    )


def _enter_landing(landing: KeptLanding, table: PublishedTable, run: Run, scratch: Scratch) -> None:
    """Tell the scratch's registry of the landing: its steps find it there."""
    manifest = read_manifest(landing.uri)
    with session(scratch.warehouse_url, "entering a landing") as connection:
        load_id = registry.open_load(connection, run, table)
        registry.close_load(connection, replace(manifest, load_id=load_id))


def _source(landing: KeptLanding | None, run: Run) -> str:
    if landing is not None:
        return f"the landing of {landing.run_id} ({landing.extracted_at:%Y-%m-%d %H:%M})"
    if run.interval_start == run.interval_end:
        return "what the source has now"
    return (
        f"the source, for {run.interval_start:%Y-%m-%d %H:%M} – {run.interval_end:%Y-%m-%d %H:%M}"
    )


def _notes(landing: KeptLanding | None) -> tuple[str, ...]:
    if landing is None:
        return ("differences may come from new data of the source as well as from the spec",)
    if not landing.is_published:
        return ("readers do not have this landing yet: differences may come from its data",)
    return ()


def _count_left_out(tried: Sequence[TriedTask]) -> tuple[tuple[str, int], ...]:
    cleaned = next((t.result for t in tried if isinstance(t.task.step, CleanStep)), None)
    if cleaned is None:
        return ()
    gates = [t.result for t in tried if isinstance(t.task.step, GateStep) and t.result]
    return (
        ("quarantined", cleaned.rows_quarantined + sum(one.rows_quarantined for one in gates)),
        ("duplicates", cleaned.rows_deduplicated),
        ("discarded", cleaned.rows_discarded),
    )
