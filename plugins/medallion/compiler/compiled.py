"""One file of specs/ with the verdict on it: the kept one, or a new one by the guarded process."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from medallion.compiler.codec import Damaged, decode, encode
from medallion.compiler.entries import Entry, Store, text_digest
from medallion.compiler.guard import Guard, OutOfTime
from medallion.compiler.verdicts import entry_of, pending
from medallion.compiler.version import code_version
from medallion.errors import Issue
from medallion.names import DagId
from medallion.plan.model import Plan
from medallion.spec.files.loaded import Attempt, LoadedSpec
from medallion.spec.files.refusals import printable
from medallion.spec.files.regular_file import SPECS_FOLDER, FileRefused, read_bounded

_UNREADABLE = b"\0unreadable"


@dataclass(slots=True, kw_only=True)
class Compiled:
    """One spec, or one domain.yaml.

    Attributes:
        path: relative to the project's root, as people see it.
        place: the same as the file system has it.
        kind: `spec` or `domain`.
        dag_id: as its path says; what has no proper name has no DAG.
        name: of its entry.
        readable: whether its name holds its bytes.
        entry: the verdict; None as long as there is none.
        texts: what the guarded process has just answered, by digest.
        why: there is no verdict yet.
    """

    path: str
    place: str
    kind: str
    dag_id: DagId | None
    name: str
    readable: bool
    entry: Entry | None
    texts: dict[str, str] = field(default_factory=dict)
    why: str = "it is still being compiled"

    @property
    def domain(self) -> str:
        """The folder it is in."""
        return os.path.basename(os.path.dirname(self.place))  # noqa: PTH119, PTH120  # hot

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What is wrong with it by itself."""
        return (pending(self.path, self.why),) if self.entry is None else self.entry.issues

    @property
    def valid(self) -> bool:
        """Whether it can be a DAG, as far as it and its domain.yaml go."""
        return self.entry is not None and bool(self.entry.plan) and not self.entry.domain_refused


class Compiler:
    """Compiles the files of one project, or finds what is kept of them."""

    def __init__(self, root: Path, guard: Guard) -> None:
        """`root` is resolved."""
        self.root = root
        self.guard = guard
        self.store = Store(root)
        self._specs = str(root / SPECS_FOLDER)
        self.version = code_version()

    def look(self, kind: str, path: Path) -> Compiled:
        """A file with the verdict that is kept, where there is one."""
        try:
            data, readable = read_bounded(path, self._specs), True
        except (FileNotFoundError, FileRefused):
            data, readable = _UNREADABLE, False
        place = str(path).removeprefix(os.path.join(self.root, ""))  # noqa: PTH118  # hot
        name = Store.name(self.version, place, data)
        return Compiled(
            path=printable(place),
            place=place,
            kind=kind,
            dag_id=DagId.parse(f"{path.parent.name}.{path.stem}") if kind == "spec" else None,
            name=name,
            readable=readable,
            entry=self.kept(name),
        )

    def kept(self, name: str) -> Entry | None:
        """The verdict of that name."""
        entry = self.store.entry(name)
        return None if entry is None or entry.slow else entry

    def compile(
        self,
        one: Compiled,
        until: float = 0.0,
        *,
        whole: bool = True,
        guard: Guard | None = None,
    ) -> bool:
        """Get the verdict on a file.

        Args:
            one: it gets the entry.
            until: the moment of `time.monotonic` to stop at; 0: it may take its time.
            whole: it may take all the time that a spec has, not only what each is given at first.
            guard: the process to do it in, where it is not the compiler's own.

        Returns:
            Whether there is a verdict; where not, it needs more time.

        Raises:
            OutOfTime: the moment came first.
            GuardFailed: nothing can be compiled at all.
        """
        guard = guard or self.guard
        limits = guard.limits
        first = min(limits.first, limits.seconds)
        in_part = not whole and first < limits.seconds
        if in_part and (known := self.store.entry(one.name)) is not None and known.slow:
            return False
        seconds = first if in_part else limits.seconds
        if until and time.monotonic() >= until:
            raise OutOfTime
        answer = guard.ask(one.kind, self.root, seconds=seconds, until=until, path=one.place)
        if in_part and answer.get("ended") in ("time", "stuck"):
            self.store.keep(one.name, Entry(slow=True))
            return False
        own = str(self.root / one.place)
        one.entry = entry_of(answer, one.path, own if one.readable else "", limits)
        texts = [answer[kind] for kind in ("plan", "attempt") if answer.get(kind)]
        one.texts = {text_digest(text): text for text in texts}
        self.store.keep(one.name, one.entry, texts)
        return True

    def text(self, one: Compiled, digest: str) -> str | None:
        """A text that belongs to a file's entry."""
        return one.texts.get(digest) or self.store.text(f"{digest}.json")

    def plan(self, one: Compiled) -> Plan:
        """The plan of a valid spec.

        Raises:
            Damaged: it is gone, or somebody has changed it.
        """
        return plan_in(self.text(one, one.entry.plan) if one.entry else None)

    def loaded(self, one: Compiled) -> LoadedSpec:
        """The spec itself, of a valid one.

        Raises:
            Damaged: it is gone, or somebody has changed it.
        """
        attempt = decode((one.entry and self.text(one, one.entry.judged)) or "")
        if not isinstance(attempt, Attempt) or attempt.loaded is None:
            raise Damaged(f"{one.path} has no spec")
        return attempt.loaded

    def attempt_text(self, one: Compiled) -> str:
        """What rules across specs judge a spec by: nothing is blamed for what it cannot tell."""
        text = self.text(one, one.entry.judged) if one.entry and one.entry.judged else None
        return text or encode(Attempt(path=one.path, dag_id=one.dag_id, whole=False))


def plan_in(text: str | None) -> Plan:
    """The plan that a text holds.

    Raises:
        Damaged: none.
    """
    plan = decode(text or "")
    if not isinstance(plan, Plan):
        raise Damaged("it is not a plan")
    return plan
