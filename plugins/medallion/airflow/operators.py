"""The operators: one step of a plan as an Airflow task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowTaskTimeout,
)

from medallion.errors import MedallionError

if TYPE_CHECKING:
    from medallion.plan.model import BuildStep, PlannedTask, Step
    from medallion.steps.context import StepContext, StepResult


def as_failure(error: MedallionError) -> AirflowException:
    """Airflow's word for it: one that is retried, or one that would only fail again."""
    kind = AirflowException if error.retryable else AirflowFailException
    return kind(f"{type(error).__name__}: {error}")


class StepOperator(BaseOperator):
    """Runs one step. What it pushes to XCom is a small reference and counts, never data."""

    ui_color = "#e8eef7"

    def __init__(
        self,
        *,
        step: Step,
        spec_digest: str,
        schedule: str | None,
        before: tuple[PlannedTask, ...] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.step = step
        self.before = before
        self.spec_digest = spec_digest
        self.interval_schedule = schedule
        self.prepare()

    def prepare(self) -> None:
        """The rest of __init__, which subclasses do not have: Airflow wraps each in much work."""

    def execute(self, context: Mapping[str, Any]) -> dict[str, object]:
        """Run the step; decide here, and only here, whether a failure is worth a retry."""
        from medallion.steps.run import run_step

        try:
            surroundings = self.surroundings(context)
            result = run_step(self.step, surroundings, self.before)
        except MedallionError as error:
            raise as_failure(error) from None
        except AirflowTaskTimeout:
            raise AirflowException(
                f"{self.task_id} of {self.step.table.public} was not done within "
                f"{self.execution_timeout}\n  → is the source or the warehouse slow, or is there "
                "more to do? Then raise `execution_timeout` of the table or the pipeline in the "
                "spec. A try that is left goes on where it can"
            ) from None
        self.announce(context, surroundings, result)
        return result.to_xcom()

    def surroundings(self, context: Mapping[str, Any]) -> StepContext:
        """The step's context for this task instance."""
        from medallion.airflow.run_context import step_context

        surroundings = step_context(context, self.spec_digest, self.interval_schedule)
        return replace(surroundings, time_limit=self.execution_timeout)

    def announce(
        self, context: Mapping[str, Any], surroundings: StepContext, result: StepResult
    ) -> None:
        """What other DAGs are told; nothing, but for a publication."""


class LandOperator(StepOperator):
    """Source → bronze."""

    ui_color = "#f3e3d3"


class GateOperator(StepOperator):
    """Great Expectations between one layer and the next."""

    ui_color = "#fdf3c8"


class CleanOperator(StepOperator):
    """Bronze → a staging table."""


class BuildOperator(StepOperator):
    """One SELECT → a staging table. Its SQL shows under "Rendered Templates" as it is run."""

    template_fields: Sequence[str] = ("sql",)
    template_fields_renderers = {"sql": "sql"}
    step: BuildStep

    def prepare(self) -> None:
        """The SQL as it is written, until a task's context is there."""
        self.sql = self.step.sql

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        """Fill in the run's values as typed literals. Jinja is not run over a spec's SQL: a
        template could reach connections and their secrets.
        """
        from medallion.airflow.run_context import data_interval
        from medallion.steps.build import render

        start, end = data_interval(context["dag_run"], self.interval_schedule)
        self.sql = render(self.step.sql, start, end, context["ti"].run_id)


class PublishOperator(StepOperator):
    """Staging → what readers see; then an event of its outlet for the DAGs that wait for it."""

    ui_color = "#d9ead3"

    def announce(
        self, context: Mapping[str, Any], surroundings: StepContext, result: StepResult
    ) -> None:
        """After the commit: rows, version and digest ride on the asset event."""
        (asset,) = self.outlets
        context["outlet_events"][asset].extra = {
            "rows": result.rows_out,
            "version": result.details.get("version"),
            "digest": result.details.get("digest"),
            "spec_digest": surroundings.spec_digest,
            "data_interval_start": surroundings.interval_start.isoformat(),
            "data_interval_end": surroundings.interval_end.isoformat(),
        }
