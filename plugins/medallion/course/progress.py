"""What a learner has done so far: kept in a file of his workspace."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from medallion.course.workplace import learner_files
from medallion.errors import SetupError
from medallion.private_files import open_private, private_folder

FILE = "progress.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Of one exercise: wrong tries, what the last one was, and since when it is passed."""

    tries: int = 0
    last: str = ""
    """A digest of the files of the last wrong try, or of the start: they are not another try."""
    passed_at: str = ""


class ProgressFile:
    """The progress of all exercises, by their names (`3.2`)."""

    def __init__(self, workspace: Path) -> None:
        self._path = workspace / FILE

    def read(self) -> dict[str, Progress]:
        """By exercise; those that nobody has tried are not there.

        Raises:
            SetupError: the file is damaged.
        """
        try:
            said = json.loads(self._path.read_text(encoding="utf-8"))
            return {str(name): Progress(**one) for name, one in said.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError):
            raise SetupError(
                f"{self._path} cannot be read", remedy="remove it: only ticks are lost, no work"
            ) from None

    def of(self, exercise: str) -> Progress:
        """Of one exercise."""
        return self.read().get(exercise, Progress())

    def note(self, exercise: str, files: str, *, passed: bool) -> Progress:
        """Write down how a check has ended; the exercise's progress from then on.

        Args:
            exercise: its name.
            files: a digest of what was checked.
            passed: whether all its goals were reached.
        """
        before = self.of(exercise)
        if passed:
            now = before.passed_at or datetime.now(UTC).isoformat(timespec="seconds")
            after = replace(before, passed_at=now)
        elif files == before.last:
            return before
        else:
            after = replace(before, tries=before.tries + 1, last=files)
        self._write({**self.read(), exercise: after})
        return after

    def note_start(self, exercise: str, files: str) -> None:
        """Write down what an exercise starts with: to check that is not a try."""
        self._write({**self.read(), exercise: replace(self.of(exercise), last=files)})

    def forget(self, exercise: str) -> None:
        """As if it was never tried."""
        self._write({name: one for name, one in self.read().items() if name != exercise})

    def _write(self, progress: dict[str, Progress]) -> None:
        private_folder(self._path.parent)
        text = json.dumps({name: asdict(one) for name, one in sorted(progress.items())}, indent=1)
        beside = self._path.with_suffix(".new")
        with open_private(beside) as file:
            file.write(text.encode())
        beside.replace(self._path)


def digest_of(folder: Path) -> str:
    """Of all that is in a folder."""
    digest = hashlib.sha256()
    for path in learner_files(folder):
        digest.update(str(path.relative_to(folder)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
