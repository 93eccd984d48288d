"""The results of compiling, kept on disk until something that they depend on changes.

An entry is named by the digest of the spec and of Medallion's code, and lists what else on the disk
it depends on. Its texts are data (`compiler.codec`), in files that only the user who runs Airflow
may write: a plan says which SQL and which function is run.

An entry and its texts are the lines of one file, which has the names of all of them: to make a file
costs many times what it costs to write it, or to give it one more name.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from medallion.compiler.snapshot import Snapshot
from medallion.errors import Issue
from medallion.private_files import private_folder
from medallion.roots import PLANS_ROOT
from medallion.spec.cache.disk import cache_folder, digest_of
from medallion.spec.files.evidence import Fact

if TYPE_CHECKING:
    from medallion.compiler.outline import Outline

FOLDER = "compiled"
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
_UNUSED = 30 * 24 * 3600
"""Seconds after which an entry that nobody has read goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What became of one spec, or of one domain.yaml.

    Attributes:
        facts: what of the disk it was judged by, besides its own file.
        warnings: what the policy says, and does not refuse it for.
        until: a moment after which it is tried again (a verdict on a busy machine, an exemption
            that ends); 0: none.
        sharing: why it may not read what it reads of other domains: for one spec alone. Of all of
            them together the rules across specs say it.
        plan: digest of its plan's text; empty where it is refused.
        domain_refused: it is not to be used before its domain.yaml is right.
        outline: what others need to know of its plan.
        judged: digest of what rules across specs judge it by.
    """

    facts: tuple[Fact, ...] = ()
    issues: tuple[Issue, ...] = ()
    sharing: tuple[Issue, ...] = ()
    warnings: tuple[Issue, ...] = ()
    plan: str = ""
    domain_refused: bool = False
    judged: str = ""
    outline: Outline = field(default_factory=dict)
    until: float = 0
    slow: bool = False
    """It took longer than a spec is given at first; nothing else is known yet."""

    def document(self) -> dict[str, Any]:
        """As JSON has it. `asdict` would copy each fact, which takes a tenth of the time that the
        DAG processor has for a changed spec."""
        said: dict[str, Any] = {name: getattr(self, name) for name in _NAMES}
        said["issues"] = [asdict(issue) for issue in self.issues]
        said["sharing"] = [asdict(issue) for issue in self.sharing]
        said["warnings"] = [asdict(issue) for issue in self.warnings]
        return said


_NAMES = tuple(one.name for one in fields(Entry))


class Store:
    """The entries of one project, as they are at one moment: made for each look at the project.
    What cannot be written is made again the next time.
    """

    def __init__(
        self, root: Path, snapshot: Snapshot | None = None, folder: Path | None = None
    ) -> None:
        """`root` is resolved. `snapshot` knows files from the last look; without one, they are
        read. `folder` takes the place of the one that the environment names."""
        self.root = root
        self.folder = folder or plans_folder(root)
        self._snapshot = snapshot or Snapshot()
        self._now: dict[tuple[str, str, str], str] = {}
        self._places: dict[str, str] = {}
        self._has_folder = False

    def name(self, version: str, path: str, data: bytes) -> str:
        """The name of an entry: the digest of a spec's path and bytes and of the code that reads
        it. Its facts are about files below this root: of a copy of the project elsewhere, which may
        lie there as it was, they say nothing."""
        return digest_of([version.encode(), os.fsencode(self.root), os.fsencode(path), data])

    def entry(self, name: str, document: Any = None) -> Entry | None:
        """The entry, or the one that `document` holds; None if there is none, or a file that it
        depends on has changed."""
        document = self.document(f"{name}.json") if document is None else document
        try:
            entry = _entry(document)
        except (TypeError, KeyError, ValueError, AttributeError):
            return None
        if entry.until and entry.until < time.time():
            return None
        return entry if all(map(self._holds, entry.facts)) else None

    def text(self, file: str) -> str | None:
        """A file of the store; None if it is missing, or another user owns it or may write it."""
        # Hot: a task that starts reads the plan of its pipeline.
        try:
            with open(self.folder / file, encoding="utf-8") as opened:  # noqa: PTH123
                found = os.fstat(opened.fileno())
                if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o022:
                    return None
                return opened.read()
        except (OSError, ValueError):
            return None

    def read_text(self, digest: str) -> str | None:
        """The text of an entry; None if it is missing, is not what was kept, or others may have
        written it."""
        lines = (self.text(f"{digest}.json") or "").split("\n")
        return next((line for line in lines if text_digest(line) == digest), None)

    def document(self, file: str) -> Any:
        """A file of the store as JSON, or its first line; None if `text` gives none or it is not
        JSON."""
        text = self.text(file)
        try:
            return None if text is None else json.loads(text.partition("\n")[0])
        except (ValueError, RecursionError):
            return None

    def keep(self, name: str, entry: Entry, texts: Mapping[str, str] = _NOTHING) -> None:
        """Write an entry with the texts that belong to it, which come by their digests."""
        lines = [json.dumps(entry.document(), separators=(",", ":")), *texts.values()]
        self.write(f"{name}.json", "\n".join(lines), also=[f"{digest}.json" for digest in texts])

    def write(self, file: str, text: str, also: Iterable[str] = ()) -> None:
        """Write a file, whole or not at all, for its owner's eyes only. `also` are more names of
        it, which it has before its own."""
        with suppress(OSError, ValueError):
            self._make_folder()
            # Not `tempfile`: a project that is read for the first time writes thousands of files.
            temporary = f"{self.folder}/.new-{secrets.token_hex(8)}"
            handle = os.open(temporary, _NEW, 0o600)
            try:
                try:
                    left = text.encode()
                    while left:
                        left = left[os.write(handle, left) :]
                finally:
                    os.close(handle)
                for other in also:
                    self._link(temporary, f"{self.folder}/{other}")
                os.replace(temporary, f"{self.folder}/{file}")  # noqa: PTH105  # hot
            except BaseException:
                os.unlink(temporary)  # noqa: PTH108
                raise

    def _link(self, file: str, name: str) -> None:
        """Give a file one more name, in place of the file that has it. Where files have one name
        only (some network shares), it is copied."""
        try:
            try:
                os.link(file, name)
            except FileExistsError:  # asked before whether files can have two names
                os.link(file, f"{file}-")
                os.replace(f"{file}-", name)  # noqa: PTH105
        except OSError:
            self.write(os.path.basename(name), Path(file).read_text(encoding="utf-8"))  # noqa: PTH119

    def _make_folder(self) -> None:
        """Once: a store lives as long as one look at the project."""
        if not self._has_folder:
            private_folder(self.folder)
            self._has_folder = True

    def _holds(self, fact: Fact) -> bool:
        """Whether it is still so; many specs share a domain.yaml, which is read once."""
        now = self._now.get(fact[:3])
        if now is None:
            now = self._now[fact[:3]] = self._snapshot.value(fact, self._places)
        return now == fact.value

    def forget(self, name: str) -> None:
        """Remove an entry, so that its file is compiled again. Ignored if it cannot be removed."""
        with suppress(OSError):
            (self.folder / f"{name}.json").unlink()

    def prune(self, kept: frozenset[str]) -> None:
        """Remove entries that are not in `kept` and were written more than 30 days ago."""
        oldest = time.time() - _UNUSED
        with suppress(OSError):
            for file in os.scandir(self.folder):
                if file.name.partition(".")[0] in kept or file.stat().st_mtime > oldest:
                    continue
                with suppress(OSError):
                    Path(file.path).unlink()


def plans_folder(root: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of a project's plans: MEDALLION_PLANS_ROOT, which several hosts may share, or the
    project's own cache."""
    said = environ.get(PLANS_ROOT)
    return Path(said) if said else cache_folder(root, FOLDER)


def text_digest(text: str) -> str:
    """SHA-256 in hex: the file name of a text in the store."""
    return hashlib.sha256(text.encode()).hexdigest()


def _entry(document: Any) -> Entry:
    said = dict(document)
    facts = tuple(Fact(*map(str, fact)) for fact in said.pop("facts"))
    issues = tuple(Issue(**issue) for issue in said.pop("issues"))
    sharing = tuple(Issue(**issue) for issue in said.pop("sharing"))
    warnings = tuple(Issue(**issue) for issue in said.pop("warnings"))
    return Entry(facts=facts, issues=issues, sharing=sharing, warnings=warnings, **said)
