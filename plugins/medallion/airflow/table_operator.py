"""All steps of one table in one task: what a table of `for_each_table` is to Airflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from medallion.airflow.links import links_of
from medallion.airflow.operators import PublishOperator
from medallion.plan.model import LandStep

if TYPE_CHECKING:
    from medallion.plan.model import Exposure, PlannedTask, Step
    from medallion.steps.context import StepContext, StepResult


class TableOperator(PublishOperator):
    """Lands, cleans, gates and publishes one table. The registry has each step by itself, as if it
    were a task; Airflow sees one, by the table's name, and tries it again from the landing."""

    ui_color = "#dce9f5"

    def prepare(self) -> None:
        """Its steps are handed over by `take`, once the operator is made."""
        super().prepare()
        self.link_to(())
        self.steps: tuple[PlannedTask, ...] = ()
        self.befores: Mapping[str, Sequence[PlannedTask]] = {}
        self.landing = ""
        self.running = ""
        self.results: dict[str, StepResult] = {}

    def take(
        self, steps: Sequence[PlannedTask], before: Mapping[str, Sequence[PlannedTask]]
    ) -> None:
        """The steps, in their order.

        Args:
            before: by a step's id, what has to run again where its staging table is lost.
        """
        self.steps = tuple(steps)
        self.befores = {one.task_id: before[one.task_id] for one in steps}
        limits = [one.execution_timeout for one in steps if one.execution_timeout]
        self.execution_timeout: timedelta | None = max(limits, default=None)

    def works_with_lake(self) -> bool:
        """It lands there, and reads what it has landed."""
        return True

    def link_to(self, dashboards: Any) -> None:
        """Have buttons for dashboards that its own spec does not know; its landing is its own."""
        self.dashboards: tuple[Exposure, ...] = tuple(dashboards)
        self.operator_extra_links = links_of(self.step, self.dashboards, land="publish")

    def run_step(self, context: Mapping[str, Any]) -> dict[str, object]:
        """As a publication, whose result also names the landing."""
        return {**super().run_step(context), "landing": self.landing}

    def run_one(self, step: Any, context: StepContext, before: Sequence[PlannedTask]) -> StepResult:
        """Run the steps one after the other, each recorded under its own name.

        An environment leaves single steps to production: then the publication says so.
        """
        *earlier, last = self.steps
        for one in earlier:
            try:
                done = self._run_part(one, context)
            except AirflowSkipException:
                continue
            if isinstance(one.step, LandStep):
                self.landing = done.reference
        return self._run_part(last, context)

    def _run_part(self, part: PlannedTask, context: StepContext) -> StepResult:
        self.running = part.task_id
        own = replace(context, task_id=part.task_id, time_limit=part.execution_timeout)
        done = super().run_one(part.step, own, self.befores[part.task_id])
        self.results[part.task_id] = done
        return done

    def list_done(self) -> list[tuple[Step, str, StepResult | None]]:
        """All steps of the table."""
        return [(one.step, one.task_id, self.results.get(one.task_id)) for one in self.steps]

    def _out_of_time(self) -> str:
        return f"{self.running or self.task_id} was not done within {self.execution_timeout}"
