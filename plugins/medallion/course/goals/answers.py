"""A goal that is a file of answers: figures that the learner reads, held against the tables."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from medallion.course.goals.base import Goal
from medallion.course.goals.query import ask_text
from medallion.course.workplace import Workplace, read_work
from medallion.model import SpecModel
from medallion.spec.messages.report import visible
from medallion.spec.yaml.loader import read_yaml
from medallion.spec.yaml.problems import YamlRefused


class KnownMistake(SpecModel):
    """An answer that people give often, and what it shows."""

    value: str | int | float | bool | None = None
    sql: str = ""
    """Instead of a value: a SELECT of one."""
    says: str
    """What the answer is the answer to."""


Mistakes = Annotated[tuple[KnownMistake, ...], Field(strict=False)]


class Question(SpecModel):
    """One question. Its answer is a value, or what a SELECT over the practice tables gives."""

    value: str | int | float | bool | None = None
    sql: str = ""
    within: float = 0.0
    """So far from it a number may be: a dashboard rounds."""
    mistakes: Mistakes = ()

    @model_validator(mode="after")
    def _one_of_them(self) -> Question:
        if (self.value is None) == (not self.sql):
            raise ValueError("a question has either `value` or `sql`")
        return self


class AnswersGoal(Goal):
    """A YAML file with an answer for each question. What is right is never shown."""

    type: Literal["answers"]
    file: str
    questions: dict[str, Question] = Field(min_length=1)

    def judge(self, place: Workplace) -> Iterator[str]:
        """Each answer that is missing or wrong, and what is known of it."""
        text = read_work(place.folder, self.file)
        try:
            said = read_yaml(text.encode(), may_be_empty=True)
        except YamlRefused as refused:
            first = refused.problems[0]
            yield f"{self.file}, line {first.line}: {first.problem} → {first.remedy}"
            return
        for name in sorted(set(said) - set(self.questions)):
            yield f"`{visible(name)}` is not a question: the names in the file stay as they are"
        for name, question in self.questions.items():
            answer = said.get(name)
            if answer is None:
                yield f"`{name}` has no answer yet"
            elif text := _wrong(answer, question, place):
                yield f"`{name}`: you wrote {visible(str(answer))}. {text}"


def _wrong(answer: Any, question: Question, place: Workplace) -> str:
    right = _value(question.value, question.sql, place)
    if _equal(answer, right, question.within):
        return ""
    for known in question.mistakes:
        if _equal(answer, _value(known.value, known.sql, place), question.within):
            return known.says
    if isinstance(right, int | float) and not isinstance(right, bool):
        if isinstance(answer, bool) or not isinstance(answer, int | float):
            return "It should be a number: digits, a point for decimals, no unit."
        return "It is too high." if answer > right else "It is too low."
    return "It is not what the data say."


def _value(value: Any, sql: str, place: Workplace) -> Any:
    if not sql:
        return value
    rows = ask_text(sql, place, "the question").rows
    found = rows[0][0] if rows else None
    return float(found) if isinstance(found, Decimal) else found


def _equal(answer: Any, right: Any, within: float) -> bool:
    if isinstance(answer, bool) or isinstance(right, bool):
        return answer is right
    if isinstance(answer, int | float) and isinstance(right, int | float):
        return abs(answer - right) <= within + 1e-9
    return _text(answer) == _text(right)


def _text(value: Any) -> str:
    return " ".join(str(value).split()).casefold()
