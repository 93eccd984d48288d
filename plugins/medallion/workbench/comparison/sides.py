"""One side of a comparison: every spec of a project as it is compiled, and what is refused."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from medallion.catalogue.column_lineage import ColumnOrigins
from medallion.catalogue.declared_table import DeclaredTable, tables_of
from medallion.compiler.across import NotCompared
from medallion.compiler.codec import Damaged, decode
from medallion.compiler.compiled import Compiled
from medallion.compiler.guard import Guard, share_guard
from medallion.compiler.seeding import seed
from medallion.compiler.survey import Survey
from medallion.compiler.verdicts import pending
from medallion.errors import Issue
from medallion.plan.bi import BiDashboard, BiTable
from medallion.plan.model import Plan
from medallion.plan.settings import settings_of
from medallion.spec.files.loaded import Attempt, LoadedSpec
from medallion.spec.load.product_notes import DomainProducts, read_products
from medallion.workbench.comparison.places import Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one side has read, so that another one need not read it again: specs and plans by the
    digests of their texts, and what rules across the specs of those digests say."""

    specs: dict[str, LoadedSpec | None] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    survey: Survey | None = None
    members: tuple[str, ...] = ()
    across: Mapping[str, tuple[Issue, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Side:
    """The specs of one commit, or of the working tree.

    Attributes:
        specs: the valid ones, by path.
        judged: besides, those that are right by themselves and do not go with the others.
        refused: by path of a spec or a domain.yaml, why it is refused.
        stops: of the refused ones, those that would not run even in their former version.
        paths: of all specs.
        plans: of all that are right by themselves, by path.
        warnings: what the policy says of specs and does not refuse them for, by path.
        read: what another side may use.
    """

    root: Path
    specs: Mapping[str, LoadedSpec]
    judged: Mapping[str, LoadedSpec] = field(default_factory=dict)
    refused: Mapping[str, tuple[Issue, ...]] = field(default_factory=dict)
    stops: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    plans: Mapping[str, Plan] = field(default_factory=dict)
    warnings: Mapping[str, tuple[Issue, ...]] = field(default_factory=dict)
    read: Read = field(default_factory=Read)

    @cached_property
    def places(self) -> Places:
        """Lines of its files."""
        return Places(self.root)

    @cached_property
    def loaded(self) -> Mapping[str, LoadedSpec]:
        """Every spec that is right by itself, by its path."""
        return {**self.specs, **self.judged}

    @cached_property
    def tables(self) -> Mapping[str, DeclaredTable]:
        """The tables that its valid specs publish, by what readers write."""
        return _declare(self.specs) if self.judged else self.all_tables

    @cached_property
    def all_tables(self) -> Mapping[str, DeclaredTable]:
        """The same, of specs too that do not go with the others."""
        return _declare(self.loaded)

    @cached_property
    def origins(self) -> ColumnOrigins:
        """What the columns of its tables are made of."""
        return ColumnOrigins(self.all_tables)

    @cached_property
    def offers(self) -> tuple[DomainProducts, ...]:
        """The data products of each domain; its files are read."""
        return tuple(read_products(self.root))

    @property
    def dashboards(self) -> tuple[tuple[str, BiDashboard], ...]:
        """Each dashboard, with the file that declares it."""
        return tuple(
            (one.path or path, one) for path, plan in self.plans.items() for one in plan.dashboards
        )

    @property
    def bi_tables(self) -> Mapping[str, tuple[str, BiTable]]:
        """By table, what the BI team finds of it, with the file that declares it."""
        return {
            str(one.table): (path, one)
            for path, plan in self.plans.items()
            for one in plan.bi_tables
        }


def read_side(
    root: Path, guard: Guard | None = None, *, like: Side | None = None, store: Path | None = None
) -> Side:
    """Compile every spec of a project that is not compiled yet.

    Args:
        root: the project's folder.
        guard: the process to compile in.
        like: another side of the same project: its verdicts count where all files that they
            depend on are the same here.
        store: where verdicts are kept; in the project's own cache by default.
    """
    survey = Survey(Path(os.path.realpath(root)), guard or share_guard(), store)
    if like is not None and like.read.survey is not None:
        seed(like.read.survey, survey)
        survey = Survey(survey.compiler.root, survey.compiler.guard, store)
    survey.compile(until=0)
    known = like.read if like else Read()
    read = replace(
        known, survey=survey, members=tuple(survey.see(one).member.digest for one in survey.specs)
    )
    across, uncompared = _across(survey, known, read)
    found = _side(survey, across, uncompared, read)
    survey.remember()
    return found


_Issues = Mapping[str, tuple[Issue, ...]]


def _side(survey: Survey, across: _Issues, uncompared: _Issues, read: Read) -> Side:
    """The specs by what becomes of them."""
    specs: dict[str, LoadedSpec] = {}
    judged: dict[str, LoadedSpec] = {}
    plans: dict[str, Plan] = {}
    refused: dict[str, tuple[Issue, ...]] = {
        one.path: one.issues for one in survey.domains if one.issues
    }
    for one in survey.specs:
        loaded = _load(survey, one, read)
        issues = (*one.issues, *across.get(one.path, ()), *uncompared.get(one.path, ()))
        if loaded is not None and one.valid and not issues:
            specs[one.path] = loaded
            plans[one.path] = _plan(survey, one, read)
            continue
        if loaded is not None:
            judged[one.path] = loaded
            plans[one.path] = _plan(survey, one, read)
        refused[one.path] = issues or _of_domain(survey, one)
    for issue in survey.misplaced:
        refused[issue.path] = (*refused.get(issue.path, ()), issue)
    return Side(
        root=survey.compiler.root,
        specs=specs,
        judged=judged,
        refused=refused,
        stops=frozenset(across),
        paths=frozenset(one.path for one in survey.specs),
        plans=plans,
        warnings={one.path: one.entry.warnings for one in survey.specs if one.entry},
        read=replace(read, across=across, members=() if uncompared else read.members),
    )


def _across(survey: Survey, known: Read, read: Read) -> tuple[_Issues, _Issues]:
    """What rules across specs refuse; and what could not be compared."""
    if known.members and known.members == read.members:
        return known.across, {}
    try:
        return survey.find_refused_across(list(map(survey.see, survey.specs)), until=0), {}
    except NotCompared as error:
        why = f"it could not be compared with the other specs: {error}"
        return {}, {one.path: (pending(one.path, why),) for one in survey.specs if one.valid}


def _load(survey: Survey, one: Compiled, read: Read) -> LoadedSpec | None:
    digest = one.entry.judged if one.entry else ""
    if digest not in read.specs:
        try:
            attempt = decode(survey.compiler.attempt_text(one))
        except Damaged:
            return None
        read.specs[digest] = attempt.loaded if isinstance(attempt, Attempt) else None
    return read.specs[digest]


def _plan(survey: Survey, one: Compiled, read: Read) -> Plan:
    digest = one.entry.plan if one.entry else ""
    if digest not in read.plans:
        read.plans[digest] = survey.compiler.plan(one)
    return read.plans[digest]


def _of_domain(survey: Survey, one: Compiled) -> tuple[Issue, ...]:
    return tuple(i for d in survey.domains if d.domain == one.domain for i in d.issues)


def _declare(specs: Mapping[str, LoadedSpec]) -> dict[str, DeclaredTable]:
    found: dict[str, DeclaredTable] = {}
    for _, loaded in sorted(specs.items()):
        for table in tables_of(
            loaded, settings_of(loaded.spec, loaded.domain, (), loaded.calendar)
        ):
            found.setdefault(str(table.table.public), table)
    return found
