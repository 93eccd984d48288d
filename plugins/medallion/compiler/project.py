"""All specs of a project, for the command line and for the DAG processor."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.compiler.accepted import Accepted, read_accepted, write_accepted
from medallion.compiler.across import Member, NotCompared
from medallion.compiler.codec import Damaged
from medallion.compiler.compiled import Compiled, plan_in
from medallion.compiler.entries import Store
from medallion.compiler.guard import Guard, share_guard
from medallion.compiler.linked import Seen
from medallion.compiler.outline import (
    Outline,
    assets_in,
    bi_in,
    boards_in,
    ending_in,
    silver_in,
)
from medallion.compiler.runnable import Project, Runnable
from medallion.compiler.still import DomainLook, KeptPlan, Shared, Still
from medallion.compiler.survey import Survey, snapshot_file
from medallion.compiler.verdicts import pending
from medallion.errors import Issue
from medallion.plan.boards import with_boards
from medallion.plan.ending import keep_if_one_ends

if TYPE_CHECKING:
    from medallion.plan.model import Plan
    from medallion.spec.files.loaded import LoadReport


COMPARING_SECONDS = 5.0
"""Beyond the time to compile. Where thousands of specs are new, parses end before all are compiled:
those that are have to run."""


def read_project(root: Path, guard: Guard | None = None) -> LoadReport:
    """Every valid spec as it is now, and every issue: for the command line. It takes the time it
    needs."""
    from medallion.spec.files.loaded import LoadReport

    survey = Survey(Path(os.path.realpath(root)), guard or share_guard())
    survey.compile(until=0)
    issues = list(survey.issues())
    kept = {name: read_accepted(survey.compiler.store, name) for name in survey.folders}
    seen = [survey.see(one) for one in _put_running_first(survey.specs, kept)]
    try:
        refused = survey.find_refused_across(seen, until=0)
    except NotCompared as error:
        refused = {one.path: (_report_uncompared(one, error),) for one in survey.specs if one.valid}
    issues += [issue for found in refused.values() for issue in found]
    specs = tuple(
        survey.compiler.load(one) for one in survey.specs if one.valid and one.path not in refused
    )
    warnings = tuple(sorted(survey.warnings()))
    return LoadReport(specs=specs, issues=tuple(sorted(set(issues))), warnings=warnings)


def load_project(
    root: Path,
    until: float,
    domains: Iterable[str] | None = None,
    guard: Guard | None = None,
    *,
    only_refused: bool = False,
    ahead: Callable[[Plan, Mapping[str, str]], object] | None = None,
) -> Project:
    """The plans of some domains, all by default: for the DAG processor.

    Accepted versions are recorded: a spec that is refused later keeps running in its last accepted
    version.

    Args:
        root: the project's folder.
        until: the moment of `time.monotonic` at which compiling stops; the next call continues.
            Those that are compiled then are still compared with each other.
        domains: whose plans and issues are wanted. All specs are compiled.
        guard: the process to compile in.
        only_refused: whether the plans of right specs are left out, which takes less time.
        ahead: called with plans that are wanted and may run, while other specs are compiled, and
            with what is known of the assets of each one's own tables.
    """
    root = Path(os.path.realpath(root))
    wanted = None if domains is None else frozenset(domains)
    still = Still(Store(root), snapshot_file(root, "still"))
    kept = still.read(wanted, only_refused=only_refused)
    if kept is not None:
        return kept
    survey = Survey(root, guard or share_guard())

    def look_ahead(one: Compiled) -> None:
        if ahead and one.valid and one.entry and (wanted is None or one.domain in wanted):
            with suppress(Damaged):
                ahead(survey.compiler.plan(one), dict(assets_in(one.entry.outline)))

    survey.compile(until, min(wanted or (), default=""), look_ahead)
    loading = _Loading(survey, until + COMPARING_SECONDS)
    found = loading.project(wanted, only_refused)
    survey.remember()
    _keep(still, loading, found)
    return found


def _keep(still: Still, loading: _Loading, found: Project) -> None:
    """Keep what was found, where it stays so as long as no file changes."""
    survey = loading.survey
    marks = survey.list_marks() if loading.is_settled else None
    if marks is None:
        return
    shared = Shared(
        silver_tables=found.silver_tables,
        bi_tables=found.bi_tables,
        endings=found.endings,
        assets=found.assets,
        of_no_domain=tuple(survey.issues_of_no_domain()),
    )
    still.write(marks, shared, loading.looks())


class _Loading:
    """One look at a project, with what was accepted before."""

    def __init__(self, survey: Survey, until: float) -> None:
        self.survey = survey
        self.store = survey.compiler.store
        self.before = {name: read_accepted(self.store, name) for name in survey.folders}
        self.is_settled = True
        """Whether a look at the same files would find the same."""
        self.across: Mapping[str, tuple[Issue, ...]] = {}
        self.uncompared: NotCompared | None = None
        try:
            specs = _put_running_first(survey.specs, self.before)
            self.across = survey.find_refused_across(list(map(self._see, specs)), until)
        except NotCompared as error:
            self.uncompared = error
            self.is_settled = False

    def project(self, wanted: frozenset[str] | None, only_refused: bool) -> Project:
        """The plans and issues of the domains that are wanted."""
        runnable: list[Runnable] = []
        issues = list(self.survey.issues(wanted))
        after: dict[str, dict[str, Accepted]] = {name: {} for name in self.survey.folders}
        for one in self.survey.specs:
            if one.dag_id is None or (wanted is not None and one.domain not in wanted):
                continue
            issues += self.across.get(one.path, ())
            accepted = self._judge(one)
            if self.uncompared is not None and one.valid and not _is_of(accepted, one):
                issues.append(_report_uncompared(one, self.uncompared))
            if accepted != Accepted():
                after[one.domain][one.dag_id.pipeline] = accepted
            present = one.valid and _is_of(accepted, one)
            if accepted.plan and not (present and only_refused):
                runnable += self._runnable(one, accepted, issues)
        named = self.survey.folders if wanted is None else wanted
        changed = [name for name in named if after.get(name, {}) != self.before.get(name, {})]
        for name in changed:
            write_accepted(self.store, name, after[name])
        if changed:
            self.is_settled = False
            self.store.prune(self._list_used(after))
        outlines = [self._outline(one) for one in self.survey.specs]
        return Project(
            runnable=tuple(runnable),
            issues=tuple(sorted(set(issues))),
            silver_tables=tuple(sorted({t for one in outlines for t in silver_in(one)})),
            bi_tables=tuple(sorted({t for one in outlines for t in bi_in(one)})),
            endings=keep_if_one_ends(ending_in(one) for one in outlines if one),
            assets=with_boards(
                {table: facts for one in outlines for table, facts in assets_in(one)},
                (board for one in outlines for board in boards_in(one)),
            ),
            of_no_domain=() if wanted is None else tuple(self.survey.issues_of_no_domain()),
        )

    def _outline(self, one: Compiled) -> Outline:
        """Of what runs; empty where nothing does."""
        if one.path in self.across:
            return {}
        if one.valid and one.entry is not None and self.uncompared is None:
            return one.entry.outline
        return self._before(one).outline

    def _judge(self, one: Compiled) -> Accepted:
        """What of a spec runs from now on."""
        before = self._before(one)
        if self.uncompared is not None:
            return before  # what ran together keeps running; a later parse compares what is new
        if one.path in self.across:
            return Accepted(stopped=one.entry.plan if one.valid and one.entry else before.plan)
        if not one.valid or one.entry is None:
            return replace(before, stopped="")
        plan, judged, outline = one.entry.plan, one.entry.judged, one.entry.outline
        now = datetime.now(UTC).isoformat(timespec="seconds")
        since = before.since if plan == before.plan else now
        return Accepted(plan=plan, judged=judged, outline=outline, since=since)

    def _runnable(
        self, one: Compiled, accepted: Accepted, issues: list[Issue]
    ) -> Iterable[Runnable]:
        """Its plan; where nobody can read that any more, the spec is compiled again next time."""
        try:
            if one.valid and _is_of(accepted, one):
                yield Runnable(plan=self.survey.compiler.plan(one))
            else:
                plan = plan_in(self.store.read_text(accepted.plan))
                yield Runnable(plan=plan, refused=self._explain_refusal(one), since=accepted.since)
        except Damaged as error:
            self.is_settled = False
            self.survey.forget(one)
            issues.append(pending(one.path, f"what was kept of it is damaged ({error})"))

    def looks(self) -> dict[str, DomainLook | None]:
        """What each domain has of this; None: what it has accepted is not what this look would."""
        plans: dict[str, list[KeptPlan] | None] = {name: [] for name in self.survey.folders}
        issues: dict[str, list[Issue]] = {name: [] for name in self.survey.folders}
        for one in self.survey.domains:
            if one.kind == "domain":
                issues[one.domain] += one.issues
        for one in self.survey.specs:
            issues[one.domain] += (*one.issues, *self.across.get(one.path, ()))
            kept = plans[one.domain]
            if one.dag_id is None or kept is None:
                continue
            accepted = self._judge(one)
            if accepted != self._before(one):
                plans[one.domain] = None
            elif accepted.plan:
                kept.append(self._make_kept_plan(one, accepted))
        return {
            name: None if kept is None else DomainLook(tuple(kept), tuple(set(issues[name])))
            for name, kept in plans.items()
        }

    def _make_kept_plan(self, one: Compiled, accepted: Accepted) -> KeptPlan:
        if one.valid and _is_of(accepted, one):
            return KeptPlan(plan=accepted.plan, is_present=True)
        return KeptPlan(
            plan=accepted.plan,
            is_present=False,
            refused=self._explain_refusal(one),
            since=accepted.since,
        )

    def _explain_refusal(self, one: Compiled) -> tuple[Issue, ...]:
        """Why the version that was accepted before runs."""
        if one.entry is None:
            return ()
        of_domain = (i for d in self.survey.domains if d.domain == one.domain for i in d.issues)
        return one.issues or tuple(of_domain)

    def _see(self, one: Compiled) -> Seen:
        """What will run of a spec: the version accepted before, where the present one cannot."""
        before = self._before(one)
        if not one.valid and before.plan:
            text = self.store.read_text(before.judged)
            if text is not None:
                member = Member(digest=before.judged, text=lambda: text)
                return Seen(member=member, outline=before.outline)
        return self.survey.see(one)

    def _before(self, one: Compiled) -> Accepted:
        return _find_accepted(one, self.before)

    def _list_used(self, after: Mapping[str, Mapping[str, Accepted]]) -> frozenset[str]:
        known = {**self.before, **{name: found for name, found in after.items() if found}}
        names = {"accepted", "loaded", "refused", "snapshot", "still", "lock"}
        for found in known.values():
            names.update(digest for one in found.values() for digest in (one.plan, one.judged))
        for one in (*self.survey.specs, *self.survey.domains):
            names.update((one.name, *((one.entry.plan, one.entry.judged) if one.entry else ())))
        return frozenset(names)


def _put_running_first(
    specs: Iterable[Compiled], before: Mapping[str, Mapping[str, Accepted]]
) -> list[Compiled]:
    """What runs as it is, then what has changed, then what is new, each sorted by path: of two
    specs that exclude each other, the one that somebody has just written is refused."""

    def rank(one: Compiled) -> int:
        accepted = _find_accepted(one, before)
        if not accepted.plan:
            return 2
        return 0 if not one.valid or _is_of(accepted, one) else 1

    return sorted(specs, key=rank)


def _find_accepted(one: Compiled, before: Mapping[str, Mapping[str, Accepted]]) -> Accepted:
    if one.dag_id is None:
        return Accepted()
    return before.get(one.domain, {}).get(one.dag_id.pipeline, Accepted())


def _is_of(accepted: Accepted, one: Compiled) -> bool:
    """Whether it is the spec's present version that was accepted."""
    return one.entry is not None and one.entry.plan == accepted.plan


def _report_uncompared(one: Compiled, error: NotCompared) -> Issue:
    return pending(one.path, f"it could not be compared with the other specs: {error}")
