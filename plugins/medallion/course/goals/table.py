"""The kinds of goals. A new one is a file beside this, and a line here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from medallion.course.goals.answers import AnswersGoal
from medallion.course.goals.backfill import BackfillGoal
from medallion.course.goals.pipeline import PipelineGoal
from medallion.course.goals.query import QueryGoal
from medallion.course.goals.repository import RepositoryGoal
from medallion.course.goals.spec import SpecGoal

AnyGoal = Annotated[
    QueryGoal | SpecGoal | PipelineGoal | AnswersGoal | BackfillGoal | RepositoryGoal,
    Field(discriminator="type"),
]
