"""All specs of a project at one moment, with the verdicts known so far."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from medallion.compiler.across import Member, find_refused_across
from medallion.compiler.compiled import Compiled, Compiler
from medallion.compiler.entries import Store, text_digest
from medallion.compiler.guard import Guard, GuardFailed, OutOfTime
from medallion.compiler.linked import Seen, choose_members
from medallion.compiler.snapshot import Mark, Snapshot
from medallion.compiler.version import code_version
from medallion.errors import Issue
from medallion.private_files import private_folder
from medallion.spec.files.evidence import Fact, is_digest
from medallion.spec.files.spec_paths import DOMAIN_FILE
from medallion.spec.load.discover import OF_OPERATORS, discover

_OF_NO_DOMAIN = frozenset(OF_OPERATORS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What the verdicts of a look depend on: of each file its mark, by path; facts that are no
    file's content; and the moment after which one does not count any more (0: none)."""

    files: Mapping[str, Mark]
    facts: tuple[Fact, ...]
    until: float


class Survey:
    """A project's specs with their verdicts, read once. Files that change later are not seen."""

    def __init__(self, root: Path, guard: Guard, store: Path | None = None) -> None:
        """Look at what is kept. `root` is resolved; nothing is compiled yet. `store` is the folder
        where verdicts are kept, by default the one that the environment names."""
        kept_in = Store(root, folder=store)
        kept = kept_in.document(snapshot_file(root))
        self._damaged: set[str] = set()
        self.compiler = Compiler(root, guard, Snapshot(kept, code_version(store=kept_in)), store)
        found = discover(root)
        self.misplaced = found.issues
        self.folders = tuple(folder.name for folder, _ in found.domains)
        self.domains: list[Compiled] = []
        self.specs: list[Compiled] = []
        for file, kind in OF_OPERATORS.items():
            if (root / file).exists():
                self.domains.append(self.compiler.look(kind, root / file))
        for folder, paths in found.domains:
            if (folder / DOMAIN_FILE).exists():
                self.domains.append(self.compiler.look("domain", folder / DOMAIN_FILE))
            self.specs += [self.compiler.look("spec", path) for path in paths]

    def compile(
        self,
        until: float,
        first: str = "",
        ahead: Callable[[Compiled], object] | None = None,
    ) -> None:
        """Compile what has no verdict, the domain `first` before the others.

        One process compiles a project at a time, under a file lock. `until` is a moment of
        `time.monotonic`; 0: no limit. What is not done then has no verdict yet. `ahead` is as for
        `Compiler.compile_all`.
        """
        if not self._todo(first):
            return
        compiler = self.compiler
        with _one_at_a_time(compiler.store.folder, until):
            compiler.store = Store(compiler.root, compiler.snapshot, compiler.store.folder)
            for one in self._todo(first):  # another process may have done it meanwhile
                compiler.look_again(one)
            todo = self._todo(first)
            try:
                compiler.compile_all(todo, until, ahead)
            except OutOfTime:
                pass
            except GuardFailed as failure:
                for one in todo:
                    one.why = f"it cannot be compiled: {failure}"

    def forget(self, one: Compiled) -> None:
        """What was kept of a spec is damaged: it is compiled again the next time."""
        self.compiler.store.forget(one.name)
        self._damaged.add(one.place)

    def remember(self) -> None:
        """Keep what this look found for the next one."""
        snapshot, store = self.compiler.snapshot, self.compiler.store
        for one in (*self.domains, *self.specs):
            if one.entry is None or one.place in self._damaged:
                snapshot.forget(one.place)
            elif not snapshot.has(one.place, one.name):
                snapshot.note_spec(one.place, one.mark, one.name, one.entry.document())
        if snapshot.has_changed():
            text = json.dumps(snapshot.document(), separators=(",", ":"))
            store.write(snapshot_file(store.root), text)

    def list_marks(self) -> Marks | None:
        """Of all that this look's verdicts depend on; None where one is missing, or no mark can be
        relied on."""
        files: dict[str, Mark | None] = {}
        others: dict[Fact, None] = {}
        until: list[float] = []
        for one in (*self.domains, *self.specs):
            if one.entry is None or one.place in self._damaged:
                return None
            files[str(self.compiler.root / one.place)] = one.mark
            until += [one.entry.until] if one.entry.until else []
            for fact in one.entry.facts:
                if fact.kind == "file" and is_digest(fact.value):
                    files[fact.path] = self.compiler.snapshot.mark_of_fact(fact)
                else:
                    others[fact] = None
        known = {path: mark for path, mark in files.items() if mark is not None}
        if len(known) < len(files):
            return None
        return Marks(files=known, facts=tuple(others), until=min(until, default=0.0))

    def issues(self, domains: frozenset[str] | None = None) -> Iterator[Issue]:
        """The issues of each file by itself, of some domains or of all."""
        if domains is None:
            yield from self.issues_of_no_domain()
        for one in (*self.domains, *self.specs):
            if one.kind not in _OF_NO_DOMAIN and (domains is None or one.domain in domains):
                yield from one.issues

    def issues_of_no_domain(self) -> Iterator[Issue]:
        """The issues of misplaced files and of operators' own, which belong to no domain."""
        yield from self.misplaced
        for one in self.domains:
            if one.kind in _OF_NO_DOMAIN:
                yield from one.issues

    def warnings(self) -> Iterator[Issue]:
        """What the policy says of specs and does not refuse them for."""
        for one in self.specs:
            yield from one.entry.warnings if one.entry is not None else ()

    def see(self, one: Compiled) -> Seen:
        """A spec for `find_refused_across`, by the digest of its attempt."""
        if one.entry is not None and one.entry.judged:
            member = Member(digest=one.entry.judged, text=lambda: self.compiler.attempt_text(one))
            return Seen(member=member, outline=one.entry.outline if one.valid else {})
        return Seen(member=Member.of(self.compiler.attempt_text(one)), outline={})

    def find_refused_across(
        self, specs: Sequence[Seen], until: float
    ) -> Mapping[str, tuple[Issue, ...]]:
        """The issues of each spec that conflicts with others, by path. `specs` are all that there
        are; of two that exclude each other the first one stays.

        Raises:
            NotCompared: there was no time, or it failed.
        """
        compiler, members = self.compiler, choose_members(specs)
        if not members:
            return {}
        return find_refused_across(members, compiler.store, compiler.version, compiler.guard, until)

    def _todo(self, first: str) -> list[Compiled]:
        todo = [one for one in (*self.domains, *self.specs) if one.entry is None]
        return sorted(todo, key=lambda one: one.domain != first)


def snapshot_file(root: Path, kind: str = "snapshot") -> str:
    """Its name in the store, which several hosts may share: each has files of its own."""
    return f"{kind}.{text_digest(f'{platform.node()} {root}')}.json"


@contextmanager
def _one_at_a_time(folder: Path, until: float) -> Iterator[None]:
    """Processes that read one project compile in turn: what the first one keeps, the next one has.
    Where no file can be locked, or time is over, they do it at once: that only costs time.
    """
    try:
        private_folder(folder)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield
        return
    try:
        while not _try_lock(handle) and not (until and time.monotonic() >= until):
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
