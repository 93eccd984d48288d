"""One spec held to the policy: what breaks a rule, and which exemptions are needed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from pydantic import ValidationError

from medallion.spec.files.spec_paths import POLICY_FILE
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.findings.progress import doing
from medallion.spec.messages.prose import findings
from medallion.spec.models.policy import (
    PREFIX,
    AppliesTo,
    ExemptionSpec,
    PolicyRule,
    PolicySpec,
    RequireSpec,
    Severity,
)
from medallion.spec.policy.expression import ExpressionFailed, expression_problem, holds
from medallion.spec.policy.requirements import REQUIREMENTS, Requirement
from medallion.spec.policy.subject import PolicyColumn, Subject, document_of, subjects_of
from medallion.spec.rules.context import RuleContext

_NAME = re.compile(r"\{(\w+)\}")
"""A name in a message, in whose place something is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a policy says of one spec.

    Attributes:
        errors: they refuse the spec.
        warnings: they do not.
        exempted: (rule, table) of each exemption without which there would be a finding.
        until: the last day on which this holds: an exemption that is needed ends. None: for ever.
    """

    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    exempted: tuple[tuple[str, str], ...] = ()
    until: date | None = None


def judge(context: RuleContext, policy: PolicySpec, today: date) -> Judgement:
    """Hold every table of a spec to the rules that are about it.

    Args:
        context: the spec, which is right by itself.
        policy: rules that `rule_problems` finds nothing wrong with.
        today: in UTC; an exemption holds to the end of its last day.
    """
    found: dict[Severity, list[Finding]] = {severity: [] for severity in Severity}
    needed: dict[tuple[str, str], ExemptionSpec] = {}
    subjects = tuple(subjects_of(context)) if policy.rules else ()
    for rule_id, rule in policy.rules.items():
        doing(f"{PREFIX}{rule_id}")
        for subject in subjects:
            if not _is_about(rule.applies_to, subject):
                continue
            broken = tuple(_findings(rule, subject))
            if not broken:
                continue
            exemption = exemption_of(rule, subject.name, today)
            if exemption is not None:
                needed[rule_id, subject.name] = exemption
                continue
            found[rule.severity] += [_of_rule(one, rule_id, rule) for one in broken]
    return Judgement(
        errors=tuple(found[Severity.ERROR]),
        warnings=tuple(found[Severity.WARNING]),
        exempted=tuple(needed),
        until=min((one.expires for one in needed.values()), default=None),
    )


def exemption_of(rule: PolicyRule, table: str, today: date) -> ExemptionSpec | None:
    """The exemption that a table has of a rule today; None if there is none, or it has ended."""
    for one in rule.exemptions:
        if one.table == table and one.expires >= today:
            return one
    return None


def rule_problems(rule_id: str, rule: PolicyRule) -> Iterator[Finding]:
    """What is wrong with a rule itself: a word that is not known, wrong arguments, an expression
    that has no answer. Expressions are tried, so this belongs into the guarded process."""
    yield from _message_problems(rule_id, rule)
    if rule.require is not None:
        yield from _require_problems(("rules", rule_id, "require"), rule.require)
    elif rule.expression is not None:
        problem = expression_problem(rule.expression, sample_for(rule))
        if problem:
            yield Finding(
                where=("rules", rule_id, "expression"),
                rule="policy-expression",
                problem=problem,
                remedy="docs/policy.md lists what an expression can name",
            )


def _message_problems(rule_id: str, rule: PolicyRule) -> Iterator[Finding]:
    """Names in the message that nothing takes the place of: people would read them as they are."""
    known = ("table", "column") if rule.for_each == "column" else ("table",)
    for name in dict.fromkeys(_NAME.findall(rule.message)):
        if name not in known:
            names = " or ".join(f"{{{one}}}" for one in known)
            yield Finding(
                where=("rules", rule_id, "message"),
                rule="policy-message",
                problem=f"nothing is known that could be written for {{{name}}}",
                remedy="add `for_each: column`" if name == "column" else f"write {names}",
            )


def _is_about(about: AppliesTo, subject: Subject) -> bool:
    domain = subject.table.domain
    return (
        (not about.layers or subject.table.layer in about.layers)
        and (not about.domains or any(fnmatchcase(domain, one) for one in about.domains))
        and (not about.write_dispositions or subject.write_disposition in about.write_dispositions)
    )


def _findings(rule: PolicyRule, subject: Subject) -> Iterator[Finding]:
    if rule.require is not None:
        yield from requirement_of(rule.require).find(subject)
        return
    document = document_of(subject)
    if rule.for_each == "table":
        yield from _evaluate(rule, subject, document, None)
        return
    for column in subject.columns:
        yield from _evaluate(rule, subject, {**document, "column": asdict(column)}, column)


def _evaluate(
    rule: PolicyRule, subject: Subject, variables: Mapping[str, Any], column: PolicyColumn | None
) -> Iterator[Finding]:
    """A finding where the expression is false, or has no answer: an unknown is never a pass."""
    where = subject.where if column is None else subject.key("columns", column.name)
    try:
        if holds(rule.expression or "", variables):
            return
        problem, remedy = rule.message.replace("{table}", subject.name), rule.remedy
        if column is not None:
            problem = problem.replace("{column}", column.name)
    except ExpressionFailed as failed:
        problem = f"the rule has no answer for {subject.name}: {failed}"
        remedy = f"whoever keeps {POLICY_FILE} corrects its expression"
    yield Finding(where=where, on_key=True, problem=problem, remedy=remedy)


def _of_rule(finding: Finding, rule_id: str, rule: PolicyRule) -> Finding:
    return replace(finding, rule=f"{PREFIX}{rule_id}", remedy=rule.remedy or finding.remedy)


def requirement_of(said: RequireSpec) -> Requirement:
    """The requirement with its arguments, in which `rule_problems` finds nothing wrong."""
    return REQUIREMENTS[said.name].model_validate(said.arguments)


def _require_problems(place: KeyPath, said: RequireSpec) -> Iterator[Finding]:
    model = REQUIREMENTS.get(said.name)
    if model is None:
        yield Finding(
            where=place,
            rule="policy-requirement",
            problem=f"{said.name} is not a requirement",
            remedy=did_you_mean(said.name, REQUIREMENTS),
        )
        return
    try:
        model.model_validate(said.arguments)
    except ValidationError as invalid:
        for found in findings(invalid.errors(include_url=False), model):
            problem = found.problem.replace("the top level", said.name)
            yield replace(found, where=(*place, said.name, *found.where), problem=problem)


def sample_for(rule: PolicyRule) -> Mapping[str, Any]:
    """A table with one of everything, by which an expression is tried when the policy is read."""
    column = asdict(PolicyColumn(name="total", description="What was taken.", type="bigint"))
    check = {"name": "unique", "column": "day", "columns": ["day"], "on_failure": "fail"}
    table = {
        "name": "takings",
        "layer": "gold",
        "published_as": "gold_shop.takings",
        "description": "One row per day.",
        "owner": "shop-data",
        "primary_key": ["day"],
        "write_disposition": "replace",
        "source": "",
        "columns": [column],
        "checks": [{**check, "description": ""}],
        "warn_after": "26h",
        "error_after": "50h",
        "grants": ["bi_reader"],
        "share_with": ["finance"],
        "exposures": ["review"],
        "certified": True,
        "needs_approval": False,
        "keep_versions": 3,
        "retention_days": 400,
    }
    pipeline = {
        "name": "daily",
        "description": "What the shop takes.",
        "schedule": "@daily",
        "tags": ["shop"],
        "retries": 2,
    }
    domain = {
        "name": "shop",
        "description": "The shop.",
        "owner": "shop-data",
        "contacts": ["shop@example.org"],
    }
    said = {"table": table, "pipeline": pipeline, "domain": domain}
    return {**said, "column": column} if rule.for_each == "column" else said
