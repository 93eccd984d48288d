"""DAGs of an environment: those of production, between the environment's tables.

Each has a first task of its own, which decides what of it is built: the rest is production's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, TriggerRule
from airflow.sdk.exceptions import AirflowSkipException

from medallion.compiler.runnable import Project, Runnable
from medallion.errors import MedallionError, SetupError
from medallion.names import DagId, TableName, base_domain, environment_of
from medallion.operations.environments.setting import read_environment
from medallion.plan.asset_facts import read_facts, write_facts
from medallion.plan.model import Plan, PublishStep

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from medallion.plan.ending import Ending
    from medallion.plan.environment import Environment
    from medallion.plan.model import PlannedTask, Step
    from medallion.steps.context import StepContext, StepResult

FIRST = "in-environment"
"""The id of the first task. No table has it: their names have no dash."""


def id_in_specs(dag_id: str) -> str | None:
    """The id that a DAG of this Airflow has by its spec; None: it is none of its DAGs.

    Raises:
        SetupError: MEDALLION_ENV names no environment.
    """
    environment = read_environment()
    if environment is None:
        return dag_id
    parsed = DagId.parse(dag_id)
    if parsed is None or environment_of(parsed.domain) not in ("", environment.name):
        return None
    return str(DagId(base_domain(parsed.domain), parsed.pipeline))


def place_project(project: Project) -> Project:
    """What all specs say, by the environment's names; `runnable` stays as it is. What has no name
    that is short enough is left out.

    Raises:
        SetupError: MEDALLION_ENV names no environment.
    """
    environment = read_environment()
    if environment is None:
        return project
    endings: list[Ending] = []
    assets: dict[str, str] = {}
    for ending in project.endings:
        with suppress(SetupError):
            endings.append(_place_ending(ending, environment))
    for table, text in project.assets.items():
        with suppress(SetupError):
            placed = environment.table(TableName.parse(table))
            assets[str(placed)] = _place_facts(text, environment)
    return replace(project, endings=tuple(endings), assets=assets, silver_tables=(), bi_tables=())


def place_runnable(one: Runnable, root: Path) -> Runnable:
    """A plan as this Airflow runs it.

    Raises:
        SetupError: MEDALLION_ENV names no environment, or a name is too long.
        SpecError: SQL names a schema in a way that cannot be replaced.
    """
    environment = read_environment()
    if environment is None:
        return one
    from medallion.plan.environment import in_environment
    from medallion.spec.load.discover import discover

    domains = [folder.name for folder, _ in discover(root).domains]
    return replace(one, plan=in_environment(one.plan, environment, domains))


def complete_dag(dag: DAG, plan: Plan) -> None:
    """Give a DAG of an environment its first task. What is not built keeps nothing from being built
    that follows. One of production is whole already."""
    if not environment_of(plan.dag_id.domain):
        return
    sources = {
        task.group: task.step.source_fingerprint
        for task in plan.tasks
        if isinstance(task.step, PublishStep)
    }
    first = PrepareOperator(
        task_id=FIRST,
        dag=dag,
        pipeline=plan.dag_id,
        owner=plan.settings.owner,
        retries=plan.settings.retries,
        retry_delay=plan.settings.retry_delay,
    )
    for tasks in plan.airflow_tasks():
        operator: Any = dag.task_dict[tasks[-1].task_id]
        operator.trigger_rule = TriggerRule.NONE_FAILED
        operator.source_fingerprint = sources.get(tasks[-1].group, "")
        if not operator.upstream_task_ids:
            operator.set_upstream(first)


def run_or_leave(
    step: Step, context: StepContext, before: Sequence[PlannedTask], source_fingerprint: str
) -> StepResult:
    """Run a step of an environment. What production has is left to production: its publication is
    announced all the same, for the DAGs that wait for it.

    Raises:
        AirflowSkipException: the table is as production has it.
        MedallionError: what the step raises.
    """
    from medallion.operations.environments.tasks import run_in_environment
    from medallion.steps.context import StepResult

    result = run_in_environment(step, context, before, source_fingerprint)
    if result is not None:
        return result
    said = f"{step.table.public} is as production has it: nothing is built"
    context.log.info("= %s", said)
    if not isinstance(step, PublishStep):
        raise AirflowSkipException(said)
    return StepResult(rows_in=0, rows_out=0, reference=str(step.table.public))


class PrepareOperator(BaseOperator):
    """Brings the environment in step with the specs: views on what is production's, and room for
    what this DAG builds."""

    ui_color = "#e6e6e6"

    def __init__(self, *, pipeline: DagId, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pipeline = pipeline

    def execute(self, context: Mapping[str, Any]) -> dict[str, object]:
        """Do it; the result names what the run builds, with why, and counts what is
        production's."""
        from medallion.airflow.connections import warehouse_url
        from medallion.airflow.notes import leave_note
        from medallion.airflow.operators import failure_of
        from medallion.compiler.running import running_specs
        from medallion.names import WAREHOUSE_CONN_ID
        from medallion.operations.environments.tasks import prepare_run
        from medallion.operations.environments.words import describe_choice
        from medallion.plan.environment import Environment
        from medallion.plan.make import make_plan
        from medallion.roots import project_root
        from medallion.steps.log_lines import plain_log

        environment = Environment(environment_of(self.pipeline.domain))
        plans = [make_plan(loaded) for loaded in running_specs(project_root())]
        try:
            choice = prepare_run(
                plans, self.pipeline, environment, warehouse_url(WAREHOUSE_CONN_ID)
            )
        except MedallionError as error:
            raise failure_of(self, error, context) from None
        lines = list(describe_choice(environment, choice))
        for line in lines:
            plain_log().info(line)
        leave_note(context, "\n".join(lines))
        built = {str(table.public): why for table, why in choice.built.items()}
        return {"built": built, "production": len(choice.shown)}


def _place_ending(one: Ending, environment: Environment) -> Ending:
    waits, tables = (tuple(map(environment.table, names)) for names in (one.waits, one.tables))
    return replace(one, waits=waits, tables=tables)


def _place_facts(text: str, environment: Environment) -> str:
    """What an asset says of a table, of the environment's. Nothing outside reads it."""
    facts = dict(read_facts(text))
    facts.pop("exposures", None)
    domain, _, pipeline = str(facts["pipeline"]).partition(".")
    own = environment.domain(domain)
    return write_facts({**facts, "domain": own, "pipeline": str(DagId(own, pipeline))})
