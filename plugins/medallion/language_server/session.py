"""What the server knows of the project while an editor is open: texts that are not saved, and what
the project would be with them.
"""

from __future__ import annotations

import threading
from pathlib import Path

from medallion.authoring.completion import Facts
from medallion.authoring.drafts import DraftProject, issues_of
from medallion.authoring.files import author_files, is_author_file, plain_text
from medallion.authoring.key_paths import lines_of
from medallion.compiler.guard import close_shared_guard
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
        """A text as the editor has it."""
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
        return lines_of(plain_text(self._root, path) if text is None else text)

    def look(self) -> dict[str, tuple[Issue, ...]]:
        """Compile the project with the editor's texts: what is wrong, by file."""
        with self._lock:
            texts = dict(self._texts)
        side = self._drafts.look(
            {path: text for path, text in texts.items() if is_author_file(path)}
        )
        self.side = side
        self.facts = self.facts.after(side, author_files(self._root))
        found: dict[str, tuple[Issue, ...]] = {}
        for issue in issues_of(side):
            found[issue.path] = (*found.get(issue.path, ()), issue)
        return found

    def close(self) -> None:
        """The copy and the guarded process go. Called in the thread of `look`."""
        self._drafts.close()
        close_shared_guard()
