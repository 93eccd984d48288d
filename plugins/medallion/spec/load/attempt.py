"""One file of specs/, loaded, or refused with every problem in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from medallion.cleaning.declared.columns_like import KEY
from medallion.errors import Issue
from medallion.names import IN_ENVIRONMENT, NAME_PATTERN, DagId
from medallion.schedules.calendar import Calendar
from medallion.spec.cache.disk import digest_of
from medallion.spec.files.loaded import Attempt, LoadedDomain, LoadedSpec
from medallion.spec.files.offers import offers_of
from medallion.spec.files.python_files import CustomCode, read_code
from medallion.spec.files.refusals import defect, display_path, refusal
from medallion.spec.files.regular_file import SPECS_FOLDER, FileRefused, read_bounded
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.issues import issues_of
from medallion.spec.findings.progress import doing
from medallion.spec.load.bi import find_protected_of_bi, lines_of_bi
from medallion.spec.load.calendars import FoundCalendar, find_calendar
from medallion.spec.load.column_names import expression_columns, outlines_of
from medallion.spec.load.columns_like import (
    is_written_out,
    names_twice,
    place_findings,
    write_out,
)
from medallion.spec.load.each_table import find_first_errors, judge_cursors, judge_names
from medallion.spec.load.policy_file import end_of, today
from medallion.spec.load.salvage import salvage
from medallion.spec.messages.prose import findings
from medallion.spec.models.bounds import out_of_bounds
from medallion.spec.models.each_table import KEY as EACH_TABLE
from medallion.spec.models.each_table import with_tables
from medallion.spec.models.pipeline import PipelineSpec
from medallion.spec.models.policy import PolicySpec
from medallion.spec.models.queries import GoldQuery, ReadQuery
from medallion.spec.policy.judge import Judgement, judge
from medallion.spec.rules import judge_rules
from medallion.spec.rules.checks import tables_of_checks
from medallion.spec.rules.context import RuleContext
from medallion.spec.sql.files import read_sql
from medallion.spec.sql.table_columns import TableColumns, gold_queries, silver_columns
from medallion.spec.yaml.loader import read_yaml
from medallion.spec.yaml.problems import YamlRefused

_NAME = re.compile(NAME_PATTERN)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A spec's file, and what it is judged with."""

    path: str
    data: bytes
    dag_id: DagId
    root: Path
    domain: LoadedDomain
    read_query: ReadQuery


def attempt_spec(path: Path, root: Path, domain: LoadedDomain, read_query: ReadQuery) -> Attempt:
    """Load one spec, or find everything that is wrong with it. It does not raise.

    Args:
        path: the spec's file.
        root: the project's folder, resolved.
        domain: the defaults of the spec's domain.
        read_query: reads the SQL of gold tables.
    """
    name = display_path(path, root)
    if issue := _name_issue(path, name):
        return Attempt(path=name, issues=(issue,), whole=False)
    dag_id = DagId(path.parent.name, path.stem)
    issues: tuple[Issue, ...]
    try:
        doing("yaml")
        data = read_bounded(path, root / SPECS_FOLDER)
        raw = read_yaml(data)
        doing("model")
        file = _File(
            path=name, data=data, dag_id=dag_id, root=root, domain=domain, read_query=read_query
        )
        return _judge(raw, file)
    except FileNotFoundError:
        issues = (Issue(path=name, rule="file", problem="there is no such file"),)
    except (FileRefused, YamlRefused) as refused:
        issues = refusal(refused, name)
    except MemoryError:  # whoever has set the limit says so
        raise
    except Exception as error:  # one file, whatever is in it, takes no other spec down
        issues = (defect(error, name),)
    return Attempt(path=name, dag_id=dag_id, issues=issues, whole=False)


def _name_issue(path: Path, name: str) -> Issue | None:
    """The path is the DAG's id, the schema's name, the folder of the landings: it must be one."""
    for part, what in ((path.parent.name, "folder"), (path.stem, "file")):
        if not _NAME.fullmatch(part):
            proper = re.sub(r"[^a-z0-9]+", "_", part.lower()).strip("_")
            return Issue(
                path=name,
                rule="name",
                problem=f"the {what}'s name {display_path(Path(part), Path())!r} is not a name: "
                "a small letter, then small letters, digits or _, 40 at most",
                remedy=f"rename it to {proper[:40]}"
                if _NAME.fullmatch(proper[:40])
                else "rename it",
            )
    if IN_ENVIRONMENT in f"{path.parent.name}_":
        return Issue(
            path=name,
            rule="name",
            problem=f"the folder's name {path.parent.name!r} has two underscores in a row, or one "
            "at its end: so are the domains of environments named",
            remedy=f"rename it to {re.sub('_+', '_', path.parent.name).rstrip('_')}",
        )
    return None


