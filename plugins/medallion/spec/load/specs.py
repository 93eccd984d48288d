"""Specs from their files: one when a task starts, all of them for a parse.

Whatever a file contains, only SpecError is raised, and no other spec is affected.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from medallion.errors import Issue, SpecError
from medallion.spec.files.access import read_access_or_allow_nothing
from medallion.spec.files.loaded import Attempt, LoadedDomain, LoadedSpec, LoadReport
from medallion.spec.files.offers import offers_of_domain
from medallion.spec.files.regular_file import SPECS_FOLDER
from medallion.spec.findings.issues import issues_of
from medallion.spec.load.attempt import attempt_spec
from medallion.spec.load.discover import discover
from medallion.spec.load.domain_file import load_domain
from medallion.spec.load.policy_file import load_policy, today
from medallion.spec.models.queries import ReadQuery
from medallion.spec.rules.across import SHARING, judge_across
from medallion.spec.rules.sharing import foreign_reads, owner_of


def load_spec(path: Path, root: Path, read_query: ReadQuery) -> LoadedSpec:
    """One spec with its domain's defaults: what a starting task needs, and no other file.

    What needs all specs (a table that nobody publishes) is left to `load_all`. Whether other
    domains still share what it reads is looked up in their files.

    Args:
        path: specs/<domain>/<pipeline>.yaml.
        root: the project's folder.
        read_query: reads the SQL of gold tables (`spec.sql.reader`).

    Raises:
        SpecError: every issue of the spec, or of its domain's defaults.
    """
    resolved = _resolve(root)
    if path.is_relative_to(root):
        path = resolved / path.relative_to(root)
    access, problems = read_access_or_allow_nothing(resolved)
    policy = load_policy(resolved, today()).spec
    domain = replace(load_domain(path.parent, resolved), access=access, policy=policy)
    attempt = attempt_spec(path, resolved, domain, read_query)
    if attempt.loaded is None:
        raise SpecError((*problems, *attempt.issues))
    hold_to_sharing(attempt, attempt.loaded, resolved)
    return attempt.loaded


def hold_to_sharing(attempt: Attempt, loaded: LoadedSpec, root: Path) -> None:
    """Check what other domains share now. Only files of domains that the spec reads from are read.

    Raises:
        SpecError: a table is no longer shared, or its derived table is granted to more roles.
    """
    domains = sorted({owner_of(read.table) for read in foreign_reads(loaded)})
    others = [
        Attempt(path=f"{SPECS_FOLDER}/{domain}", tables=offers)
        for domain in domains
        if (offers := offers_of_domain(root, domain)) is not None
    ]
    found = [finding for _, finding in judge_across([attempt, *others], SHARING)]
    if found:
        raise SpecError(issues_of(found, attempt.path, attempt.data))


def load_all(root: Path, read_query: ReadQuery) -> LoadReport:
    """Every spec below specs/: the valid ones, and all issues of the others. It does not raise.

    Args:
        root: the project's folder.
        read_query: reads the SQL of gold tables (`spec.sql.reader`).
    """
    root = _resolve(root)
    found = discover(root)
    access, problems = read_access_or_allow_nothing(root)
    policy = load_policy(root, today())
    issues = [*found.issues, *problems, *policy.issues]
    attempts: list[Attempt] = []
    usable: set[str] = set()
    for folder, paths in found.domains:
        domain = LoadedDomain(access=access, policy=policy.spec)
        try:
            domain = replace(load_domain(folder, root), access=access, policy=policy.spec)
            usable.add(folder.name)
        except SpecError as error:
            issues += error.issues
        attempts += [attempt_spec(path, root, domain, read_query) for path in paths]
    for attempt in attempts:
        issues += attempt.issues
    refused = _across(attempts, issues)
    specs = tuple(
        attempt.loaded
        for attempt in attempts
        if attempt.loaded is not None
        and attempt.loaded.dag_id.domain in usable
        and attempt.path not in refused
    )
    warnings = sorted(issue for attempt in attempts for issue in attempt.warnings)
    return LoadReport(specs=specs, issues=tuple(sorted(set(issues))), warnings=tuple(warnings))


def _across(attempts: Sequence[Attempt], issues: list[Issue]) -> set[str]:
    """The paths of specs that do not go with the others; says why in `issues`."""
    refused: set[str] = set()
    for attempt, finding in judge_across(attempts):
        refused.add(attempt.path)
        issues += issues_of([finding], attempt.path, attempt.data)
    return refused


def _resolve(root: Path) -> Path:
    return Path(os.path.realpath(root))
