"""Real git, in a small repository of the learner's own.

Neither the user's nor the machine's configuration is read, no hook is run, and nobody is asked: the
same steps give the same commits everywhere.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from medallion.errors import SetupError
from medallion.model import SpecModel
from medallion.spec.yaml.loader import read_yaml

STEPS_FILE = "steps.yaml"
_SECONDS = 20.0
_ALONE = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_EDITOR": "true",
    "LC_ALL": "C",
}
_MADE_BY = {
    "GIT_AUTHOR_NAME": "Camille",
    "GIT_AUTHOR_EMAIL": "camille@example.org",
    "GIT_COMMITTER_NAME": "Camille",
    "GIT_COMMITTER_EMAIL": "camille@example.org",
    "GIT_AUTHOR_DATE": "2026-01-05T09:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-05T09:00:00Z",
}
_QUIET = (
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"),
    *("-c", "commit.gpgSign=false", "-c", "tag.gpgSign=false"),
)
_RUN = ("clean", "smudge", "process")
"""What a filter may run, as the repository's own configuration has it."""
_LEARNER = {"user.name": "Learner", "user.email": "learner@example.org"}


class GitStep(SpecModel):
    """One step: files that are written, or a command of git."""

    write: dict[str, str] = {}
    """Texts by their paths below the repository."""
    git: str = ""
    """The words after `git`: `switch -c wip`. One that fails is left at that, for a merge with a
    conflict ends so."""

    @model_validator(mode="after")
    def _one_of_them(self) -> GitStep:
        if bool(self.write) == bool(self.git):
            raise ValueError("a step is either `write` or `git`")
        return self


Steps = Annotated[tuple[GitStep, ...], Field(strict=False)]


class GitSteps(SpecModel):
    """steps.yaml: how a repository comes to be as it is."""

    steps: Steps


def make_repository(file: Path, folder: Path) -> None:
    """Carry the steps of a file out in a folder, which becomes a repository if it is not one.

    Raises:
        SetupError: the file is not right, or there is no git.
    """
    try:
        read = GitSteps.model_validate(read_yaml(file.read_bytes()))
    except ValidationError as error:
        raise SetupError(f"{file} is not right: {error}", remedy="correct it") from None
    take_steps(read.steps, folder)


def take_steps(steps: Sequence[GitStep], folder: Path) -> None:
    """Carry steps out, by the name of a colleague and at one moment.

    Raises:
        SetupError: there is no git.
    """
    if not (folder / ".git").exists():
        folder.mkdir(parents=True, exist_ok=True)
        run_git(folder, "init", "--quiet", "--initial-branch=main")
        for name, value in _LEARNER.items():
            run_git(folder, "config", name, value)
    for step in steps:
        for name, text in step.write.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        if step.git:
            run_git(folder, *shlex.split(step.git), environ=_MADE_BY)


def run_git(folder: Path, *words: str, environ: dict[str, str] | None = None) -> str | None:
    """What git prints, without the last line end; None: it fails.

    Raises:
        SetupError: git is not installed, or does not end.
    """
    return _run(folder, (*_leave_out_filters(folder), *words), environ or {})


def _leave_out_filters(folder: Path) -> tuple[str, ...]:
    """The words that empty each filter of the repository: `git status` would run it."""
    said = _run(folder, ("config", "--name-only", "--get-regexp", r"^filter\."), {}) or ""
    names = dict.fromkeys(line.partition(".")[2].rpartition(".")[0] for line in said.splitlines())
    return tuple(
        word
        for name in names
        for key in (*(f"{one}=" for one in _RUN), "required=false")
        for word in ("-c", f"filter.{name}.{key}")
    )


def _run(folder: Path, words: Sequence[str], environ: Mapping[str, str]) -> str | None:
    try:
        done = subprocess.run(
            ["git", *_QUIET, *words],  # whichever git the learner uses
            cwd=folder,
            env={**_outside(), **_ALONE, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise SetupError("git is not installed", remedy="install it: https://git-scm.com") from None
    except subprocess.TimeoutExpired:
        raise SetupError(
            f"git {words[0]} did not end within {_SECONDS:g} s", remedy="try again"
        ) from None
    return done.stdout.decode(errors="replace").rstrip("\n") if done.returncode == 0 else None


def _outside() -> dict[str, str]:
    """The environment without git's own variables: a hook that runs this has them set."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
