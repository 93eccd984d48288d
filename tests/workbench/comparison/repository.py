"""A repository of git with the shipped specs, and one more domain that reads another's tables."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).parent / "project"
"""The shipped specs and SQL as they once were: what is compared has lines that stay."""
_IDENTITY = {
    "GIT_AUTHOR_NAME": "ana",
    "GIT_AUTHOR_EMAIL": "ana@example.org",
    "GIT_COMMITTER_NAME": "ana",
    "GIT_COMMITTER_EMAIL": "ana@example.org",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
BOX_OFFICE = "specs/cinema/box_office.yaml"
DOMAIN = """\
description: What the press makes of films.
owner: press-team
contacts: [press@example.org]
"""
PRESS = """\
description: Films as the press office shows them.
gold:
  films:
    description: One row per film that enough people know.
    sql: films.sql
    exposures:
      programme: {type: application, owner: programme-team, url: "https://programme.example.org/"}
  shelf:
    description: Films by the length of their summary.
    sql: shelf.sql
"""
FILMS = """\
select
    m.movie_id,
    m.title,
    m.overview as summary
from silver_cinema.movies as m
where m.vote_count > 10
"""
SHELF = "select movie_id from gold_press.films\nwhere length(summary) > 100\n"


def git(root: Path, *words: str) -> str:
    """The output of a git command, as somebody without settings of his own runs it."""
    done = subprocess.run(
        ["git", "-C", str(root), *words],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **_IDENTITY},
    )
    return done.stdout.strip()


def commit_all(root: Path, message: str = "a change") -> str:
    """The id of a commit of everything that there is."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", message)
    return git(root, "rev-parse", "HEAD")


def make_repository(root: Path) -> Path:
    """The shipped specs and SQL, and the press office's, in one commit of the branch `main`."""
    for folder in ("specs", "include/sql"):
        shutil.copytree(PROJECT / folder, root / folder)
    write(root, "specs/press/domain.yaml", DOMAIN)
    write(root, "specs/press/films.yaml", PRESS)
    write(root, "include/sql/press/films.sql", FILMS)
    write(root, "include/sql/press/shelf.sql", SHELF)
    box_office = (root / BOX_OFFICE).read_text()
    shared = box_office.replace(
        "write_disposition: merge\n      grants: [reader_cinema]\n",
        "write_disposition: merge\n      grants: [reader_cinema]\n      share_with: [press]\n",
    )
    assert shared != box_office
    write(root, BOX_OFFICE, shared)
    write(root, ".gitignore", ".medallion/\n")
    git(root, "init", "--quiet", "--initial-branch", "main")
    commit_all(root)
    return root


def write(root: Path, path: str, text: str) -> None:
    """A file of the working tree."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


Edit = tuple[str, str, str]
"""A file, a text in it, and what takes its place; an empty text: the file as a whole."""


@contextmanager
def edited(root: Path, *edits: Edit) -> Iterator[Path]:
    """The working tree with some edits, for as long as the block lasts."""
    for path, old, new in edits:
        file = root / path
        if not old and not new:
            file.unlink()
        elif not old:
            write(root, path, new)
        else:
            text = file.read_text(encoding="utf-8")
            assert old in text, f"{path} has no {old!r}"
            file.write_text(text.replace(old, new), encoding="utf-8")
    try:
        yield root
    finally:
        git(root, "checkout", "--quiet", "--", ".")
        git(root, "clean", "--quiet", "--force", "-d")
