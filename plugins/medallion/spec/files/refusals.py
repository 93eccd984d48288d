"""Issues of files that cannot be read as specs at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.errors import Issue
from medallion.spec.files.regular_file import FileRefused

if TYPE_CHECKING:
    from medallion.spec.yaml.problems import YamlRefused


def display_path(path: Path, root: Path) -> str:
    """A path for people: below the project's root, and printable whatever its bytes."""
    return printable(os.path.relpath(path, root))


def printable(text: str) -> str:
    """A path with bytes that are not UTF-8 shown as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def refusal(refused: FileRefused | YamlRefused, path: str) -> tuple[Issue, ...]:
    """The issues of a file that must not be read, or whose YAML is refused."""
    if isinstance(refused, FileRefused):
        problem = f"the file {refused.problem}"
        return (Issue(path=path, rule="file", problem=problem, remedy=refused.remedy),)
    return tuple(
        Issue(
            path=path,
            line=found.line,
            column=found.column,
            key=found.key,
            rule=found.rule,
            problem=found.problem,
            remedy=found.remedy,
        )
        for found in refused.problems
    )


def defect(error: Exception, path: str) -> Issue:
    """An issue for a defect of Medallion's own, so that other specs still load."""
    return Issue(
        path=path,
        rule="defect",
        problem=f"Medallion failed on this file: {type(error).__name__}: {error}",
        remedy="please report it with the file",
    )
