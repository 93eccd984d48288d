"""The operators: one step of a plan as an Airflow task."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowTaskTimeout,
)

from medallion.airflow.approval import ask, decision_of, find_hidden_columns
from medallion.airflow.dashboards import bi_readers_of, boards_of_table
from medallion.airflow.in_environment import run_or_leave
from medallion.airflow.links import links_of
from medallion.airflow.notes import leave_note, note_of
from medallion.airflow.resources import runs_on_other_hosts
from medallion.errors import MedallionError, OutOfTime
from medallion.names import Layer, environment_of
from medallion.roots import dashboard_url
from medallion.schedules.clock import UTC_NAME
from medallion.schedules.schedule import Schedule

if TYPE_CHECKING:
    from medallion.airflow.openlineage.steps import Lineage
    from medallion.plan.model import (
        BuildStep,
        Exposure,
        GateStep,
        LandStep,
        PlannedTask,
        PublishStep,
        Step,
    )
    from medallion.steps.context import Decision, StepContext, StepResult


class TaskEnded(BaseException):
    """The task was ended from outside.

    No `Exception`: what continues after one (Great Expectations, a driver) must not do so after
    this. Airflow retries it, where tries are left and nobody has said how the task ends.
    """


def as_failure(error: MedallionError, context: Mapping[str, Any]) -> AirflowException:
    """The Airflow exception for an error: AirflowFailException (no retry) unless it is
    retryable."""
    from medallion.steps.log_lines import part_links

    text = part_links(f"{type(error).__name__}: {error}")
    if not error.retryable:
        return AirflowFailException(text)
    return AirflowException("\n  → ".join([text, *what_comes_next(error, context)]))


def what_comes_next(error: MedallionError, context: Mapping[str, Any]) -> Iterator[str]:
    """Whether the task is tried again: only Airflow knows how many tries are left."""
    if (instance := context.get("ti")) is None or not error.retryable:
        return
    done, tries = instance.try_number, instance.max_tries + 1
    if done < tries:
        yield f"this was try {done} of {tries}: Airflow tries the task again by itself"
    else:
        yield f"this was the last try, {done} of {tries}: clear the task when the cause is gone"


def name_running(operator: BaseOperator) -> str:
    """What runs: the task, or of a task of several steps the step."""
    return getattr(operator, "running", "") or operator.task_id


def failure_of(
    operator: BaseOperator, error: MedallionError, context: Mapping[str, Any]
) -> AirflowException:
    """Airflow's word for an error, after verdict and remedy were written to the task's log."""
    from medallion.steps.log_lines import plain_log, say_failure

    leave_note(context, f"✗ {error.problem}")
    name = name_running(operator)
    say_failure(plain_log(), name, error, what_comes_next(error, context))
    return as_failure(error, context)


def say_defect(operator: BaseOperator, error: Exception, context: Mapping[str, Any]) -> None:
    """Say of an error that nobody has foreseen that it is one; Airflow logs it with its place. Its
    text is left to that: nothing has looked through it.
    """
    from medallion.steps.log_lines import plain_log

    log, name = plain_log(), type(error).__name__
    leave_note(context, f"✗ {name}: an error that Medallion does not expect")
    running = name_running(operator)
    log.error("✗ %s failed: %s, an error that Medallion does not expect", running, name)
    log.error(
        "→ the traceback below says where. Is a package or the machine at fault? If not, report it "
        "as a defect of Medallion, with this log"
    )


class StepOperator(BaseOperator):
    """Runs one step. It pushes references and counts to XCom, never data."""

    ui_color = "#e8eef7"

    step: Step
    spec_digest: str
    interval_schedule: Schedule | None
    interval_timezone: str
    # What an operator begins with is its class's: Airflow's `__setattr__` takes a microsecond or
    # more, and a project has thousands of tasks.
    before: tuple[PlannedTask, ...] = ()
    is_ended = False
    result: StepResult | None = None
    accepted_since = ""
    source_fingerprint = ""

    @classmethod
    def of(
        cls,
        step: Step,
        *,
        spec_digest: str,
        schedule: Schedule | None,
        timezone: str = UTC_NAME,
        before: tuple[PlannedTask, ...] = (),
        **arguments: Any,
    ) -> Self:
        """The operator of a step. An `__init__` of its own would cost a fifteenth of a DAG: Airflow
        wraps each in checks, and in copies of defaults.

        Args:
            step: what it runs.
            spec_digest: of the spec.
            schedule: of the pipeline.
            timezone: in which days begin.
            before: the tasks that run again where the staging table that it reads is lost.
            arguments: those of any operator.
        """
        made = cls(**arguments)
        vars(made).update(  # at once, and past Airflow's `__setattr__`
            step=step,
            spec_digest=spec_digest,
            interval_schedule=schedule,
            interval_timezone=timezone,
            operator_extra_links=links_of(step),
            before=before,
        )
        made.prepare()
        return made

    def prepare(self) -> None:
        """What a kind of step needs besides, once the operator has its step."""

    def works_with_lake(self) -> bool:
        """Whether its host has to see the lake that the other hosts see."""
        return False

    def execute(self, context: Mapping[str, Any]) -> dict[str, object]:
        """Airflow calls it when the task starts; what it returns becomes the task's XCom."""
        return self.run_step(context)

    def run_step(self, context: Mapping[str, Any]) -> dict[str, object]:
        """Decide here, and only here, whether a failure is worth a retry."""
        try:
            step_context = self.step_context(context)
            if self.accepted_since:
                step_context.log.warning(
                    "the spec of %s is refused as it is now: this run uses the version accepted "
                    "at %s",
                    step_context.run.dag_id,
                    self.accepted_since,
                )
            elif runs_on_other_hosts():
                self._compare_files(step_context)
            result = self._run(step_context)
        except MedallionError as error:
            raise failure_of(self, error, context) from None
        # A BaseException: none of the others catches it.
        except AirflowTaskTimeout:
            raise failure_of(self, self._late(), context) from None
        except AirflowException:
            raise
        except Exception as error:
            say_defect(self, error, context)
            raise
        self.result = result
        leave_note(context, note_of(result))
        self.announce(context, step_context, result)
        return result.to_xcom()

    def _run(self, context: StepContext) -> StepResult:
        if self.works_with_lake() and runs_on_other_hosts():
            from medallion.operations.same_lake import hold_to_lake

            hold_to_lake(context.warehouse_url, context.lake_root)
        return self.run_one(self.step, context, self.before)

    def reads_project(self) -> bool:
        """Whether it reads files of the project that are in no plan: they are its host's."""
        return False

    def _compare_files(self, context: StepContext) -> None:
        """Say where this host has other files of the spec than the DAG processor has accepted.

        Raises:
            OtherFiles: they matter, and stay others.
        """
        from medallion.operations.same_spec import describe_other_files, hold_to_accepted

        if environment_of(self.step.table.domain):
            return  # its files are a branch's
        compare = hold_to_accepted if self.reads_project() else describe_other_files
        if said := compare(context.project_root, context.run.dag_id):
            context.log.warning(said)

    def run_one(
        self, step: Step, context: StepContext, before: Sequence[PlannedTask]
    ) -> StepResult:
        """Run a step, in production or in an environment.

        Raises:
            AirflowSkipException: the environment leaves it to production.
            MedallionError: what the step raises.
        """
        if environment_of(step.table.domain):
            return run_or_leave(step, context, before, self.source_fingerprint)
        from medallion.steps.run import run_step

        return run_step(step, context, before)

    def on_kill(self) -> None:
        """Airflow calls it in the task's process at SIGTERM, and would let the step run until it
        is killed: a task that was marked as failed could still publish, and say that it succeeded.

        Raises:
            TaskEnded: the first time; what cleans up after it is not disturbed.
        """
        # Airflow calls on_kill at a time-out, too, from within its handling: that one has words of
        # its own.
        out_of_time = isinstance(sys.exc_info()[1], AirflowTaskTimeout)
        if self.is_ended or out_of_time:
            return
        self.is_ended = True
        raise TaskEnded(
            f"{self.task_id} was ended from outside: somebody set its state, or its worker stops. "
            "What it had not committed is undone"
        )

    def step_context(self, context: Mapping[str, Any]) -> StepContext:
        """What the step gets: its run, the lake and the warehouse, connections as it asks."""
        from medallion.airflow.run_context import step_context

        made = step_context(
            context, self.spec_digest, self.interval_schedule, self.interval_timezone
        )
        return replace(made, time_limit=self.execution_timeout, explain=self._explain)

    def _explain(self, error: BaseException) -> str | None:
        """For the registry: Airflow's own words are "Timeout, PID: 7"."""
        return self._out_of_time() if isinstance(error, AirflowTaskTimeout) else None

    def _late(self) -> OutOfTime:
        return OutOfTime(
            self._out_of_time(),
            remedy="is the source or the warehouse slow, or is there more to do? Then raise "
            "`execution_timeout` of the table or the pipeline in the spec. A try that is left goes "
            "on where it can",
        )

    def _out_of_time(self) -> str:
        name = f"{self.task_id} of {self.step.table.public}"
        return f"{name} was not done within {self.execution_timeout}"

    def announce(
        self, context: Mapping[str, Any], step_context: StepContext, result: StepResult
    ) -> None:
        """Attach asset events for other DAGs; only a publication does."""

    def list_done(self) -> list[tuple[Step, str, StepResult | None]]:
        """Each step of the task, under which id the registry has it, and how it ended."""
        return [(self.step, self.task_id, self.result)]

    def get_openlineage_facets_on_start(self) -> Lineage:
        """The provider of OpenLineage calls it where a transport is set, and nothing else does."""
        from medallion.airflow.openlineage.read import lineage_before

        return lineage_before([step for step, _, _ in self.list_done()])

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Lineage:
        """The same, when the task is done; and when it has failed, for what a gate has found is
        known then, too."""
        from medallion.airflow.openlineage.read import DoneStep, lineage_after

        done = [
            DoneStep(step=step, task_id=task_id, result=result)
            for step, task_id, result in self.list_done()
        ]
        return lineage_after(done, task_instance)

    def get_openlineage_facets_on_failure(self, task_instance: Any) -> Lineage:
        """What the task has done before it failed."""
        return self.get_openlineage_facets_on_complete(task_instance)


