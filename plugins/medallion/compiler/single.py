"""One spec, for a task that starts and for commands about one pipeline."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.compiler.accepted import read_accepted
from medallion.compiler.codec import Damaged
from medallion.compiler.compiled import Compiled, Compiler, plan_in
from medallion.compiler.guard import Guard, GuardFailed, share_guard
from medallion.compiler.verdicts import pending
from medallion.errors import Issue, SetupError, SpecError
from medallion.plan.model import Plan
from medallion.spec.files.spec_paths import DOMAIN_FILE, spec_path_of

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


def version_for_task(path: Path, root: Path, guard: Guard | None = None) -> TaskVersion:
    """The version that a starting task runs: the present one, or the last accepted one if that is
    refused.

    Raises:
        SpecError: there is neither.
    """
    compiler, one = _compile(path, root, guard)
    known = read_accepted(compiler.store, path.parent.name).get(path.stem)
    if one.valid and (known is None or known.stopped != (one.entry and one.entry.plan)):
        return TaskVersion(plan=_plan(compiler, one))
    if known is not None and known.plan:
        with suppress(Damaged):
            plan = plan_in(compiler.store.read_text(known.plan))
            return TaskVersion(plan=plan, since=known.since)
    raise SpecError(_issues(compiler, one) or (_report_stopped(one),))


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
