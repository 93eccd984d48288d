"""The files that authors write, by their paths below the project's folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from medallion.errors import SetupError
from medallion.spec.files.excerpts import HIDDEN, without_secrets
from medallion.spec.files.regular_file import SPECS_FOLDER, FileRefused, read_bounded
from medallion.spec.sql.files import SQL_FOLDER

MOST_FILES = 10_000
"""That are listed: a project of more is searched in part."""
_NAME = r"[a-z][a-z0-9_]{0,39}"
_SPEC = rf"{SPECS_FOLDER}/{_NAME}/{_NAME}\.yaml"
_SQL = rf"{SQL_FOLDER}/{_NAME}/[a-z0-9_]{{1,80}}\.sql"
FILE_PATTERN = rf"^({_SPEC}|{_SQL})\Z"
"""A spec, a domain.yaml, or the SQL of a gold table. Not specs/access.yaml and
specs/policy.yaml, which are the operators', and no Python, which would be run."""
_FILE = re.compile(FILE_PATTERN)
_TEST = re.compile(rf"{SPECS_FOLDER}/{_NAME}/tests/{_NAME}\.yaml")


def author_files(root: Path) -> Iterator[str]:
    """The paths of specs and SQL, sorted by folder; at most `MOST_FILES`. No link is followed."""
    found = 0
    for folder in (SPECS_FOLDER, SQL_FOLDER):
        for path in _below(root / folder, root):
            if _FILE.match(path):
                found += 1
                if found > MOST_FILES:
                    return
                yield path


def is_test_file(path: str) -> bool:
    """Whether a path is one of a spec's unit tests.

    >>> is_test_file("specs/shop/tests/sales.yaml"), is_test_file("specs/shop/sales.yaml")
    (True, False)
    """
    return _TEST.fullmatch(path) is not None


def list_test_files(root: Path) -> list[str]:
    """The paths of unit tests, sorted; at most `MOST_FILES`."""
    found = (path for path in _below(root / SPECS_FOLDER, root) if is_test_file(path))
    return list(islice(found, MOST_FILES))


def read_test_file(root: Path, path: str) -> str:
    """The text of a file of unit tests; empty where it cannot be read.

    Args:
        root: the project's folder.
        path: for which `is_test_file` holds.
    """
    try:
        return read_bounded(root / path, root / SPECS_FOLDER).decode("utf-8-sig", "replace")
    except (OSError, FileRefused):
        return ""


def show_text(root: Path, path: str) -> str:
    """A file's text as people may see it: what looks like a secret is hidden.

    Raises:
        SetupError: it cannot be read, or is not one that authors write.
    """
    return "\n".join(without_secrets(plain_text(root, path).split("\n")))


def plain_text(root: Path, path: str) -> str:
    """A file's text as it is; empty of one that is not there.

    Raises:
        SetupError: it cannot be read, or is not one that authors write.
    """
    hold_to_authors(path)
    folder = SPECS_FOLDER if path.startswith(f"{SPECS_FOLDER}/") else SQL_FOLDER
    try:
        return read_bounded(root / path, root / folder).decode("utf-8-sig", "replace")
    except FileNotFoundError:
        return ""
    except FileRefused as refused:
        raise SetupError(f"{path} {refused.problem}", remedy=refused.remedy) from None


def is_author_file(path: str) -> bool:
    """Whether a path is one of a spec, a domain.yaml or gold SQL.

    >>> is_author_file("specs/shop/sales.yaml"), is_author_file("specs/access.yaml")
    (True, False)
    """
    return _FILE.match(path) is not None


def hold_to_authors(path: str) -> None:
    """Refuse a path that is not one of a spec or of gold SQL, whatever is there.

    Raises:
        SetupError: it is another one.
    """
    if not is_author_file(path):
        raise SetupError(
            "the path is not one of a file that authors write",
            remedy="specs/<domain>/<pipeline>.yaml, specs/<domain>/domain.yaml or "
            "include/sql/<domain>/<table>.sql",
        )


def has_hidden(text: str) -> bool:
    """Whether a text has a mark in place of a secret, as `show_text` puts it."""
    return HIDDEN in text


def _below(folder: Path, root: Path) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield (Path(place) / name).relative_to(root).as_posix()