class LandOperator(StepOperator):
    """A source's bytes into bronze. Its result is the manifest's URI and counts."""

    ui_color = "#f3e3d3"
    step: LandStep

    def reads_project(self) -> bool:
        """A source may name files of it."""
        return any(self.step.source.paths())

    def run_one(
        self, step: Step, context: StepContext, before: Sequence[PlannedTask]
    ) -> StepResult:
        """Land; where no file is there, name the host that has none, if there are several.

        Raises:
            AirflowSkipException: the environment leaves it to production.
            MedallionError: what the step raises.
        """
        from medallion.sources.base.found_files import NotOnThisDisk

        try:
            return super().run_one(step, context, before)
        except NotOnThisDisk as error:
            if not runs_on_other_hosts():
                raise
            from medallion.operations.same_spec import name_host_of_files

            raise name_host_of_files(error) from None

    def works_with_lake(self) -> bool:
        """It writes there."""
        return True


class GateOperator(StepOperator):
    """The checks of one layer. A failing check with `on_failure: fail` ends it, without a retry."""

    ui_color = "#fdf3c8"
    step: GateStep

    def works_with_lake(self) -> bool:
        """That of a landing reads there."""
        return self.step.layer is Layer.BRONZE


class CleanOperator(StepOperator):
    """A landing into a typed staging table and a run's rejects."""

    def works_with_lake(self) -> bool:
        """It reads there."""
        return True


