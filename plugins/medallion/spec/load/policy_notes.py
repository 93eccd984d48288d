"""Warnings about exemptions of specs/policy.yaml that nobody needs, or that end soon."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from medallion.errors import Issue
from medallion.names import PublishedTable, TableName
from medallion.spec.files.loaded import LoadReport
from medallion.spec.files.regular_file import SPECS_FOLDER, FileRefused, read_bounded
from medallion.spec.files.spec_paths import POLICY_FILE
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.issues import issues_of
from medallion.spec.findings.positions import KeyPath
from medallion.spec.load.policy_file import accept_rules
from medallion.spec.models.bounds import out_of_bounds
from medallion.spec.models.policy import ExemptionSpec, PolicyRule
from medallion.spec.policy.subject import tables_of
from medallion.spec.yaml.loader import read_yaml
from medallion.spec.yaml.problems import YamlRefused

SOON = 30
"""Days before its end from which an exemption is pointed out."""


def policy_notes(report: LoadReport, root: Path, day: date) -> Iterator[Issue]:
    """A warning for each exemption that matches nothing, is not needed, or ends within 30 days;
    none of a rule that is broken, which is an error of its own: it judges nothing, so nobody knows
    what it is needed for.

    Args:
        report: every spec of the project.
        root: its folder, resolved.
        day: today.
    """
    rules = read_rules(root)
    if not rules:
        return
    data = read_bounded(root / POLICY_FILE, root / SPECS_FOLDER)
    needed = {one for spec in report.specs for one in spec.exempted}
    tables = {str(table) for spec in report.specs for table in tables_of(spec)}
    broken = {
        issue.key.split(".")[1]
        for issue in report.issues
        if issue.path == POLICY_FILE
        and issue.key.startswith("rules.")
        and not issue.rule.startswith("policy-exemption-")
    }
    unsure = {issue.path.split("/")[-2] for issue in report.issues if "/" in issue.path}
    found = [
        finding
        for rule, said in rules.items()
        for at, one in enumerate(said.exemptions)
        if one.expires >= day and rule not in broken
        for finding in _of_exemption(
            ("rules", rule, "exemptions", at),
            one,
            day,
            is_needed=(rule, one.table) in needed,
            is_unsure=PublishedTable.of(TableName.parse(one.table)).domain in unsure,
            tables=tables,
        )
    ]
    for issue in issues_of(found, POLICY_FILE, data) if found else ():
        yield replace(issue, level="warning")


def read_rules(root: Path) -> Mapping[str, PolicyRule]:
    """The rules as they are written, by id, without those that are none; none if there is no
    policy, or it cannot be read. No expression is evaluated."""
    try:
        data = read_bounded(root / POLICY_FILE, root / SPECS_FOLDER)
        raw = read_yaml(data, may_be_empty=True)
    except (FileNotFoundError, FileRefused, YamlRefused):
        return {}
    return {} if any(out_of_bounds(raw)) else accept_rules(raw)[0].rules


def _of_exemption(
    where: KeyPath,
    one: ExemptionSpec,
    day: date,
    *,
    is_needed: bool,
    is_unsure: bool,
    tables: Collection[str],
) -> Iterator[Finding]:
    left = (one.expires - day).days
    if is_needed and left <= SOON:
        yield Finding(
            where=(*where, "expires"),
            rule="policy-exemption-ends",
            problem=f"the exemption of {one.table} ends on {one.expires}, and it is needed",
            remedy="bring the table in line before that, or decide again",
        )
    elif not is_needed and one.table in tables:
        yield Finding(
            where=(*where, "table"),
            rule="policy-exemption-unused",
            problem=f"{one.table} needs no exemption: it keeps the rule, or the rule is not about "
            "it",
            remedy="remove it",
        )
    elif not is_needed and not is_unsure:
        yield Finding(
            where=(*where, "table"),
            rule="policy-exemption-unused",
            problem=f"no spec publishes {one.table}",
            remedy=did_you_mean(one.table, tables) or "remove it",
        )
