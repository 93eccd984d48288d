"""The issues of a spec that was just made, among those of its project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from medallion.errors import Issue


def issues_of_draft(issues: Iterable[Issue], draft: str) -> list[Issue]:
    """The issues that a project has because of a new spec, as issues of that spec.

    Args:
        issues: of the project.
        draft: the new spec's path in the project.
    """
    found = (_turn_to_draft(issue, draft) for issue in issues)
    return [issue for issue in found if issue.path == draft]


def _turn_to_draft(issue: Issue, draft: str) -> Issue:
    """Of two specs with one table that which sorts last has the issue: here it is the draft's,
    whichever is there already."""
    published = f" is published by {draft} already"
    if issue.rule != "table-published-twice" or not issue.problem.endswith(published):
        return issue
    problem = issue.problem.removesuffix(published) + f" is published by {issue.path} already"
    return replace(issue, path=draft, line=0, column=0, problem=problem)
