"""What a person asks of a backfill, held to what can be done: a problem is shown at its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from medallion.airflow.pages.access import Viewer
from medallion.catalogue.backfills import Again
from medallion.catalogue.declared import Declared, DeclaredPipeline
from medallion.schedules.clock import UTC_NAME, midnight, moment_in, zone_of
from medallion.schedules.cron import CONTINUOUS

MOST_AT_ONCE = 32
_DAY = len("2026-01-31")


class BackfillAsked(BaseModel):
    """As it was written; everything is text, so that what is wrong can be shown again."""

    model_config = ConfigDict(frozen=True)

    dag_id: str = Field(default="", max_length=250)
    first: str = Field(default="", max_length=40)
    """The first start of a data interval: a day of the pipeline's zone, or a moment, in that zone
    unless it names one (`2026-01-31T06:00`)."""
    last: str = Field(default="", max_length=40)
    """The last start, itself included: a day means all of it."""
    again: str = Field(default=Again.NONE, max_length=20)
    """`none`: only intervals without a run; `failed`: failed ones too; `completed`: all."""
    at_once: str = Field(default="", max_length=10)
    """How many runs may run at once; the DAG's own `max_active_runs` by default."""

    @property
    def is_empty(self) -> bool:
        """Whether nobody has asked yet."""
        return not (self.dag_id or self.first or self.last)


class BackfillOrdered(BackfillAsked):
    """The same, sent to be done: with the token that shows it comes from our own page."""

    token: str = Field(default="", max_length=500)


class Wrong(Exception):
    """What was asked for cannot be done: by field, a sentence that says why and what to do."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(fields)
        self.fields = fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A backfill that can be looked at. `at_once`: None, as the DAG does."""

    pipeline: DeclaredPipeline
    first: datetime
    last: datetime
    again: Again
    at_once: int | None


def wish_of(asked: BackfillAsked, known: Declared, viewer: Viewer) -> Wish:
    """What was asked for, if each field makes sense.

    Raises:
        Wrong: with a sentence for each field that does not.
    """
    wrong: dict[str, str] = {}
    pipeline = _pipeline(asked.dag_id, known, viewer, wrong)
    zone = zone_of(pipeline.timezone if pipeline else UTC_NAME)
    first = read_moment(asked.first, "first", zone, wrong)
    last = read_moment(asked.last, "last", zone, wrong)
    if first and last and last < first:
        wrong["last"] = "It ends before it starts: name a day that is not before the first one."
    elif first and first > datetime.now(UTC):
        wrong["first"] = "It has not begun: name a day in the past."
    at_once = _at_once(asked.at_once, wrong)
    if asked.again not in {*Again}:
        wrong["again"] = f"It is one of {', '.join(Again)}."
    if wrong or pipeline is None or first is None or last is None:
        raise Wrong(wrong)
    return Wish(
        pipeline=pipeline, first=first, last=last, again=Again(asked.again), at_once=at_once
    )


def _pipeline(
    dag_id: str, known: Declared, viewer: Viewer, wrong: dict[str, str]
) -> DeclaredPipeline | None:
    if not dag_id:
        wrong["dag_id"] = "Choose a DAG."
        return None
    seen = (one for one in known.pipelines if str(one.dag_id) in viewer.dag_ids)
    pipeline = next((one for one in seen if str(one.dag_id) == dag_id), None)
    if pipeline is None:
        wrong["dag_id"] = f"There is no DAG {dag_id} that you may see."
    elif not viewer.may_trigger(dag_id):
        wrong["dag_id"] = f"You may look at {dag_id}, not start runs of it."
    elif pipeline.schedule in (None, CONTINUOUS):
        wrong["dag_id"] = (
            f"{dag_id} has no schedule, and so no data intervals to run again. Trigger it: it "
            "reads what its sources have now."
        )
    return pipeline


def read_moment(text: str, field: str, zone: ZoneInfo, wrong: dict[str, str]) -> datetime | None:
    """What a field names: a day of the zone is its first moment, and as the `last` one of a stretch
    its last. None: it is none, which `wrong` then says."""
    if not text:
        wrong[field] = f"Name the {field} day."
        return None
    try:
        if len(text) > _DAY:
            return moment_in(datetime.fromisoformat(text), zone)
        day = date.fromisoformat(text)
        if field == "first":
            return midnight(day, zone)
        if day == date.max:
            return datetime.max.replace(tzinfo=UTC)
        return midnight(day + timedelta(days=1), zone) - timedelta(microseconds=1)
    except (ValueError, OverflowError):
        wrong[field] = "It is not a date: write 2026-01-31, or 2026-01-31T06:00."
        return None


def _at_once(text: str, wrong: dict[str, str]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_AT_ONCE):
        wrong["at_once"] = f"It is a number from 1 to {MOST_AT_ONCE}."
        return None
    return int(text)
