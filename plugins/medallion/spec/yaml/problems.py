"""What can be wrong with a YAML file before its content matters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import yaml

_REMEDIES = (
    ("mapping values are not allowed", "quote a text that holds `: `, and check the indentation"),
    (
        "cannot start any token",
        "indent with spaces, not tabs; quote a text that starts with @ or `",
    ),
    ("found a tab character", "indent with spaces, not tabs"),
    ("could not find expected ':'", "a key ends with a colon and a space: `key: value`"),
    ("did not find expected key", "check the indentation and the quotes of this line"),
    ("did not find expected '-' indicator", "check the indentation of the list above"),
    ("did not find expected ',' or", "close the bracket or brace, and separate with commas"),
    ("unexpected end of stream", "a quote that is opened above is not closed"),
    ("undefined alias", "quote a text that starts with *"),
    ("alphabetic or numeric character", "quote a text that starts with & or *"),
    ("unknown escape character", "inside double quotes \\ is special: use single quotes"),
    ("control characters are not allowed", "remove the invisible character"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlProblem:
    """One problem and its place; line and column from 1, 0 where there is none."""

    line: int = 0
    column: int = 0
    key: str = ""
    rule: str
    problem: str
    remedy: str = ""


class YamlRefused(Exception):
    """The file is not YAML, or uses YAML that specs may not. `problems` has all of them."""

    def __init__(self, problems: Iterable[YamlProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.problem for problem in self.problems))

    @classmethod
    def of(
        cls, rule: str, problem: str, *, remedy: str, line: int = 0, column: int = 0
    ) -> YamlRefused:
        """A refusal for one problem, whose rule is `yaml-<rule>`. Line 0: the place is not
        known."""
        one = YamlProblem(
            line=line, column=column, rule=f"yaml-{rule}", problem=problem, remedy=remedy
        )
        return cls([one])


def syntax_problem(error: yaml.YAMLError, text: str) -> YamlProblem:
    """libyaml's error as a problem with its place and the usual remedy."""
    said = str(getattr(error, "problem", "") or getattr(error, "reason", "") or error)
    context = str(getattr(error, "context", "") or "")
    line, column = _place(error, text)
    remedy = next((text for words, text in _REMEDIES if words in said), "")
    return YamlProblem(
        line=line,
        column=column,
        rule="yaml-syntax",
        problem=" ".join(f"{said} {context}".split()),
        remedy=remedy or "check the indentation, the quotes and the brackets around this place",
    )


def _place(error: yaml.YAMLError, text: str) -> tuple[int, int]:
    """Line and column from 1. Of a character that it will not read, libyaml tells only the byte."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        return mark.line + 1, mark.column + 1
    position = getattr(error, "position", None)
    if not isinstance(position, int):
        return 0, 0
    before = text.encode()[:position].decode(errors="replace")
    return before.count("\n") + 1, len(before) - before.rfind("\n")
