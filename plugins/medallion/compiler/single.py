"""One spec, for a task that starts and for commands about one pipeline."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.compiler.accepted import find_accepted
from medallion.compiler.codec import Damaged
from medallion.compiler.compiled import Compiled, Compiler, plan_in
from medallion.compiler.guard import Guard, GuardFailed, share_guard
from medallion.compiler.refused import is_refused
from medallion.compiler.verdicts import pending
from medallion.errors import Issue, SetupError, SpecError
from medallion.names import DagId
from medallion.plan.model import Plan
from medallion.spec.files.evidence import Fact, value_now
from medallion.spec.files.spec_paths import DOMAIN_FILE, place_of_spec, spec_path_of

if TYPE_CHECKING:
    from medallion.spec.files.loaded import LoadedSpec


def read_spec(path: Path, root: Path, guard: Guard | None = None) -> LoadedSpec:
    """One spec as it is now, judged with its domain.yaml and no other spec.

    Raises:
        SpecError: every issue of the spec, or of its domain's defaults.
    """
    compiler, one = _compile(path, root, guard)
    _raise_for_issues(compiler, one)
    try:
        return compiler.load(one)
    except Damaged:
        return compiler.load(_again(compiler, one))


def plan_of_spec(path: Path, root: Path, guard: Guard | None = None) -> Plan:
    """The plan of one spec as it is now, judged like `read_spec`.

    Raises:
        SpecError: every issue of the spec, or of its domain's defaults.
    """
    return _plan(*_compile(path, root, guard))


def plan_of_pipeline(dag_id: str, project_root: Path) -> Plan:
    """The plan of a DAG id, from its spec as it is now.

    Raises:
        SetupError: the spec no longer exists.
        SpecError: it is refused.
    """
    path = spec_path_of(dag_id, project_root)
    if path is None:
        raise SetupError(
            f"there is no spec for {dag_id} any more",
            remedy="put it back, or drop what is in quarantine: "
            "`python -m medallion.cli quarantine drop …`",
        )
    return plan_of_spec(path, project_root)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskVersion:
    """The version of a spec that a task runs. `since` is set if it is an older version, and says
    when that was accepted."""

    plan: Plan
    since: str = ""


def version_for_task(
    path: Path, root: Path, guard: Guard | None = None, *, elsewhere: bool = False
) -> TaskVersion:
    """The version that a starting task runs: the present one, or the last accepted one if that is
    refused.

    Args:
        path: of the spec; where it is not there, what was accepted of it runs on.
        root: the project's folder on this host.
        guard: the process to compile in.
        elsewhere: whether the DAG processor is on another host. Then what it has accepted runs,
            whatever files this host has: a copy of them may be older, or newer. A plan has all
            texts in it, those of SQL and of custom steps as well.

    Raises:
        SpecError: there is neither.
    """
    compiler, one = _compile(path, root, guard)
    known = find_accepted(compiler.store, path.parent.name, path.stem)
    own = one.entry.plan if one.valid and one.entry is not None else ""
    may_run = bool(own) and (known is None or known.stopped != own)
    if may_run and not (elsewhere and known and known.plan not in ("", own)):
        return TaskVersion(plan=_plan(compiler, one))
    if known is not None and known.plan:
        with suppress(Damaged):
            plan = plan_in(compiler.store.read_text(known.plan))
            says_so = not elsewhere or is_refused(root, path)
            return TaskVersion(plan=plan, since=known.since if says_so else "")
    if may_run:  # what was accepted cannot be read here
        return TaskVersion(plan=_plan(compiler, one))
    raise SpecError(_issues(compiler, one) or (_report_stopped(one),))


def find_other_file(root: Path, dag_id: DagId, guard: Guard | None = None) -> str | None:
    """A file of a spec that this host has otherwise than the DAG processor has accepted it, as its
    path below the root.

    Returns:
        An empty text: they are the same, or the DAG processor refuses these, too. None: what it has
        accepted is not known here.
    """
    path = place_of_spec(dag_id, root)
    compiler, one = _compile(path, root, guard)
    known = find_accepted(compiler.store, dag_id.domain, dag_id.pipeline)
    if known is None or not known.plan:
        return None
    if one.entry is not None and one.entry.plan == known.plan and one.valid:
        return ""
    if not one.valid and is_refused(root, path):
        return ""
    return _find_changed(compiler, known.plan) or one.path


def _find_changed(compiler: Compiler, plan: str) -> str:
    """Of the files that an accepted version was made from, beside the spec itself, the first one
    that is another one here; empty: none, or they are at another place."""
    document = compiler.store.document(f"{plan}.json")
    facts = document.get("facts", ()) if isinstance(document, dict) else ()
    with suppress(TypeError):
        for fact in (Fact(*map(str, one)) for one in facts):
            path = Path(fact.path)
            is_own = fact.kind == "file" and path.is_relative_to(compiler.root)
            if is_own and value_now(fact) != fact.value:
                return str(path.relative_to(compiler.root))
    return ""


def _compile(path: Path, root: Path, guard: Guard | None) -> tuple[Compiler, Compiled]:
    resolved = Path(os.path.realpath(root))
    if path.is_relative_to(root):
        path = resolved / path.relative_to(root)
    compiler = Compiler(resolved, guard or share_guard())
    one = compiler.look("spec", path)
    return compiler, one if one.entry is not None else _again(compiler, one)


def _plan(compiler: Compiler, one: Compiled) -> Plan:
    _raise_for_issues(compiler, one)
    try:
        return compiler.plan(one)
    except Damaged:
        return compiler.plan(_again(compiler, one))


def _again(compiler: Compiler, one: Compiled) -> Compiled:
    try:
        compiler.compile(one)
    except GuardFailed as failure:
        raise SpecError([pending(one.path, f"it cannot be compiled: {failure}")]) from None
    return one


def _raise_for_issues(compiler: Compiler, one: Compiled) -> None:
    if not one.valid:
        raise SpecError(_issues(compiler, one))
    if one.entry is not None and one.entry.sharing:
        raise SpecError(one.entry.sharing)


def _issues(compiler: Compiler, one: Compiled) -> tuple[Issue, ...]:
    """What is wrong with a spec, its domain.yaml, and what operators allow it."""
    from medallion.sources.base.reach import ACCESS_FILE

    issues = one.issues
    beside = [("access", compiler.root / ACCESS_FILE)] if issues else []
    if one.entry is not None and one.entry.domain_refused:
        beside.append(("domain", (compiler.root / one.place).parent / DOMAIN_FILE))
    for kind, path in beside:
        if path.exists():
            found = compiler.look(kind, path)
            issues += (found if found.entry is not None else _again(compiler, found)).issues
    return issues


def _report_stopped(one: Compiled) -> Issue:
    return Issue(
        path=one.path,
        rule="across",
        problem="it is right by itself, and does not go with the other specs",
        remedy="see the import errors of its domain, or run `python -m medallion.cli validate`",
    )
