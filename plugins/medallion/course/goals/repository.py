"""A goal that is the state of a git repository: its branches, commits and files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from medallion.course.goals.base import Goal, Texts
from medallion.course.repository import run_git
from medallion.course.workplace import Workplace

_EMPTY_WORDS = re.compile(
    r"(wip|update[sd]?|changes?|fix(e[sd])?|test|commit|modif\w*|msg|message)\W*", re.IGNORECASE
)
MARKERS = ("<<<<<<<", "=======", ">>>>>>>")


class RepositoryGoal(Goal):
    """What a branch of the exercise's repository holds."""

    type: Literal["repository"]
    branch: str
    """It is there, and is looked at."""
    base: str = "main"
    """What it was made from: a branch or a tag."""
    commits: int | None = None
    """So many commits of its own."""
    changes: Texts | None = None
    """The files in which it differs from its base, these and no others."""
    holds: dict[str, Texts] = {}
    """By file, texts that are in it."""
    lacks: dict[str, Texts] = {}
    """By file, texts that are not."""
    includes: Texts = ()
    """Branches or tags whose commits it has."""
    untouched: dict[str, str] = {}
    """Branches that are where a tag is."""
    message: bool = Field(default=False)
    """Whether its last commit has to say what was done."""

    def judge(self, place: Workplace) -> Iterator[str]:
        """Whether there is such a branch, and what differs on it."""
        folder = place.folder
        if run_git(folder, "rev-parse", "--git-dir") is None:
            yield "the folder is not a git repository any more"
            return
        for branch, tag in self.untouched.items():
            if _commit(folder, branch) != _commit(folder, tag):
                yield f"{branch} should be as it was, it has other commits now"
        if _commit(folder, f"refs/heads/{self.branch}") is None:
            known = run_git(folder, "branch", "--format=%(refname:short)") or ""
            names = ", ".join(known.split()) or "none"
            yield f"there should be a branch {self.branch}; there is {names}"
            return
        unfinished = list(_find_unfinished(place))
        if unfinished:  # the rest would only say the same in other words
            yield from unfinished
            return
        for judge in (_of_commits, _of_changes, _of_texts):
            yield from judge(self, place)


def _commit(folder: Path, name: str) -> str | None:
    return run_git(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")


def _find_unfinished(place: Workplace) -> Iterator[str]:
    """A merge that has not ended, and changes that no commit has."""
    if _commit(place.folder, "MERGE_HEAD"):
        yield "a merge has begun and is not finished: its conflict waits for you"
    changed = run_git(place.folder, "status", "--porcelain", "--ignore-submodules=all") or ""
    if changed:
        names = ", ".join(line[3:] for line in changed.splitlines())
        yield f"changes that are in no commit yet: {names}"


def _of_commits(goal: RepositoryGoal, place: Workplace) -> Iterator[str]:
    folder = place.folder
    for name in goal.includes:
        if run_git(folder, "merge-base", "--is-ancestor", name, goal.branch) is None:
            yield f"{goal.branch} should have the commits of {name}, it lacks some"
    if goal.commits is not None:
        own = run_git(folder, "rev-list", "--count", f"{goal.base}..{goal.branch}") or "0"
        if int(own) != goal.commits:
            yield f"{goal.branch} should have {goal.commits} commit of its own, it has {own}"
    if goal.message:
        said = run_git(folder, "log", "-1", "--format=%s", "--no-show-signature", goal.branch) or ""
        if len(said.split()) < 3 or _EMPTY_WORDS.fullmatch(said):
            yield f"the commit's message should say what was done and why, it says {said!r}"


def _of_changes(goal: RepositoryGoal, place: Workplace) -> Iterator[str]:
    if goal.changes is None:
        return
    words = ("diff", "--no-ext-diff", "--no-textconv", "--name-only", goal.base, goal.branch)
    found = (run_git(place.folder, *words) or "").split("\n")
    names = {name for name in found if name}
    if missing := [name for name in goal.changes if name not in names]:
        yield f"{goal.branch} should change {', '.join(missing)}, and does not"
    if extra := sorted(names - set(goal.changes)):
        yield f"{goal.branch} changes {', '.join(extra)} too, which was not asked for"


def _of_texts(goal: RepositoryGoal, place: Workplace) -> Iterator[str]:
    for name in {**goal.holds, **goal.lacks}:
        text = run_git(place.folder, "cat-file", "blob", f"{goal.branch}:{name}")
        if text is None:
            yield f"{name} should be on {goal.branch}, it is not there"
            continue
        if any(line.startswith(MARKERS) for line in text.splitlines()):
            yield f"{name} still has the marks of a conflict: {' '.join(MARKERS)}"
            continue
        for wanted in goal.holds.get(name, ()):
            if wanted not in text:
                yield f"{name} on {goal.branch} should have `{wanted}`, it has not"
        for unwanted in goal.lacks.get(name, ()):
            if unwanted in text:
                yield f"{name} on {goal.branch} still has `{unwanted}`"
