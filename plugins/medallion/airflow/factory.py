"""Plan → DAG: the same few lines for every pipeline."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, AssetAll, AssetAny, CronDataIntervalTimetable, TaskGroup
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from medallion.airflow.addresses import SPECS, path_of
from medallion.airflow.approval import can_ask
from medallion.airflow.assets import NOTHING_KNOWN, Assets
from medallion.airflow.configured import Configured
from medallion.airflow.in_environment import complete_dag, place_project, place_runnable
from medallion.airflow.openlineage.sending import hold_back_events
from medallion.airflow.operators import (
    BuildOperator,
    CleanOperator,
    GateOperator,
    LakeTableOperator,
    LandOperator,
    PublishOperator,
    StepOperator,
)
from medallion.airflow.resources import place_of
from medallion.airflow.run_params import run_params
from medallion.airflow.runs import keep_failed_run, keep_missed_deadline
from medallion.airflow.spec_dag import SpecDag
from medallion.airflow.table_groups import make_groups
from medallion.airflow.table_operator import TableOperator
from medallion.compiler.runnable import Project, Runnable
from medallion.errors import Issue, MedallionError, SpecError
from medallion.names import TableName, environment_of
from medallion.plan.condition import Condition
from medallion.plan.model import (
    BuildStep,
    CleanStep,
    GateStep,
    LakeTableStep,
    LandStep,
    Plan,
    PlannedTask,
    PublishStep,
    Settings,
)
from medallion.plan.syncs import list_syncs
from medallion.schedules.cron import CONTINUOUS
from medallion.schedules.schedule import Schedule
from medallion.spec.messages.report import visible

OPERATORS: dict[type, type[StepOperator]] = {
    LandStep: LandOperator,
    GateStep: GateOperator,
    CleanStep: CleanOperator,
    BuildStep: BuildOperator,
    PublishStep: PublishOperator,
    LakeTableStep: LakeTableOperator,
}

FindMade = Callable[[Runnable, Mapping[str, str]], DAG | None]
"""`ahead.Ahead.find`."""

_MOST_ISSUES = 20
_ALWAYS = datetime(2020, 1, 1, tzinfo=UTC)
"""The start date of a DAG that has no cron schedule, and so no first interval."""


REFUSED = "spec refused"
"""The tag of a DAG whose spec is refused in its present version, so that the one before it runs."""


def build_dags(
    project: Project, root: Path, find_made: FindMade = lambda one, assets: None
) -> tuple[dict[str, DAG], tuple[Issue, ...]]:
    """The DAGs of the plans, and an issue for each that Airflow refuses. `find_made` knows those
    that were made ahead."""
    from medallion.plan.ending import find_ended_among

    dags: dict[str, DAG] = {}
    issues: list[Issue] = []
    project = place_project(project)
    ended = find_ended_among(project.endings, datetime.now(UTC))
    configured = Configured.read()
    for one in project.runnable:
        if _asks_in_vain(one.plan):
            issues.append(_describe_older_airflow(one.plan))
            continue
        if _lacks_provider(one.plan):
            issues.append(_describe_missing_provider(one.plan))
            continue
        try:
            dag = find_made(one, project.assets)
            if dag is None:
                dag = build(place_runnable(one, root), root, ended, project.assets, configured)
            dags[dag.dag_id] = dag
        except SpecError as error:
            issues += [replace(issue, path=one.plan.spec_path) for issue in error.issues]
        except MedallionError as error:
            issues.append(_describe_refusal_in_environment(one.plan, error))
        except Exception as error:
            issues.append(_describe_refusal_by_airflow(one.plan, error))
    # Move new objects to the oldest generation: the next object would start the collection.
    gc.freeze()
    gc.unfreeze()
    return hold_back_events(dags), tuple(issues)


def build(
    one: Runnable,
    root: Path,
    ended: frozenset[TableName] = frozenset(),
    assets: Mapping[str, str] = NOTHING_KNOWN,
    configured: Configured | None = None,
    starting: str | None = None,
) -> DAG:
    """The DAG of what runs of a spec. Airflow validates it once more when it takes it over."""
    spec_file = str(root / one.plan.spec_path)
    configured = configured or Configured.read()
    named = Assets(one.plan, assets, configured, starting)
    dag = build_dag(one.plan, spec_file, ended, one.refused, one.since, named, configured)
    complete_dag(dag, one.plan)
    return dag


def build_dag(
    plan: Plan,
    spec_file: str,
    ended: frozenset[TableName] = frozenset(),
    refused: Sequence[Issue] = (),
    since: str = "",
    assets: Assets | None = None,
    configured: Configured | None = None,
) -> DAG:
    """The DAG of one plan.

    Args:
        plan: of the spec, or of its last accepted version.
        spec_file: the spec's absolute path, which the UI's Code tab shows.
        ended: tables that nobody will publish again, except a late run: nothing waits for them.
        refused: the issues of the spec's present version, if the plan is of an older one.
        since: when that older version was accepted; each task logs it.
        assets: that it names; None: of these only the plan's own facts are known.
        configured: what Airflow's configuration says, where it was read before.
    """
    settings = plan.settings
    configured = configured or Configured.read()
    assets = assets or Assets(plan, configured=configured)
    dag_id = str(plan.dag_id)
    dag = SpecDag(
        dag_id=dag_id,
        dag_display_name=f"{dag_id} ({REFUSED}: the last good version runs)" if refused else dag_id,
        description=plan.description,
        doc_md=_refusal(refused, since) + plan.doc,
        schedule=_schedule(settings, ended, assets),
        start_date=settings.start_date or _ALWAYS,
        end_date=_last_start(settings),
        catchup=settings.catchup,
        max_active_runs=settings.max_active_runs,
        tags=[plan.dag_id.domain, *settings.tags, *([REFUSED] if refused else ())],
        params=run_params(plan) or None,
        on_failure_callback=None if environment_of(plan.dag_id.domain) else keep_failed_run,
        deadline=_deadline(settings),
        max_active_tasks=configured.max_active_tasks,
        max_consecutive_failed_dag_runs=configured.max_consecutive_failed_dag_runs,
        disable_bundle_versioning=configured.disable_bundle_versioning,
    )
    dag.spec_file = spec_file
    _add_tasks(dag, plan, assets, since)
    return dag


def _add_tasks(dag: DAG, plan: Plan, assets: Assets, since: str) -> None:
    before, reads, tasks = plan.before(), _reads(plan), plan.airflow_tasks()
    groups = make_groups(tasks, dag)
    for steps in tasks:
        task = steps[-1]
        operator = _operator(
            plan, task, before[task.task_id], dag, groups[task.group], assets, reads
        )
        if since:
            operator.accepted_since = since
        if isinstance(operator, TableOperator):
            operator.take(steps, before)
    for steps in tasks:  # once all are there: a spec may name a table before what it reads
        own = {task.task_id for task in steps}
        others = {other for task in steps for other in task.upstream if other not in own}
        dag.task_dict[steps[-1].task_id].set_upstream([dag.task_dict[o] for o in sorted(others)])
    _ask_for_syncs(dag, plan)
    if plan.settings.is_continuous:
        _wait_for_messages(dag, plan)


def _ask_for_syncs(dag: DAG, plan: Plan) -> None:
    """What other tools load for the pipeline comes before it lands. An environment reads what is
    there: what they load into is not its own."""
    syncs = () if environment_of(plan.dag_id.domain) else list_syncs(plan)
    if not syncs:
        return
    from medallion.airflow.airbyte.operator import SyncOperator

    tasks = {task.task_id: steps[-1].task_id for steps in plan.airflow_tasks() for task in steps}
    settings = plan.settings
    for sync in syncs:
        operator = SyncOperator(
            task_id=sync.task_id,
            task_display_name=sync.title,
            dag=dag,
            sync=sync,
            domain=plan.dag_id.domain,
            spec_digest=plan.digest,
            schedule=settings.schedule,
            timezone=settings.timezone,
            owner=settings.owner,
            retries=settings.retries,
            retry_delay=settings.retry_delay,
            retry_exponential_backoff=True,
            **({"pool": settings.pool} if settings.pool else {}),
        )
        operator.set_downstream([dag.task_dict[tasks[task_id]] for task_id in sync.before])


def _wait_for_messages(dag: DAG, plan: Plan) -> None:
    """What lands waits until there is something to land."""
    from medallion.airflow.messages_trigger import WAIT, WaitOperator

    streams = [task.step for task in plan.tasks if isinstance(task.step, LandStep)]
    first = dag.roots
    wait = WaitOperator(task_id=WAIT, dag=dag, streams=streams, owner=plan.settings.owner)
    wait.set_downstream(first)


def _refusal(refused: Sequence[Issue], since: str) -> str:
    """What the documentation says first, as text that is not Markdown."""
    if not refused:
        return ""
    lines = "\n".join(f"    {visible(issue.one_line())}" for issue in refused[:_MOST_ISSUES])
    link = f"[The lines of the spec, and what to do]({path_of(SPECS)})"
    return (
        f"**The spec is refused as it is now. The version that was accepted at {since} runs on, "
        f"until this is put right:**\n\n{lines}\n\n{link}\n\n---\n\n"
    )


def _schedule(settings: Settings, ended: frozenset[TableName], assets: Assets) -> Any:
    """Cron with data intervals, or the assets that the pipeline reads, or nothing.

    A table that has ended starts a run when it is published late, and is waited for by none.
    """
    if settings.is_continuous:
        return CONTINUOUS
    if settings.schedule is not None:
        return _timetable(settings.schedule)
    condition = settings.condition
    if condition is None:
        return None
    late = [assets.to_wait_for(table) for table in condition.tables() if table in ended]
    live = condition.without(ended)
    if live is None:
        return AssetAny(*late)
    return AssetAny(_expression(live, assets), *late) if late else _expression(live, assets)


def _expression(condition: Condition, assets: Assets) -> AssetAll | AssetAny:
    parts = (
        _expression(one, assets) if isinstance(one, Condition) else assets.to_wait_for(one)
        for one in condition.of
    )
    return AssetAll(*parts) if condition.word == "all" else AssetAny(*parts)


def _timetable(schedule: Schedule) -> Any:
    """Airflow's own where it cuts time alike. It loses intervals where the clock is changed, and
    has none of several expressions: docs/schedules.md."""
    if (cron := schedule.as_airflow_has_it()) is not None:
        return CronDataIntervalTimetable(cron, timezone=schedule.timezone)
    from medallion.airflow.timetable import SpecTimetable

    return SpecTimetable(schedule)


def _deadline(settings: Settings) -> DeadlineAlert | None:
    """Counted from when a run is queued: by its logical date, a backfill's would be over at once.
    The triggerer calls it, which has time while all slots are taken."""
    if settings.deadline is None:
        return None
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=settings.deadline,
        callback=AsyncCallback(keep_missed_deadline),
    )


def _last_start(settings: Settings) -> datetime | None:
    """Airflow's end date is the last moment at which an interval may begin, ours is where the last
    one ends: none begins there."""
    return settings.end_date - timedelta(microseconds=1) if settings.end_date else None


def _operator(
    plan: Plan,
    task: PlannedTask,
    before: tuple[PlannedTask, ...],
    dag: DAG,
    group: TaskGroup,
    assets: Assets,
    reads: Mapping[str, tuple[TableName, ...]],
) -> StepOperator:
    settings = plan.settings
    arguments: dict[str, Any] = {
        "task_id": task.task_id if task.shares_task else task.name,
        "dag": dag,
        "task_group": group,
        "before": before,
        "spec_digest": plan.digest,
        "schedule": settings.schedule,
        "timezone": settings.timezone,
        "owner": settings.owner,
        "retries": settings.retries,
        "retry_delay": settings.retry_delay,
        "retry_exponential_backoff": True,
        "execution_timeout": task.execution_timeout,
    }
    if settings.pool:
        arguments["pool"] = settings.pool
    arguments |= {
        **place_of(task.resources),
        **assets.of_task(task, reads.get(task.group, ())),
    }
    if isinstance(task.step, PublishStep) and task.step.approval:
        # One asks at a time: the next one compares with what has become of it.
        arguments["max_active_tis_per_dag"] = 1
    if task.shares_task:
        arguments["task_display_name"] = task.group
    kind = TableOperator if task.shares_task else OPERATORS[type(task.step)]
    operator = kind.of(task.step, **arguments)
    if isinstance(operator, PublishOperator) and (
        others := assets.dashboards_of(task.step.table.public)
    ):
        operator.link_to(others)
    return operator


def _reads(plan: Plan) -> Mapping[str, tuple[TableName, ...]]:
    """By task group, the published tables that its rows come from.

    Airflow draws its lineage from a task's inlets to the same task's outlets, so that they belong
    to the publication as well as to the build.
    """
    found: dict[str, tuple[TableName, ...]] = {}
    for task in plan.tasks:
        if isinstance(task.step, BuildStep):
            found[task.group] = task.step.upstream
        elif isinstance(task.step, CleanStep):
            found[task.group] = tuple(lookup.table for lookup in task.step.lookups)
    return found


def _asks_in_vain(plan: Plan) -> bool:
    """Whether a publication wants approval, and this Airflow cannot ask for it."""
    steps = (task.step for task in plan.tasks)
    wants = any(isinstance(step, PublishStep) and step.approval for step in steps)
    return wants and not can_ask()


def _lacks_provider(plan: Plan) -> bool:
    """Whether a run would ask Airbyte for a sync, and nothing here can."""
    if not list_syncs(plan):
        return False
    from medallion.sources.base.providers import is_installed

    return not is_installed("airbyte")


def _describe_missing_provider(plan: Plan) -> Issue:
    from medallion.sources.base.providers import PACKAGES

    return Issue(
        path=plan.spec_path,
        rule="airflow",
        problem=f"`sync` needs the package {PACKAGES['airbyte']}, which is not installed in the "
        "DAG processor",
        remedy=f"install it in all of Airflow's components: pip install '{PACKAGES['airbyte']}'; "
        "or remove `sync`",
    )


def _describe_older_airflow(plan: Plan) -> Issue:
    return Issue(
        path=plan.spec_path,
        rule="airflow",
        problem="`approval` needs Airflow 3.3: an older one lets no publication wait for a person",
        remedy="remove `approval`, or upgrade Airflow",
    )


def _describe_refusal_in_environment(plan: Plan, error: MedallionError) -> Issue:
    return Issue(
        path=plan.spec_path, rule="environment", problem=error.problem, remedy=error.remedy
    )


def _describe_refusal_by_airflow(plan: Plan, error: Exception) -> Issue:
    return Issue(
        path=plan.spec_path,
        rule="airflow",
        problem=f"Airflow does not take the DAG: {type(error).__name__}: {error}",
        remedy="fix what Airflow reports; if the spec does not explain it, report a bug",
    )
