"""The jobs of the guarded process: compile one spec or domain.yaml, apply the rules across specs,
find where SQL names a column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from medallion.compiler.answers import Answer
from medallion.compiler.codec import decode, encode
from medallion.compiler.links import links_of
from medallion.compiler.outline import outline_of
from medallion.errors import Issue, SpecError
from medallion.names import TableName
from medallion.plan.make import make_plan
from medallion.sources.base.reach import ACCESS_FILE
from medallion.spec.files.access import Access, read_access_or_allow_nothing
from medallion.spec.files.evidence import recording
from medallion.spec.files.loaded import Attempt, LoadedDomain
from medallion.spec.files.refusals import defect
from medallion.spec.files.regular_file import SPECS_FOLDER, FileRefused, read_bounded
from medallion.spec.files.spec_paths import DOMAIN_FILE, POLICY_FILE
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.issues import issues_of
from medallion.spec.findings.positions import Positions, write_path
from medallion.spec.findings.progress import doing
from medallion.spec.load.attempt import attempt_spec
from medallion.spec.load.domain_file import load_domain
from medallion.spec.load.policy_file import Policy, load_policy, today
from medallion.spec.load.specs import hold_to_sharing
from medallion.spec.rules.across import judge_across
from medallion.spec.sql.reader import sql_reader
from medallion.spec.sql.uses import uses_of
from medallion.sql.result_columns import TableColumn
from medallion.sql.scope import Columns


def do(job: Mapping[str, Any]) -> Answer:
    """The answer to one job, as JSON values.

    Args:
        job: `kind` is a key of `_KINDS`; `root` is the project's folder.
    """
    return _KINDS[job["kind"]](job, Path(job["root"]))


def _spec(job: Mapping[str, Any], root: Path) -> Answer:
    path = root / job["path"]
    with recording() as facts:
        doing("domain")
        domain, refused = _domain(path.parent, root)
        domain = replace(domain, access=_access(root), policy=_policy(root).spec)
        attempt = attempt_spec(path, root, domain, sql_reader(root))
        sharing = _sharing(attempt, root)
    plan, outline = "", dict[str, list[str]]()
    if attempt.loaded is not None:
        doing("plan")
        try:
            made = make_plan(attempt.loaded)
            plan, outline = encode(made), outline_of(made) | links_of(attempt)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            issue = defect(error, attempt.path)
            attempt = replace(attempt, loaded=None, issues=(issue,), whole=False)
    return {
        "facts": list(facts),
        "issues": [asdict(issue) for issue in attempt.issues],
        "plan": plan,
        "sharing": [asdict(issue) for issue in sharing],
        "warnings": [asdict(issue) for issue in attempt.warnings],
        "until": attempt.until,
        "attempt": encode(replace(attempt, data=b"", issues=(), warnings=(), until=0.0)),
        "outline": outline,
        "domain_refused": refused,
    }


def _sharing(attempt: Attempt, root: Path) -> tuple[Issue, ...]:
    """Why it may not read what it reads of other domains, as their files say now."""
    if attempt.loaded is None:
        return ()
    doing("sharing")
    try:
        hold_to_sharing(attempt, attempt.loaded, root)
    except SpecError as error:
        return error.issues
    return ()


def _domain_file(job: Mapping[str, Any], root: Path) -> Answer:
    doing("domain")
    issues: tuple[Issue, ...] = ()
    with recording() as facts:
        try:
            load_domain((root / job["path"]).parent, root)
        except SpecError as error:
            issues = error.issues
    return {"facts": list(facts), "issues": [asdict(issue) for issue in issues]}


def _access_file(job: Mapping[str, Any], root: Path) -> Answer:
    doing("access")
    with recording() as facts:
        issues = read_access_or_allow_nothing(root)[1]
    return {"facts": list(facts), "issues": [asdict(issue) for issue in issues]}


def _policy_file(job: Mapping[str, Any], root: Path) -> Answer:
    doing("policy")
    with recording() as facts:
        policy = load_policy(root, today())
    return {
        "facts": list(facts),
        "issues": [asdict(issue) for issue in policy.issues],
        "until": policy.until,
    }


def _policy(root: Path) -> Policy:
    """What the organisation asks. Each spec's verdict depends on the file, which is read for it;
    the rules are made of it once."""
    doing("policy")
    return _policy_of(root, _bytes(root / POLICY_FILE, root), today())


@lru_cache(maxsize=4)
def _policy_of(root: Path, data: bytes | None, day: date) -> Policy:
    return load_policy(root, day)


def _access(root: Path) -> Access:
    """What operators allow: nothing where their file is broken."""
    return _access_of(root, _bytes(root / ACCESS_FILE, root))


@lru_cache(maxsize=4)
def _access_of(root: Path, data: bytes | None) -> Access:
    return read_access_or_allow_nothing(root)[0]


def _bytes(path: Path, root: Path) -> bytes | None:
    try:
        return read_bounded(path, root / SPECS_FOLDER)
    except (FileNotFoundError, FileRefused):
        return None


def _domain(folder: Path, root: Path) -> tuple[LoadedDomain, bool]:
    """What the domain's specs share, and whether its file is refused: the specs are judged without
    it then, so that all that is wrong with them is known."""
    return _domain_of(folder, root, _bytes(folder / DOMAIN_FILE, root))


@lru_cache(maxsize=64)
def _domain_of(folder: Path, root: Path, data: bytes | None) -> tuple[LoadedDomain, bool]:
    try:
        return load_domain(folder, root), False
    except SpecError:
        return LoadedDomain(), True


def _across(job: Mapping[str, Any], root: Path) -> Answer:
    """Which specs do not go with the others; the texts of the attempts come with the job."""
    doing("across")
    attempts: list[Attempt] = [decode(text) for text in job["attempts"]]
    found: dict[str, list[Any]] = {}
    for attempt, finding in judge_across(attempts):
        found.setdefault(attempt.path, []).extend(map(asdict, _issues(finding, attempt, root)))
    return {"refused": found}


def _issues(finding: Finding, attempt: Attempt, root: Path) -> tuple[Issue, ...]:
    try:
        return issues_of(
            [finding], attempt.path, read_bounded(root / attempt.path, root / SPECS_FOLDER)
        )
    except (FileNotFoundError, FileRefused, ValueError):  # it has changed meanwhile
        issue = Issue(path=attempt.path, rule=finding.rule, problem=finding.problem)
        return (replace(issue, key=write_path(finding.where), remedy=finding.remedy),)


def _place(job: Mapping[str, Any], root: Path) -> Answer:
    """The line of a key, of a spec that could not be compiled to its end."""
    data = read_bounded(root / job["path"], root / SPECS_FOLDER)
    place = Positions(data.decode("utf-8-sig")).place(tuple(job["where"]))
    return {"line": place.line, "column": place.column, "key": place.key}


def _uses(job: Mapping[str, Any], root: Path) -> Answer:
    """Where SELECTs name columns: their texts come with the job, an answer each."""
    doing("uses")
    return {"uses": [_uses_in(reading) for reading in job["readings"]]}


def _uses_in(reading: Mapping[str, Any]) -> list[Any]:
    tables = {
        TableName.parse(name): Columns(names=tuple(names), whole=whole, own=True)
        for name, names, whole in reading["tables"]
    }
    asked = [TableColumn(TableName.parse(table), column) for table, column in reading["asked"]]
    found = uses_of(reading["text"], tables, asked)
    return [[str(one.table), one.column, spots] for one, spots in found.items()]


_KINDS = {
    "spec": _spec,
    "domain": _domain_file,
    "access": _access_file,
    "policy": _policy_file,
    "across": _across,
    "place": _place,
    "uses": _uses,
}
