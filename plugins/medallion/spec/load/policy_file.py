"""specs/policy.yaml, which every spec is held to.

It is outside every domain's folder, because whoever may commit to a domain's folder must not be
able to exempt his own tables. A domain cannot add a file of its own: a stricter rule for one domain
is a rule with `applies_to: {domains: […]}`, in the same file, where everybody finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from medallion.errors import Issue
from medallion.spec.files.refusals import defect, refusal
from medallion.spec.files.regular_file import SPECS_FOLDER, FileRefused, read_bounded
from medallion.spec.files.spec_paths import POLICY_FILE
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.issues import issues_of
from medallion.spec.messages.prose import findings
from medallion.spec.models.bounds import out_of_bounds
from medallion.spec.models.policy import PolicySpec
from medallion.spec.policy.judge import rule_problems
from medallion.spec.yaml.loader import read_yaml
from medallion.spec.yaml.problems import YamlRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the organisation asks.

    Attributes:
        spec: the rules that are right; those of a broken file that can be read still judge.
        issues: what is wrong with the file.
        until: the moment at which its next exemption ends, in seconds since 1970; 0: none does.
    """

    spec: PolicySpec = field(default_factory=PolicySpec)
    issues: tuple[Issue, ...] = ()
    until: float = 0.0


def today() -> date:
    """The day by which exemptions are judged, in UTC."""
    return datetime.now(UTC).date()


def end_of(day: date | None) -> float:
    """The moment at which a day ends, in seconds since 1970; 0 where there is none.

    >>> end_of(date(1970, 1, 1))
    86400.0
    """
    if day is None:
        return 0.0
    return datetime.combine(day + timedelta(days=1), time(), UTC).timestamp()


def load_policy(root: Path, day: date) -> Policy:
    """The policy of a project; no rules where there is no file. It does not raise.

    A rule that is broken judges nothing, and is an issue of the file. The others still judge, and
    no spec is refused for it.

    Args:
        root: the project's folder, resolved.
        day: today, by which exemptions end.
    """
    data = b""
    try:
        data = read_bounded(root / POLICY_FILE, root / SPECS_FOLDER)
        raw = read_yaml(data, may_be_empty=True)
        if beyond := list(out_of_bounds(raw)):
            return Policy(issues=issues_of(beyond, POLICY_FILE, data))
        spec, found = accept_rules(raw)
        wrong = {rule: list(rule_problems(rule, said)) for rule, said in spec.rules.items()}
        found += [finding for one in wrong.values() for finding in one]
        found += _exemption_problems(spec, day)
        right = {rule: said for rule, said in spec.rules.items() if not wrong[rule]}
        ends = [one.expires for said in right.values() for one in said.exemptions]
        return Policy(
            spec=PolicySpec(rules=right),
            issues=issues_of(found, POLICY_FILE, data) if found else (),
            until=end_of(min((end for end in ends if end >= day), default=None)),
        )
    except FileNotFoundError:
        return Policy()
    except (FileRefused, YamlRefused) as refused:
        return Policy(issues=refusal(refused, POLICY_FILE))
    except MemoryError:  # whoever has set the limit says so
        raise
    except Exception as error:  # whatever is in the file, specs are not held up by it
        return Policy(issues=(defect(error, POLICY_FILE),))


def accept_rules(raw: Mapping[str, Any]) -> tuple[PolicySpec, list[Finding]]:
    """The rules that the model accepts, and what is wrong with the others. None is tried."""
    try:
        return PolicySpec.model_validate(raw), []
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False)
    found = list(findings(errors, PolicySpec))
    left = deepcopy(dict(raw))
    for error in errors:
        match error["loc"]:
            case ("rules", str() as rule, *_) if isinstance(left.get("rules"), dict):
                left["rules"].pop(rule, None)
            case (str() as key, *_):
                left.pop(key, None)
    try:
        return PolicySpec.model_validate(left), found
    except ValidationError:
        return PolicySpec(), found


def _exemption_problems(spec: PolicySpec, day: date) -> Iterator[Finding]:
    for rule, said in spec.rules.items():
        tables: set[str] = set()
        for at, one in enumerate(said.exemptions):
            where = ("rules", rule, "exemptions", at)
            if one.expires < day:
                yield Finding(
                    where=(*where, "expires"),
                    rule="policy-exemption-expired",
                    problem=f"the exemption of {one.table} ended on {one.expires}: it is held to "
                    "the rule again",
                    remedy="bring the table in line and remove the exemption, or decide again: a "
                    "later day, with a reason that still holds",
                )
            if one.table in tables:
                yield Finding(
                    where=(*where, "table"),
                    rule="policy-exemption-twice",
                    problem=f"{one.table} is exempted twice",
                    remedy="keep one",
                )
            tables.add(one.table)
