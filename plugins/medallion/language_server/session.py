"""What the server knows of the project while an editor is open: texts that are not saved, and what
the project would be with them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from medallion.authoring.completion import Facts
from medallion.authoring.definitions import Target
from medallion.authoring.drafts import DraftProject, issues_of
from medallion.authoring.files import (
    author_files,
    is_author_file,
    is_test_file,
    list_test_files,
    plain_text,
    read_test_file,
)
from medallion.authoring.key_paths import lines_of
from medallion.authoring.rename import (
    CannotRename,
    Edit,
    Renaming,
    column_at,
    read_column_at,
    rename_column,
)
from medallion.authoring.rename_gold import gold_column_at, rename_gold_column
from medallion.compiler.guard import close_shared_guard, share_guard
from medallion.errors import Issue
from medallion.workbench.comparison.sides import Side


class Session:
    """One editor's view of one project. `look` is called in one thread that stays."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._texts: dict[str, str] = {}
        self._lock = threading.Lock()
        self._drafts = DraftProject(root)
        self.facts = Facts()
        self.side: Side | None = None
        """The project as it was when `look` was called last; None: not yet."""

    def put(self, path: str, text: str) -> None:
        """Remember a text as the editor has it, in place of the file's own."""
        with self._lock:
            self._texts[path] = text

    def forget(self, path: str) -> None:
        """The file on the disk counts again."""
        with self._lock:
            self._texts.pop(path, None)

    def lines(self, path: str) -> list[str]:
        """Of the editor's text, or of the file."""
        with self._lock:
            text = self._texts.get(path)
        if text is None:
            is_test = is_test_file(path)
            text = read_test_file(self._root, path) if is_test else plain_text(self._root, path)
        return lines_of(text)

    def look(self) -> dict[str, tuple[Issue, ...]]:
        """Compile the project with the editor's texts: what is wrong, and what the policy warns
        of, by file."""
        with self._lock:
            texts = dict(self._texts)
        side = self._drafts.look(
            {path: text for path, text in texts.items() if is_author_file(path)}
        )
        self.side = side
        self.facts = self.facts.after(side, author_files(self._root))
        by_file: dict[str, tuple[Issue, ...]] = {}
        warnings = (one for found in side.warnings.values() for one in found)
        for issue in (*issues_of(side), *warnings):
            by_file[issue.path] = (*by_file.get(issue.path, ()), issue)
        return by_file

    def rename(self, declared: Target, at: Target, new: str) -> list[Edit]:
        """The edits by which a column gets a new name; called in the thread of `look`.

        Args:
            declared: the place that declares it, which is its key where it is one of silver.
            at: the place that the author points at.
            new: its name.

        Raises:
            CannotRename: it is not a column, or something would be wrong afterwards.
        """
        self.look()
        assert self.side is not None  # noqa: S101  # `look` has set it
        silver = column_at(declared.path, declared.line, declared.first + 1, self.side, self.lines)
        if silver is None and at.path.endswith(".sql"):
            read = read_column_at(at.path, at.line, at.first, self.side, self.lines, share_guard())
            silver = read if read is not None and not read[0].sql else None
        found = silver or gold_column_at(at.path, at.line, at.first, self.side, self.lines)
        if found is None:
            raise CannotRename(
                "only columns are renamed, and it is not known which one this is",
                remedy="point at its key in the spec, or at its name in its own SQL",
            )
        table, old = found
        asked = Renaming(
            side=self.side,
            table=table,
            old=old,
            new=new,
            lines_of=self.lines,
            look=self._look_with,
            guard=share_guard(),
            tests=tuple(list_test_files(self._root)),
        )
        return rename_column(asked) if silver else rename_gold_column(asked)

    def _look_with(self, texts: Mapping[str, str]) -> Side:
        with self._lock:
            known = {path: text for path, text in self._texts.items() if is_author_file(path)}
        return self._drafts.look({**known, **texts})

    def close(self) -> None:
        """The copy and the guarded process go. Called in the thread of `look`."""
        self._drafts.close()
        close_shared_guard()
