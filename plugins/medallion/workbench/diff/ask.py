"""What is compared: the table, the data that its rows are made of, and what readers have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from medallion.closest import closest
from medallion.errors import SetupError, SpecError
from medallion.names import Layer, PublishedTable
from medallion.operations.surroundings import Surroundings
from medallion.plan.model import Plan, PublishStep
from medallion.run import Run
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.landings import KeptLanding, landing_behind
from medallion.warehouse.registry.records import Publication
from medallion.warehouse.session.transaction import session
from medallion.workbench.comparison.sides import Side
from medallion.workbench.preview import run_for, run_over

EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is compared.

    Attributes:
        plan: of the pipeline that publishes the table.
        landing: of silver, what is cleaned; None: the source is asked.
        current: what is published; None: nothing yet.
        most: examples of each kind.
    """

    table: PublishedTable
    plan: Plan
    run: Run
    landing: KeptLanding | None
    current: Publication | None
    most: int = EXAMPLES

    @property
    def step(self) -> PublishStep:
        """How the table is published."""
        steps = (task.step for task in self.plan.tasks if isinstance(task.step, PublishStep))
        return next(step for step in steps if step.table == self.table)


def plan_of_table(table: PublishedTable, side: Side) -> Plan:
    """The plan that publishes a table, as the working tree has it.

    Raises:
        SpecError: the specs are refused, and one of them may publish it.
        SetupError: no spec publishes it.
    """
    known: list[str] = []
    for path in side.specs:
        plan = side.plans[path]
        tables = [t.step.table for t in plan.tasks if isinstance(t.step, PublishStep)]
        if table in tables:
            return plan
        known += [str(one.public) for one in tables]
    if issues := [issue for found in side.refused.values() for issue in found]:
        raise SpecError(issues)
    near = closest(str(table.public), known)
    raise SetupError(
        f"no spec publishes {table.public}",
        remedy=f"did you mean {near}?" if near else "`make plan` shows what there is",
    )


def ask(
    table: PublishedTable,
    plan: Plan,
    surroundings: Surroundings,
    *,
    moment: datetime | None = None,
    fresh: bool = False,
    most: int = EXAMPLES,
) -> Question:
    """Look at what is published, and choose what it is compared with: by default the data that
    readers have, so that only the spec's change shows.

    Args:
        moment: of silver: the source is asked for the data interval that holds it.
        fresh: of silver: the source is asked.
        most: examples of each kind.

    Raises:
        SetupError: the pipeline has no intervals, and a moment is asked for.
        WarehouseUnavailable: the warehouse does not answer.
    """
    with session(surroundings.warehouse_url, f"looking at {table.public}") as connection:
        current = registry.current(connection, table)
        landing = None
        if table.layer is Layer.SILVER and moment is None and not fresh:
            landing = landing_behind(connection, table)
    return Question(
        table=table,
        plan=plan,
        run=_run(plan, table, moment, landing, current),
        landing=landing,
        current=current,
        most=most,
    )


def _run(
    plan: Plan,
    table: PublishedTable,
    moment: datetime | None,
    landing: KeptLanding | None,
    current: Publication | None,
) -> Run:
    """The run to try: over the interval of the data that readers have, where that is known."""
    if landing is not None:
        return run_over(plan, landing.interval_start, landing.interval_end)
    if table.layer is Layer.GOLD and current is not None and moment is None:
        end = current.data_interval_end
        if plan.settings.schedule is not None:
            return run_for(plan, end - timedelta(microseconds=1), end)
        return run_over(plan, end, end)
    return run_for(plan, moment, datetime.now(UTC))
