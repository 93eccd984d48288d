"""What a task of an environment's Airflow does: the first one of a run brings the environment in
step with the specs, each other one works in it, where its table is not production's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from medallion.errors import SetupError, WarehouseUnavailable
from medallion.lake.fence import fence_in
from medallion.lake.storage import lake_path
from medallion.names import DagId, Layer, PublishedTable, TableName, environment_of
from medallion.operations.environments.choose import Choice, Declared, choose, find_declared
from medallion.operations.environments.landings import find_landing_to_take, take_landing
from medallion.operations.environments.place import bring_in_step, find_own
from medallion.plan.engines import clean_here
from medallion.plan.environment import Environment, production_of
from medallion.plan.model import LandStep, Plan, PlannedTask, Step
from medallion.steps.context import StepContext, StepResult, no_domain_role
from medallion.steps.run import run_step
from medallion.warehouse.environments.record import (
    find_environment,
    read_published,
    share_environment,
    wait_for_turn,
)
from medallion.warehouse.environments.role import role_of
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.transaction import Session, autocommit_session, session


def prepare_run(
    plans: Sequence[Plan], dag_id: DagId, environment: Environment, loader_url: str
) -> Choice:
    """Bring an environment in step with the specs, before a run of one of its DAGs; what it shows
    of production's, and of the DAG's own tables those that the run builds.

    Args:
        plans: of all specs that run, by production's names.
        dag_id: of the environment.

    Raises:
        SetupError: it cannot be made; or the run reads a table that another DAG has to build first.
        SpecError: SQL names a schema in a way that cannot be replaced.
        WarehouseUnavailable: a command works in it, or the warehouse does not answer.
    """
    with _sharing(loader_url, environment) as loader:
        wait_for_turn(loader, environment.name)
        choice = choose(find_declared(plans), read_published(loader))
        own = find_own(plans, environment, choice.domains)
        role = bring_in_step(choice, own, environment, loader_url)
        mine = {
            table: why
            for table, why in choice.built.items()
            if own[environment.place(table)].plan.dag_id == dag_id
        }
        with session(role.url, f"looking into {environment.name}") as inside:
            _hold_to_inputs(mine, choice, own, environment, inside)
    return replace(choice, built=mine)


def run_in_environment(
    step: Step, context: StepContext, before: Sequence[PlannedTask], source_fingerprint: str
) -> StepResult | None:
    """Run a step of an environment, as its role; None: its table is as production has it.

    Args:
        step: between tables of the environment.
        context: of production's loader.
        before: what makes the staging table that it reads.
        source_fingerprint: of its dataset; empty for gold.

    Raises:
        SetupError: there is no such environment any more.
        MedallionError: what the step raises.
    """
    environment = Environment(environment_of(step.table.domain))
    with _sharing(context.warehouse_url, environment) as loader:
        if find_environment(loader, environment.name) is None:
            raise SetupError(
                f"the environment {environment.name} has been dropped since the run began",
                remedy="clear the first task of the run with all that follow: it makes it again",
            )
        role = role_of(loader, context.warehouse_url, environment)
        with session(role.url, f"looking for {step.table.public}") as own:
            if _is_production_s(own, step.table):
                return None
        inside = replace(
            context,
            warehouse_url=role.url,
            domain_warehouse=no_domain_role,
            # What an incremental table reads may be others' rows than in the run before.
            full_refresh=context.full_refresh or step.table.layer is Layer.GOLD,
        )
        with fence_in(lake_path(context.lake_root), environment.name):
            return _run(step, inside, before, source_fingerprint)


def _is_production_s(own: Session, table: PublishedTable) -> bool:
    """Whether the environment has the table as a view on production's: it has published none."""
    return bool(columns_of(own, table.public)) and registry.current(own, table) is None


def _run(
    step: Step, context: StepContext, before: Sequence[PlannedTask], source_fingerprint: str
) -> StepResult:
    if isinstance(step, LandStep) and not context.full_refresh:
        landing = find_landing_to_take(
            production_of(step.table), source_fingerprint, context.run, context.warehouse_url
        )
        if landing is not None:
            context.log.info("production's landing is read where it is: %s", landing.uri)
            return take_landing(landing, step.table, context)
    return run_step(clean_here(step), context, before)


def _hold_to_inputs(
    mine: Mapping[PublishedTable, str],
    choice: Choice,
    own: Mapping[PublishedTable, Declared],
    environment: Environment,
    inside: Session,
) -> None:
    """A table that another DAG builds has to be there before it is read."""
    others = {environment.table(table.public) for table in choice.built if table not in mine}
    for table in mine:
        one = own[environment.place(table)]
        for name in sorted(one.reads & others):
            if not columns_of(inside, name):
                by = own[PublishedTable.of(name)]
                raise _not_built_yet(one.publish.table.public, name, by)


def _not_built_yet(table: TableName, read: TableName, by: Declared) -> SetupError:
    return SetupError(
        f"{table} reads {read}, which differs from production's and is not built yet",
        remedy=f"run the DAG {by.plan.dag_id} first, then clear this task",
    )


@contextmanager
def _sharing(loader_url: str, environment: Environment) -> Iterator[Session]:
    """Work in an environment beside its other tasks, and keep commands from it.

    Raises:
        WarehouseUnavailable: a command runs or drops it.
    """
    with autocommit_session(loader_url, f"working in {environment.label}") as loader:
        if not share_environment(loader, environment.name):
            raise WarehouseUnavailable(
                f"somebody runs or drops the {environment.label} by a command",
                remedy="wait until it has ended",
            )
        yield loader
