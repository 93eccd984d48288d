"""A goal that is a spec: the product's own validation accepts it, and it says what was asked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal

import yaml

from medallion.compiler.project import read_project
from medallion.course.goals.base import Goal
from medallion.course.workplace import Workplace
from medallion.spec.files.excerpts import lines_below
from medallion.spec.files.regular_file import SPECS_FOLDER
from medallion.spec.messages.report import render, visible
from medallion.spec.yaml.loader import read_yaml

_NOTHING = object()


class SpecGoal(Goal):
    """A spec of the exercise's project."""

    type: Literal["spec"]
    pipeline: str
    """`<domain>.<name>`."""
    says: dict[str, Any] = {}
    """Values by the keys that lead to them: `datasets.brands.silver.primary_key`."""
    lists: dict[str, Any] = {}
    """By a key whose value is a list, something that has to be in it."""
    tells: bool = True
    """Whether messages say what is right: not where the task is to find it."""

    def judge(self, place: Workplace) -> Iterator[str]:
        """Every problem that `validate` reports; where there is none, what it does not say."""
        found = list(problems_of(self.pipeline, place))
        if found:
            yield from found
            return
        said = read_yaml((place.folder / spec_name(self.pipeline)).read_bytes())
        for key, wanted in self.says.items():
            value = _value_at(said, key)
            if value != wanted:
                right = f" should be {_show(wanted)}," if self.tells else " is not right:"
                yield f"`{key}`{right} it {_is(value)}"
        for key, wanted in self.lists.items():
            value = _value_at(said, key)
            if not isinstance(value, list) or wanted not in value:
                yield f"`{key}` should hold {_show(wanted)}, it {_is(value)}"


def spec_name(pipeline: str) -> str:
    """The file of a pipeline's spec, below the project's root.

    >>> spec_name("cinema.brands")
    'specs/cinema/brands.yaml'
    """
    domain, _, name = pipeline.partition(".")
    return f"{SPECS_FOLDER}/{domain}/{name}.yaml"


def problems_of(pipeline: str, place: Workplace) -> Iterator[str]:
    """What is wrong with the specs of the exercise, as `validate` writes it."""
    name = spec_name(pipeline)
    if not (place.folder / name).is_file():
        yield f"there is no spec {name}"
        return
    report = read_project(place.folder)
    for issue in report.issues:
        yield render([issue], lines_below(place.folder), colour=False)


def _value_at(said: Any, key: str) -> Any:
    for part in key.split("."):
        if isinstance(said, dict) and part in said:
            said = said[part]
        elif isinstance(said, list) and part.isdigit() and int(part) < len(said):
            said = said[int(part)]
        else:
            return _NOTHING
    return said


def _is(value: Any) -> str:
    return "is not there" if value is _NOTHING else f"is {_show(value)}"


def _show(value: Any) -> str:
    """A value in one line, as it is written in a spec.

    >>> _show({"between": {"column": "releases"}}), _show("integer"), _show("12"), _show(None)
    ('{between: {column: releases}}', 'integer', "'12'", 'null')
    """
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=math.inf
    )
    return visible(text.removesuffix("...\n").strip())
