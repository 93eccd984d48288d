"""What a person asks of a restatement, held to what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from medallion.airflow.pages.access import Viewer
from medallion.airflow.pages.backfill_form import Wrong, read_moment
from medallion.airflow.pages.desk import find_plan, read_declared, reading, reading_rows
from medallion.airflow.pages.table import open_table
from medallion.catalogue.restatements import (
    RestatePreview,
    find_plans_below,
    find_versions,
    read_restate_preview,
)
from medallion.catalogue.table import TableHead
from medallion.errors import SetupError
from medallion.operations.downstream import Downstream, find_downstream, find_stretch
from medallion.operations.environments.setting import read_environment
from medallion.plan.intervals import Span
from medallion.plan.model import Plan
from medallion.schedules.clock import zone_of

COUNTING = timedelta(seconds=2)
"""How long the rows of one table are counted while a person waits."""


class RestateAsked(BaseModel):
    """As it was written; everything is text, so that what is wrong can be shown again."""

    model_config = ConfigDict(frozen=True)

    first: str = Field(default="", max_length=40)
    """The first start of a data interval: a day of the pipeline's zone, or a moment, in that zone
    unless it names one (`2026-01-31T06:00`)."""
    last: str = Field(default="", max_length=40)
    """The last start, itself included: a day means all of it. The first one by default."""

    @property
    def is_empty(self) -> bool:
        """Whether nobody has asked yet."""
        return not (self.first or self.last)


class RestateOrdered(RestateAsked):
    """The same, sent to be done: with the token that shows it comes from our own page."""

    token: str = Field(default="", max_length=500)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestateWish:
    """A restatement that can be done."""

    head: TableHead
    stretch: Span
    downstream: Sequence[Downstream]
    preview: RestatePreview


def wish_of(viewer: Viewer, name: str, asked: RestateAsked) -> RestateWish:
    """What was asked for, and what it would do.

    Raises:
        Wrong: it cannot be done, said at the field; `table` where no field is wrong.
        HTTPException: 404, the person may not see the table.
    """
    with open_table(viewer, name) as one:
        head = one.head
    plan = _find_plan(head)
    stretch = _find_stretch(plan, asked)
    downstream = find_below(head, stretch)
    _hold_to_rights(viewer, [str(one.plan.dag_id) for one in downstream if not one.is_view])
    with reading(f"looking at what is made of {name}") as session:
        versions = find_versions(session, downstream)
    counted = list(versions.values())
    with reading_rows(f"counting rows below {name}", counted, COUNTING) as session:
        preview = read_restate_preview(
            session, head.table, stretch, plan.settings.timezone, downstream
        )
    return RestateWish(head=head, stretch=stretch, downstream=downstream, preview=preview)


def find_below(head: TableHead, stretch: Span) -> tuple[Downstream, ...]:
    """What follows from a stretch of a table, by the plans that run."""
    dag_ids = sorted(find_plans_below(read_declared(), head.table))
    plans = [plan for plan in map(find_plan, dag_ids) if plan is not None]
    return find_downstream(plans, head.table, stretch, datetime.now(UTC))


def _find_plan(head: TableHead) -> Plan:
    if environment := read_environment():
        raise Wrong(
            {
                "table": f"This Airflow works in the {environment.label}, where nothing is "
                "restated: run its DAGs again."
            }
        )
    plan = find_plan(head.row.dag_id)
    if plan is None:
        raise Wrong({"table": f"No version of the spec of {head.row.dag_id} runs: is it refused?"})
    if plan.settings.schedule is None:
        raise Wrong(
            {
                "table": f"{plan.dag_id} has no schedule, and so no data intervals. Trigger it: "
                "its tables are built whole."
            }
        )
    return plan


def _find_stretch(plan: Plan, asked: RestateAsked) -> Span:
    wrong: dict[str, str] = {}
    zone = zone_of(plan.settings.timezone)
    first = read_moment(asked.first, "first", zone, wrong)
    last = read_moment(asked.last or asked.first, "last", zone, wrong) if asked.first else None
    if first and last and last < first:
        wrong["last"] = "It ends before it starts: name a day that is not before the first one."
    elif first and first > datetime.now(UTC):
        wrong["first"] = "It has not begun: name a day in the past."
    if wrong or first is None or last is None:
        raise Wrong(wrong)
    try:
        return find_stretch(plan, first, last)
    except SetupError as error:
        said = f"{error.problem}: {error.remedy}."
        raise Wrong({"last": said[:1].upper() + said[1:]}) from None


def _hold_to_rights(viewer: Viewer, dag_ids: Sequence[str]) -> None:
    """Whoever restates runs the tables below: he has to be allowed to run their DAGs."""
    asked = set(dag_ids)
    others = sorted(asked - set(viewer.triggerable(asked & viewer.dag_ids)))
    seen = [one for one in others if one in viewer.dag_ids]
    hidden = len(others) - len(seen)
    if others:
        named = [*seen, *([f"{hidden} that you may not see"] if hidden else [])]
        raise Wrong(
            {
                "table": f"Tables below it are those of DAGs that you may not start: "
                f"{', '.join(named)}. Ask somebody who may start all of them."
            }
        )