class BuildOperator(StepOperator):
    """Runs `steps.build`. Its SQL is shown under "Rendered Templates" as it is executed."""

    template_fields: Sequence[str] = ("sql",)
    template_fields_renderers = {"sql": "sql"}
    step: BuildStep

    def prepare(self) -> None:
        """Keep the SQL as written until the run's values are known."""
        self.sql = self.step.sql

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        """Fill in the run's values as typed literals. Jinja is not run over a spec's SQL: a
        template could reach connections and their secrets.
        """
        from medallion.airflow.run_context import data_interval
        from medallion.run import Run
        from medallion.steps.build import render

        start, end = data_interval(context["dag_run"], self.interval_schedule)
        run_id = context["ti"].run_id
        run = Run(
            dag_id=self.dag_id,
            run_id=run_id,
            interval_start=start,
            interval_end=end,
            timezone=self.interval_timezone,
        )
        increment = self.step.increment
        # What the first run and a full refresh make, which is all of it, is known to the registry.
        window = increment.window_of(start, end) if increment else None
        self.sql = render(self.step.sql, run, window)


class LakeTableOperator(StepOperator):
    """What the warehouse has published, into a lake that others read."""

    ui_color = "#d3e4f3"


class PublishOperator(StepOperator):
    """Runs `steps.publish`, then emits an event of its outlet for the DAGs that wait for it."""

    ui_color = "#d9ead3"
    step: PublishStep
    decision: Decision | None = None
    """What a person has answered: known when the task continues."""
    dashboards: tuple[Exposure, ...] = ()

    def run_step(self, context: Mapping[str, Any]) -> dict[str, object]:
        """Publish; or let the task wait for a person, without a slot, until `answered`."""
        from medallion.plan.boards import find_unnamed
        from medallion.steps.context import ApprovalWanted

        table = self.step.table
        boards = boards_of_table(table.public)
        self.link_to(find_unnamed(boards, table.domain, self.step.exposures))
        try:
            return super().run_step(context)
        except ApprovalWanted as wanted:
            ask(context, self.step, wanted)

    def link_to(self, dashboards: Iterable[Exposure]) -> None:
        """Have buttons for dashboards of the table that its own spec does not know."""
        self.dashboards = tuple(dashboards)
        self.operator_extra_links = links_of(self.step, self.dashboards)

    def answered(
        self, context: Mapping[str, Any], event: Mapping[str, Any], approval_id: int
    ) -> dict[str, object]:
        """Airflow calls it, in place of `execute`, with a person's answer."""
        self.decision = decision_of(event, approval_id)
        return self.run_step(context)

    def step_context(self, context: Mapping[str, Any]) -> StepContext:
        """Like any step's, and the step may ask a person, or has the answer."""
        made = super().step_context(context)
        return replace(
            made,
            can_ask=True,
            decision=self.decision,
            hidden_columns=find_hidden_columns,
            bi_readers=bi_readers_of,
        )

    def announce(
        self, context: Mapping[str, Any], step_context: StepContext, result: StepResult
    ) -> None:
        """After the commit: what was published rides on the asset event, for whoever waits for it
        and for Airflow's own pages.
        """
        (asset,) = self.outlets
        said = [one["url"] for one in asset.extra.get("exposures", ()) if "url" in one]
        others = filter(None, (dashboard_url(one.dashboard) for one in self.dashboards))
        run = step_context.run
        context["outlet_events"][asset].extra = {
            "rows": result.rows_out,
            "quarantined": result.rows_quarantined,
            "deduplicated": result.rows_deduplicated,
            "discarded": result.rows_discarded,
            **{name: result.details.get(name) for name in OF_EVENTS},
            "spec_digest": run.spec_digest,
            "data_interval_start": run.interval_start.isoformat(),
            "data_interval_end": run.interval_end.isoformat(),
            "documentation": asset.extra["documentation"],
            "dashboards": list(dict.fromkeys([*said, *others])),
        }


OF_EVENTS = (
    "version",
    "digest",
    "columns",
    "rows_total",
    "rows_before",
    "rows_added",
    "rows_removed",
    "checks",
)
"""What an asset event takes over from the details of a publication."""
