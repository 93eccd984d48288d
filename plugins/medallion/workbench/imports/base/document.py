"""A file of another tool as data: YAML, JSON, or the literals of a Python file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medallion.errors import SetupError
from medallion.workbench.imports.base.python_values import read_python
from medallion.workbench.imports.base.yaml_values import join_parts, read_yaml

MOST_BYTES = 16 * 1024 * 1024
MOST_FILES = 200
FILES = "files"
"""The key under which a folder's files stand, each by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a file says.

    Attributes:
        path: the file.
        data: plain values; `Expression` where a Python file computes one.
        lines: of its values, by their places; those of JSON are not known.
        others: of a Python file, the lines of further configurations.
    """

    path: Path
    data: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)
    others: tuple[int, ...] = ()


def read_document(path: Path) -> Document:
    """A file as data. Nothing of it is run.

    Raises:
        SetupError: it is not there, too large, or holds no mapping.
    """
    if path.is_dir():
        return _folder(path)
    text = read_text(path)
    data: Any
    lines: dict[str, int] = {}
    others: tuple[int, ...] = ()
    with _naming(path.name):
        if path.suffix == ".py":
            python = read_python(text)
            data, lines, others = python.data, python.lines, python.others
        elif path.suffix == ".json":
            data = _json(text)
        else:
            data, lines = read_yaml(text)
    if not isinstance(data, dict):
        empty = "is empty" if not text.strip() else "holds no mapping of keys to values"
        raise SetupError(
            f"{path.name} {empty}",
            remedy="name the configuration itself: docs/import.md says which are read",
        )
    return Document(path=path, data=data, lines=lines, others=others)


def _folder(path: Path) -> Document:
    """All YAML files of a folder, those in folders below too."""
    found = sorted(one for one in path.rglob("*.y*ml") if one.suffix in (".yml", ".yaml"))
    found = [one for one in found if not one.is_symlink() and "dbt_packages" not in one.parts]
    if not found or len(found) > MOST_FILES:
        raise SetupError(
            f"{path} has {len(found):,} YAML files",
            remedy=f"name a folder with 1 to {MOST_FILES} of them",
        )
    files: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for one in found:
        name = str(one.relative_to(path))
        with _naming(name):
            files[name], own = read_yaml(read_text(one))
        lines |= {join_parts(join_parts(FILES, name), place): line for place, line in own.items()}
    return Document(path=path, data={FILES: files}, lines=lines)


def read_text(path: Path) -> str:
    """A file of text, whole.

    Raises:
        SetupError: it is not a file, too large, or not UTF-8.
    """
    if not path.is_file():
        what = f"{path} is a device or a pipe" if path.exists() else f"there is no file {path}"
        raise SetupError(what, remedy="name a file that is there")
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise SetupError(
            f"{path.name} has more than {MOST_BYTES:,} bytes", remedy="import its parts"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SetupError(
            f"{path.name} is not UTF-8: {error.reason}", remedy="save it as UTF-8"
        ) from error
    if (at := text.find("\0")) >= 0:
        line = text.count("\n", 0, at) + 1
        raise SetupError(
            f"{path.name}, line {line}: it has a NUL character: it is not a text file, or damaged",
            remedy="save it as UTF-8",
        )
    return text


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Say of which file a problem is."""
    try:
        yield
    except SetupError as error:
        if error.problem.startswith(name):
            raise
        raise SetupError(f"{name}: {error.problem}", remedy=error.remedy) from error


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise SetupError(f"this is not JSON: {error}", remedy="name a whole file") from error
    except RecursionError:
        raise SetupError(
            "it is nested too deep", remedy="import a smaller one, or its parts"
        ) from None
