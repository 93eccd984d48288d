"""One file of specs/ with its verdict: the kept one, or a new one from the guarded process."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medallion.compiler.answers import Answer
from medallion.compiler.codec import Damaged, decode, encode
from medallion.compiler.entries import Entry, Store
from medallion.compiler.guard import Guard, OutOfTime
from medallion.compiler.snapshot import Mark, Snapshot, mark_of
from medallion.compiler.verdicts import entry_of, pending
from medallion.compiler.version import code_version
from medallion.errors import Issue
from medallion.names import DagId
from medallion.plan.model import Plan
from medallion.spec.files.refusals import printable
from medallion.spec.files.regular_file import SPECS_FOLDER, FileRefused, read_bounded

if TYPE_CHECKING:
    from medallion.spec.files.loaded import LoadedSpec

_UNREADABLE = b"\0unreadable"


@dataclass(slots=True, kw_only=True)
class Compiled:
    """One spec, or one domain.yaml.

    Attributes:
        path: relative to the project's root, as people see it.
        place: the same as the file system has it.
        kind: `spec`, `domain`, `access` or `policy`.
        dag_id: from its path; None for a file whose name cannot be a DAG's.
        name: of its entry in the store.
        readable: whether the file could be read, so that `name` covers its bytes.
        entry: the verdict; None as long as there is none.
        is_slow: whether it took longer than a spec is given at first.
        mark: what the file system said of the file before it was read.
        texts: what the guarded process has just answered, by digest.
        plan: of the verdict, once somebody has asked for it.
        why: the reason that there is no verdict yet.
    """

    path: str
    place: str
    kind: str
    dag_id: DagId | None
    name: str
    readable: bool
    entry: Entry | None = None
    is_slow: bool = False
    mark: Mark | None = None
    texts: dict[str, str] = field(default_factory=dict)
    plan: Plan | None = None
    why: str = "it is still being compiled"

    @property
    def domain(self) -> str:
        """The domain: the name of the file's folder."""
        return os.path.basename(os.path.dirname(self.place))  # noqa: PTH119, PTH120  # hot

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What is wrong with the file by itself; a warning while it has no verdict."""
        return (pending(self.path, self.why),) if self.entry is None else self.entry.issues

    @property
    def valid(self) -> bool:
        """Whether it has a plan and its domain.yaml is right. Rules across specs may still refuse
        it."""
        return self.entry is not None and bool(self.entry.plan) and not self.entry.domain_refused


class Compiler:
    """Compiles the files of one project, or finds their kept verdicts."""

    def __init__(
        self,
        root: Path,
        guard: Guard,
        snapshot: Snapshot | None = None,
        folder: Path | None = None,
    ) -> None:
        """`root` is resolved. `snapshot` is what the last look at the whole project found; `folder`
        is that of the store."""
        self.root = root
        self.guard = guard
        self.snapshot = snapshot or Snapshot()
        self.store = Store(root, self.snapshot, folder)
        self._specs = str(root / SPECS_FOLDER)
        self.version = code_version(store=self.store)

    def look(self, kind: str, path: Path) -> Compiled:
        """A file with its kept verdict, or without one. Nothing is compiled."""
        place = str(path).removeprefix(os.path.join(self.root, ""))  # noqa: PTH118  # hot
        mark = mark_of(path)
        known = self.snapshot.spec(place, mark)
        if known is not None:
            name, readable = known[0], True
        else:
            name, readable = self._name(place, path)
        one = Compiled(
            path=printable(place),
            place=place,
            kind=kind,
            dag_id=DagId.parse(f"{path.parent.name}.{path.stem}") if kind == "spec" else None,
            name=name,
            readable=readable,
            mark=mark if readable else None,
        )
        self.look_again(one, None if known is None else known[1])
        return one

    def look_again(self, one: Compiled, document: Mapping[str, Any] | None = None) -> None:
        """Give it the verdict that is kept under its name, or in `document`, if that still
        holds."""
        entry = self.store.entry(one.name, document)
        one.is_slow = entry is not None and entry.slow
        one.entry = None if one.is_slow else entry

    def name_of(self, place: str, path: Path) -> str:
        """The name that the entry of a file has here, or of its like in another copy of the
        project, which `path` is below."""
        return self._name(place, path, str(path)[: -len(place)] + SPECS_FOLDER)[0]

    def _name(self, place: str, path: Path, folder: str = "") -> tuple[str, bool]:
        """The name of a file's entry by its bytes, and whether it could be read."""
        try:
            data = read_bounded(path, folder or self._specs)
        except (FileNotFoundError, FileRefused):
            return self.store.name(self.version, place, _UNREADABLE), False
        return self.store.name(self.version, place, data), True

    def compile(self, one: Compiled, until: float = 0.0) -> None:
        """Get the verdict on one file. The arguments are those of `compile_all`.

        Raises:
            OutOfTime: `until` came first.
            GuardFailed: nothing can be compiled at all.
        """
        if until and time.monotonic() >= until:
            raise OutOfTime
        seconds = self.guard.limits.seconds
        answer = self.guard.ask(one.kind, self.root, seconds=seconds, until=until, path=one.place)
        self._take(one, answer)

    def compile_all(
        self,
        todo: Sequence[Compiled],
        until: float = 0.0,
        ahead: Callable[[Compiled], object] | None = None,
    ) -> None:
        """Get the verdicts on files, side by side; those that take long come last, when all others
        are done.

        Args:
            todo: the files, in the order in which they are wanted.
            until: the moment of `time.monotonic` to stop at; 0: no limit.
            ahead: called with files that have their verdict, while there is nothing else to do
                before others have theirs: not with all of them.

        Raises:
            OutOfTime: `until` came first.
            GuardFailed: nothing can be compiled at all.
        """
        # A starting task asks about one spec.
        from medallion.compiler.crew import Work, ask_side_by_side

        limits, done = self.guard.limits, deque[Compiled]()
        in_part = limits.first < limits.seconds

        def receive(one: Compiled, answer: Answer) -> None:
            if in_part and not one.is_slow and answer.get("ended") in ("time", "stuck"):
                self.store.keep(one.name, Entry(slow=True))
                one.is_slow = True
            else:
                self._take(one, answer)
                done.append(one)

        def look_ahead() -> bool:
            if ahead is None or not done:
                return False
            ahead(done.popleft())
            return True

        def ask(todo: Sequence[Compiled], seconds: float, at_once: int) -> None:
            def begin(guard: Guard, one: Compiled) -> None:
                guard.begin(one.kind, self.root, seconds=seconds, path=one.place)

            work = Work(begin=begin, receive=receive, meanwhile=look_ahead)
            ask_side_by_side(self.guard, todo, work, until=until, at_once=at_once)

        ask([one for one in todo if not one.is_slow], min(limits.first, limits.seconds), 2)
        # Each of the others may take seconds: none waits for another one.
        ask([one for one in todo if one.is_slow], limits.seconds, 1)

    def _take(self, one: Compiled, answer: Answer) -> None:
        own = str(self.root / one.place)
        one.plan = None
        one.entry = entry_of(answer, one.path, own if one.readable else "", self.guard.limits)
        of_entry = ((one.entry.plan, "plan"), (one.entry.judged, "attempt"))
        one.texts = {digest: answer[kind] for digest, kind in of_entry if digest}
        self.store.keep(one.name, one.entry, one.texts)

    def text(self, one: Compiled, digest: str) -> str | None:
        """A text of a file's entry, from this process or from the store; None if it is gone, or is
        not what was kept."""
        return one.texts.get(digest) or self.store.read_text(digest)

    def plan(self, one: Compiled) -> Plan:
        """The plan of a valid spec, whose late fields (`plan.late`) are read when they are asked
        for: the entry's name says that the classes are those of this code.

        Raises:
            Damaged: its text is gone or was changed.
        """
        if one.plan is None:
            digest = one.entry.plan if one.entry else ""
            one.plan = plan_in(self.text(one, digest), late=True)
        return one.plan

    def load(self, one: Compiled) -> LoadedSpec:
        """A valid spec as the models have it.

        Raises:
            Damaged: its text is gone or was changed.
        """
        from medallion.spec.files.loaded import Attempt

        attempt = decode((one.entry and self.text(one, one.entry.judged)) or "")
        if not isinstance(attempt, Attempt) or attempt.loaded is None:
            raise Damaged(f"{one.path} has no spec")
        return attempt.loaded

    def attempt_text(self, one: Compiled) -> str:
        """What rules across specs judge a spec by. If that is unknown, an attempt without content:
        rules skip it rather than blame it."""
        from medallion.spec.files.loaded import Attempt

        text = self.text(one, one.entry.judged) if one.entry and one.entry.judged else None
        return text or encode(Attempt(path=one.path, dag_id=one.dag_id, whole=False))


def plan_in(text: str | None, *, late: bool = False) -> Plan:
    """The plan in a text.

    Args:
        text: None: there is none.
        late: as for `decode`.

    Raises:
        Damaged: the text is missing or holds no plan.
    """
    if text is None:
        raise Damaged("it is not the text that was kept")
    plan = decode(text, late=late)
    if not isinstance(plan, Plan):
        raise Damaged("it is not a plan")
    return plan
