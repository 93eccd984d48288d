"""Refused specs: what is wrong with each file, where, since when, and what of it runs meanwhile.

What is wrong is what the DAG processor found last; the lines around it are those of the file now.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from medallion.catalogue.declared import Declared
from medallion.compiler.accepted import Accepted, read_accepted
from medallion.compiler.entries import Store
from medallion.compiler.refused import NO_DOMAIN, read_refused_of
from medallion.errors import Issue
from medallion.spec.files.excerpts import lines_below
from medallion.spec.files.regular_file import SPECS_FOLDER
from medallion.spec.files.spec_paths import DOMAIN_FILE
from medallion.spec.messages.report import Lines, cut_around, visible
from medallion.spec.models.alerts import AlertEvent
from medallion.warehouse.registry.incidents import open_incidents
from medallion.warehouse.session.transaction import Session

BESIDE = 2
"""Lines that are shown before and after the one that is meant."""
MOST_ISSUES = 50
"""Of one file: a person reads the first ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFile:
    """A file and what is wrong with it. `domain` is empty of a file in the wrong place and of
    specs/access.yaml, `dag_id` also of a domain.yaml and of an SQL file."""

    path: str
    domain: str
    dag_id: str
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcerptLine:
    """A line of the file; `column`: where in it the problem is, from 1, and 0 on other lines."""

    number: int
    text: str
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedIssue:
    """One problem, with the lines around it. `line` and `column` are 0 where it has no place."""

    line: int
    column: int
    key: str
    rule: str
    problem: str
    remedy: str
    excerpt: tuple[ExcerptLine, ...]


class Meanwhile(StrEnum):
    """What runs of a refused spec."""

    LAST_GOOD_VERSION = "the last good version runs"
    STOPPED = "stopped"
    NOTHING = "nothing runs"
    OTHERS = "no pipeline by itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSpec:
    """A refused file as people see it. Times in UTC; None: not known.

    `since`: when `medallion.freshness` first saw it refused. `accepted_at`: when the version that
    runs was accepted.
    """

    path: str
    domain: str
    dag_id: str
    owner: str
    contacts: tuple[str, ...]
    since: datetime | None
    meanwhile: Meanwhile
    accepted_at: datetime | None
    problems: int
    issues: tuple[RefusedIssue, ...]


def list_refused_files(root: Path) -> list[RefusedFile]:
    """Every file that is refused now, by path. A look at one small file a domain."""
    by_file: dict[tuple[str, str], list[Issue]] = {}
    for domain, issues in read_refused_of(root, [*_folders(root), NO_DOMAIN]).items():
        for issue in issues:
            by_file.setdefault((issue.path, domain), []).append(issue)
    return [
        RefusedFile(path=path, domain=domain, dag_id=_dag_id(path, domain), issues=tuple(issues))
        for (path, domain), issues in sorted(by_file.items())
    ]


def read_refused(
    session: Session, declared: Declared, root: Path, files: Sequence[RefusedFile]
) -> list[RefusedSpec]:
    """These files with their excerpts, and whose they are."""
    since = {
        one.key.partition(":")[2]: one.opened_at
        for one in open_incidents(session)
        if one.event is AlertEvent.SPEC_REFUSED
    }
    store, lines = Store(Path(os.path.realpath(root))), lines_below(root)
    accepted = {name: read_accepted(store, name) for name in {one.domain for one in files} if name}
    return [
        _spec(one, declared, accepted.get(one.domain, {}), since.get(one.path), lines)
        for one in files
    ]


def _spec(
    file: RefusedFile,
    declared: Declared,
    accepted: Mapping[str, Accepted],
    since: datetime | None,
    lines: Lines,
) -> RefusedSpec:
    known = accepted.get(Path(file.path).stem, Accepted()) if file.dag_id else Accepted()
    owner, contacts = _answers_for(file, declared)
    meanwhile = _meanwhile(file, known)
    runs = meanwhile is Meanwhile.LAST_GOOD_VERSION
    return RefusedSpec(
        path=visible(file.path),
        domain=file.domain,
        dag_id=file.dag_id,
        owner=owner,
        contacts=contacts,
        since=since,
        meanwhile=meanwhile,
        accepted_at=datetime.fromisoformat(known.since) if runs and known.since else None,
        problems=len(file.issues),
        issues=tuple(_issue(issue, lines) for issue in file.issues[:MOST_ISSUES]),
    )


def _meanwhile(file: RefusedFile, known: Accepted) -> Meanwhile:
    if not file.dag_id:
        return Meanwhile.OTHERS
    if known.plan:
        return Meanwhile.LAST_GOOD_VERSION
    return Meanwhile.STOPPED if known.stopped else Meanwhile.NOTHING


def _answers_for(file: RefusedFile, declared: Declared) -> tuple[str, tuple[str, ...]]:
    """Owner and contacts: of the version that runs, or what most of the domain's specs have."""
    of_domain = [one for one in declared.pipelines if one.dag_id.domain == file.domain]
    own = [one for one in of_domain if str(one.dag_id) == file.dag_id]
    said = Counter((one.owner, one.contacts) for one in own or of_domain)
    return said.most_common(1)[0][0] if said else ("", ())


def _issue(issue: Issue, lines: Lines) -> RefusedIssue:
    return RefusedIssue(
        line=issue.line,
        column=issue.column,
        key=visible(issue.key),
        rule=issue.rule,
        problem=visible(issue.problem),
        remedy=visible(issue.remedy),
        excerpt=tuple(_excerpt(issue, lines)),
    )


def _excerpt(issue: Issue, lines: Lines) -> Iterator[ExcerptLine]:
    """Nothing where the problem has no line, or the file does not have it any more."""
    source = lines(issue.path) if issue.line else []
    if not 0 < issue.line <= len(source):
        return
    column = max(issue.column, 1)
    last = min(issue.line + BESIDE, len(source))
    for number in range(max(issue.line - BESIDE, 1), last + 1):
        is_meant = number == issue.line
        before, text = cut_around(source[number - 1], column if is_meant else 1)
        yield ExcerptLine(number=number, text=text, column=(column - before) * is_meant)


def _dag_id(path: str, domain: str) -> str:
    """Of a pipeline's spec."""
    place = Path(path)
    is_spec = place.parent.as_posix() == f"{SPECS_FOLDER}/{domain}" and place.name != DOMAIN_FILE
    return f"{domain}.{place.stem}" if domain and is_spec and place.suffix == ".yaml" else ""


def _folders(root: Path) -> Iterable[str]:
    try:
        with os.scandir(root / SPECS_FOLDER) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir())
    except OSError:
        return []