def _judge(raw: dict[str, Any], file: _File) -> Attempt:
    """The models first; the rules then judge what the models accept, be it only a part. What is
    beyond all bounds is given to neither."""
    if beyond := list(out_of_bounds(raw)):
        issues = issues_of(beyond, file.path, file.data)
        return Attempt(
            path=file.path, data=file.data, dag_id=file.dag_id, issues=issues, whole=False
        )
    written = with_tables(raw)
    model = _read_model(raw)
    parts = _Parts() if model.spec is None else _read_parts(model.spec, model.lost, file)
    policy = _judge_by_policy(parts, file.domain.policy)
    found = (
        *model.findings,
        *judge_names(raw),
        *judge_cursors(raw),
        *names_twice(written),
        *place_findings((*parts.findings, *policy.errors), written),
    )
    noted = issues_of(place_findings(policy.warnings, written), file.path, file.data)
    valid = model.spec if not found else None
    return Attempt(
        path=file.path,
        data=file.data,
        dag_id=file.dag_id,
        loaded=None if valid is None else _load(valid, parts, file, policy.exempted),
        issues=issues_of(found, file.path, file.data),
        tables=offers_of(raw, file.dag_id.domain, file.path),
        warnings=tuple(replace(issue, level="warning") for issue in noted),
        until=end_of(policy.until),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """What the models make of a file.

    `spec` is what they accept of it, None where that is not enough to judge any rule by; `lost`
    names what was left out for that.
    """

    spec: PipelineSpec | None
    lost: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()


def _read_model(raw: dict[str, Any]) -> _Model:
    try:
        return _Model(spec=PipelineSpec.model_validate(raw))
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False)
        written = with_tables(raw)
        shown = [
            error
            for error in find_first_errors(errors, raw)
            if not is_written_out(error["loc"], written)
        ]
        left = {key: value for key, value in write_out(written).items() if key != EACH_TABLE}
        of_rest = [e for e in errors if KEY not in e["loc"][3:4] and EACH_TABLE not in e["loc"][:1]]
        spec, lost = salvage(left, of_rest)
        lost |= {str(e["loc"][0]) for e in errors if EACH_TABLE in e["loc"][:1]}
        return _Model(spec=spec, lost=lost, findings=tuple(findings(shown, PipelineSpec)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """The files that a spec names, as far as they could be read, and everything wrong with it.

    `queries` is by gold table, `code` by dataset; `context` is what the rules were given, None
    where there was nothing to judge.
    """

    queries: Mapping[str, GoldQuery] = field(default_factory=dict)
    code: Mapping[str, CustomCode] = field(default_factory=dict)
    calendar: FoundCalendar = field(default_factory=FoundCalendar)
    findings: tuple[Finding, ...] = ()
    context: RuleContext | None = None


def _read_parts(spec: PipelineSpec, lost: frozenset[str], file: _File) -> _Parts:
    """Read the spec's files; the rules see the queries among them, broken ones left out."""
    doing("files")
    found: list[Finding] = []
    code: dict[str, CustomCode] = {}
    for name, dataset in spec.datasets.items():
        if dataset.silver.transform is not None:
            module, problems = read_code(file.root, name, dataset.silver.transform)
            found += problems
            if module is not None:
                code[name] = module
    queries: dict[str, GoldQuery] = {}
    for name, gold in spec.gold.items():
        query, problems = read_sql(file.root, file.dag_id.domain, name, gold.sql, file.read_query)
        found += problems
        if query is not None:
            queries[name] = query
    calendar = find_calendar(spec.calendar, file.root)
    found += calendar.findings
    if "calendar" not in spec.model_fields_set:  # what is wrong with it, its own file says
        calendar = find_calendar(file.domain.spec.calendar, file.root)
    context = _rule_context(spec, lost, file, queries, calendar.calendar)
    found += judge_rules(context)
    return _Parts(
        queries=queries, code=code, calendar=calendar, findings=tuple(found), context=context
    )


def _rule_context(
    spec: PipelineSpec,
    lost: frozenset[str],
    file: _File,
    queries: Mapping[str, GoldQuery],
    calendar: Calendar | None = None,
) -> RuleContext:
    domain = file.dag_id.domain
    return RuleContext(
        dag_id=file.dag_id,
        spec=spec,
        domain=file.domain.spec,
        access=file.domain.access,
        root=file.root,
        queries=queries,
        lost=lost,
        calendar=calendar,
        columns=TableColumns(silver_columns(spec, domain, lost), gold_queries(queries, domain)),
    )


def _judge_by_policy(parts: _Parts, policy: PolicySpec) -> Judgement:
    """What the organisation says of a spec; nothing while parts of it cannot be read, for what is
    missing may be among them."""
    if parts.context is None or parts.context.lost:
        return Judgement()
    return judge(parts.context, policy, today())


def _load(
    spec: PipelineSpec, parts: _Parts, file: _File, exempted: tuple[tuple[str, str], ...]
) -> LoadedSpec:
    return LoadedSpec(
        dag_id=file.dag_id,
        spec=spec,
        domain=file.domain.spec,
        spec_path=file.path,
        digest=_digest(file, parts),
        queries=parts.queries,
        code=parts.code,
        calendar=parts.calendar.calendar,
        outlines=outlines_of(parts.queries),
        expression_columns=expression_columns(
            _rule_context(spec, frozenset(), file, parts.queries)
        ),
        checked_against=tuple(tables_of_checks(spec, file.root)),
        protected=find_protected_of_bi(spec, file.dag_id.domain, parts.queries),
        lines=lines_of_bi(spec, file.data),
        exempted=exempted,
    )


def _digest(file: _File, parts: _Parts) -> str:
    """Of all the files that the spec's DAG is made from."""
    read = [file.data, file.domain.data]
    for name in sorted(parts.queries):
        read += [name.encode(), parts.queries[name].text.encode()]
    for name in sorted(parts.code):
        read += [name.encode(), parts.code[name].source.encode()]
    if parts.calendar.data:
        read += [b"calendar", parts.calendar.data]
    return digest_of(read)
