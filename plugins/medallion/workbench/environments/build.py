"""A run of an environment: what has changed is built in it, and all else is production's, shown by
views. No Airflow has to run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from medallion.lake.fence import fence_in
from medallion.lake.storage import lake_path
from medallion.names import Layer, PublishedTable, TableName
from medallion.operations.environments.choose import Choice, Declared, choose, find_declared
from medallion.operations.environments.landings import find_landing_to_take, take_landing
from medallion.operations.environments.place import bring_in_step, find_own
from medallion.operations.environments.upkeep import holding
from medallion.operations.surroundings import Surroundings
from medallion.plan.engines import clean_here
from medallion.plan.environment import Environment
from medallion.plan.model import LandStep, Plan, PlannedTask
from medallion.run import Run
from medallion.steps.context import StepContext, StepResult, no_domain_role
from medallion.steps.run import run_step
from medallion.warehouse.environments.record import Landing, Published, read_published
from medallion.warehouse.session.transaction import session
from medallion.workbench.preview import run_for
from medallion.workbench.tries import TriedTask, run_in_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be run in an environment.

    Attributes:
        plans: of all valid specs, as the working tree has them.
        pipelines: those that are asked for; empty: all.
        moment: the data interval that holds it; None: that of what production has published.
        fresh: the last whole data interval, by the source as it is now.
        now: an aware moment.
    """

    environment: Environment
    plans: Sequence[Plan]
    pipelines: frozenset[str]
    moment: datetime | None
    fresh: bool
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltTable:
    """A table that was built, or was to be.

    Attributes:
        table: production's.
        why: it was built.
        run: its run, in the environment.
        tried: its tasks; empty where a table that it reads was not built.
        landing: of production, which was taken; None: the source was asked, or it has none.
        is_guessed: nobody has said over which interval, and production has run none.
    """

    table: PublishedTable
    why: str
    run: Run
    tried: tuple[TriedTask, ...]
    landing: Landing | None = None
    is_guessed: bool = False

    @property
    def is_published(self) -> bool:
        """Whether the environment has it now, as the specs say."""
        return bool(self.tried) and all(one.result is not None for one in self.tried)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an environment has after a run: `choice` says what of production's it shows."""

    choice: Choice
    built: tuple[BuiltTable, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all that was to be built is there."""
        return all(one.is_published for one in self.built)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearer:
    """Who hears of a run as it goes: first what is chosen, then each table as it ends."""

    chosen: Callable[[Choice], None] = lambda choice: None
    built: Callable[[BuiltTable], None] = lambda built: None


def run_environment(request: Request, surroundings: Surroundings, hearer: Hearer) -> Outcome:
    """Make the environment, or bring it in step, and build in it what differs from production.

    Args:
        surroundings: the project, its connections, and production's warehouse as its loader, which
            makes the environment; the steps work as the environment's own role.

    Raises:
        SetupError: it cannot be made, or something else works in it.
        SpecError: SQL names a schema in a way that cannot be replaced.
        WarehouseUnavailable: the warehouse does not answer.
    """
    url, environment = surroundings.warehouse_url, request.environment
    with session(url, "reading what production has published") as connection:
        published = read_published(connection)
    declared = find_declared(request.plans)
    choice = choose(declared, published, request.pipelines)
    hearer.chosen(choice)
    own = find_own(request.plans, environment, choice.domains)
    with holding(url, environment.name):
        role = bring_in_step(choice, own, environment, url)
        # Roles that an administrator has made for domains of production are none of its.
        inside = replace(surroundings, warehouse_url=role.url, domain_warehouse=no_domain_role)
        with fence_in(lake_path(surroundings.lake_root), environment.name):
            built = _build(request, choice, own, published, inside, hearer)
    return Outcome(choice=choice, built=built)


def _build(
    request: Request,
    choice: Choice,
    own: Mapping[PublishedTable, Declared],
    published: Mapping[PublishedTable, Published],
    surroundings: Surroundings,
    hearer: Hearer,
) -> tuple[BuiltTable, ...]:
    """Every table in its turn; one that reads a table that was not built is left out."""
    plans = {(plan.dag_id.domain, plan.dag_id.pipeline): plan for plan in request.plans}
    built: list[BuiltTable] = []
    missing: set[TableName] = set()
    for table, why in choice.built.items():
        one = own[request.environment.place(table)]
        plan = plans[table.domain, one.plan.dag_id.pipeline]
        run = replace(_run(plan, request, published), dag_id=str(one.plan.dag_id))
        is_guessed = request.moment is None and _of_production(plan, published) is None
        done = BuiltTable(table=table, why=why, run=run, tried=(), is_guessed=is_guessed)
        if not missing & one.reads:
            done = _build_one(done, one, surroundings)
        if not done.is_published:
            missing.add(one.publish.table.public)
        built.append(done)
        hearer.built(done)
    return tuple(built)


def _build_one(to_build: BuiltTable, one: Declared, surroundings: Surroundings) -> BuiltTable:
    """The tasks of one table, as the environment's role."""
    run = to_build.run
    landing = find_landing_to_take(
        to_build.table, one.publish.source_fingerprint, run, surroundings.warehouse_url
    )
    context = StepContext(
        run=replace(run, spec_digest=one.plan.digest),
        task_id="",
        try_number=1,
        project_root=surroundings.project_root,
        lake_root=surroundings.lake_root,
        warehouse_url=surroundings.warehouse_url,
        connection=surroundings.connection,
        log=surroundings.log,
        database=surroundings.database,
        domain_warehouse=no_domain_role,
        # What an incremental table reads may be others' rows than in the run before.
        full_refresh=to_build.table.layer is Layer.GOLD,
    )
    tasks = [task for task in one.plan.tasks if task.group == one.group]
    tried = run_in_order(one.plan, tasks, context, partial(_run_task, landing))
    return replace(to_build, tried=tried, landing=landing)


def _run_task(
    landing: Landing | None,
    task: PlannedTask,
    context: StepContext,
    before: Sequence[PlannedTask],
) -> StepResult:
    if isinstance(task.step, LandStep) and landing is not None:
        return take_landing(landing, task.step.table, context)
    return run_step(clean_here(task.step), context, before)


def _run(plan: Plan, request: Request, published: Mapping[PublishedTable, Published]) -> Run:
    """Over which data a pipeline runs: by default over those that production has published last, so
    that what differs comes from the specs alone."""
    run = _of_production(plan, published)
    if run is None or request.fresh or request.moment is not None:
        # A pipeline that no cron cuts into intervals reads what there is now.
        moment = request.moment if plan.settings.schedule is not None else None
        run = run_for(plan, moment, request.now)
    return replace(run, run_id=f"environment__{run.interval_end:%Y-%m-%dT%H:%M:%S}")


def _of_production(plan: Plan, published: Mapping[PublishedTable, Published]) -> Run | None:
    """Over the latest interval of its datasets; where there are none, of its gold tables."""
    found = [published[table] for table in find_declared([plan]) if table in published]
    landed = [one for one in found if one.load_id is not None] or found
    if not landed:
        return None
    latest = max(landed, key=lambda one: one.interval_end)
    return Run(
        dag_id=str(plan.dag_id),
        run_id="",
        interval_start=latest.interval_start,
        interval_end=latest.interval_end,
        timezone=plan.settings.timezone,
    )
