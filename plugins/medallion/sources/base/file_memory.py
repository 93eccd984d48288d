"""What a source that lands only new and changed files knows about files landed before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from medallion.sources.base.found_files import FoundFile


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """A file as it was when its rows were last published.

        `state` is what its place said of it then: the same state is the same file. Empty where that
    is unknown. `own`: the rows are of the data interval that is now landed.
    """

    bytes: int
    sha256: str
    state: str
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMemory:
    """The files that were published, by their names.

    `takes_new`: whether this run may take others. One whose interval is before a published one may
    not: what has come since belongs to later runs.
    """

    known: Mapping[str, KnownFile] = field(default_factory=dict)
    takes_new: bool = True

    def choose(self, files: Sequence[FoundFile]) -> list[FoundFile]:
        """The files that a run lands: those of its interval again, and new or changed ones."""
        return [file for file in files if self._wants(file)]

    def leaves_out(self, archive: FoundFile) -> bool:
        """Whether nothing of an archive is wanted, so that it need not be opened: its members were
        published as they are in it, or by no run that this one repeats."""
        own = [one for name, one in self.known.items() if name.startswith(f"{archive.name}/")]
        if any(one.own for one in own):
            return False
        return not self.takes_new or any(one.state and one.state == archive.listed for one in own)

    def _wants(self, file: FoundFile) -> bool:
        known = self.known.get(file.name)
        if known is not None and known.own:
            return True
        if not self.takes_new:
            return False
        if known is None:
            return True
        if known.state and known.state == file.listed:
            return False
        with file.at_hand() as path, path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            return (path.stat().st_size, digest) != (known.bytes, known.sha256)
