"""What every kind of goal has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field
from rich.console import Console

from medallion.course.workplace import Workplace
from medallion.model import SpecModel

Texts = Annotated[tuple[str, ...], Field(strict=False)]


class Goal(SpecModel):
    """One goal of an exercise. A kind adds what it looks at, and `judge`."""

    why: str = Field(min_length=10)
    """Why it matters, for whom it is: shown when the goal is missed."""
    look: str = Field(min_length=3)
    """Where the learner looks first: a place in his files, or in the page."""

    def judge(self, place: Workplace) -> Iterator[str]:
        """What was expected and what was found instead; nothing where the goal is reached.

        Raises:
            MedallionError: what the learner wrote was refused: the error's text is the finding.
        """
        raise NotImplementedError

    def show(self, place: Workplace, console: Console) -> bool:
        """Print what the learner's work gives now, unjudged; False: there is nothing to show."""
        return False
