"""One file of specs/, loaded or refused with everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from medallion.errors import Issue
from medallion.names import NAME_PATTERN, DagId
from medallion.spec.cache.digest import digest_of
from medallion.spec.files.loaded import Attempt, LoadedDomain, LoadedSpec
from medallion.spec.files.offers import offers_of
from medallion.spec.files.python_files import CustomCode, read_code
from medallion.spec.files.refusals import defect, display_path, refusal
from medallion.spec.files.regular_file import SPECS_FOLDER, FileRefused, read_bounded
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.issues import issues_of
from medallion.spec.findings.progress import doing
from medallion.spec.load.salvage import salvage
from medallion.spec.messages.prose import findings
from medallion.spec.models.bounds import out_of_bounds
from medallion.spec.models.pipeline import PipelineSpec
from medallion.spec.models.queries import GoldQuery, ReadQuery
from medallion.spec.rules import broken_rules
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
    """Load one spec, or say everything that is wrong with it. It does not raise.

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
        return _validated(raw, file)
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
    return None


def _validated(raw: dict[str, Any], file: _File) -> Attempt:
    """The models first; the rules then judge what the models accept, be it only a part. What is
    beyond all bounds is given to neither."""
    found = list(out_of_bounds(raw))
    if found:
        issues = issues_of(found, file.path, file.data)
        return Attempt(
            path=file.path, data=file.data, dag_id=file.dag_id, issues=issues, whole=False
        )
    lost: frozenset[str] = frozenset()
    spec: PipelineSpec | None
    try:
        spec = PipelineSpec.model_validate(raw)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False)
        found += findings(errors, PipelineSpec)
        spec, lost = salvage(raw, errors)
    queries: dict[str, GoldQuery] = {}
    code: dict[str, CustomCode] = {}
    if spec is not None:
        doing("files")
        found += _custom_code(spec, file, code)
        found += _ruled(spec, lost, file, queries)
    tables = offers_of(raw, file.dag_id.domain, file.path)
    if found or spec is None:
        return Attempt(
            path=file.path,
            data=file.data,
            dag_id=file.dag_id,
            issues=issues_of(found, file.path, file.data),
            tables=tables,
        )
    loaded = LoadedSpec(
        dag_id=file.dag_id,
        spec=spec,
        domain=file.domain.spec,
        spec_path=file.path,
        digest=_digest(file, queries, code),
        queries=queries,
        code=code,
        checked_against=tuple(tables_of_checks(spec, file.root)),
    )
    return Attempt(path=file.path, data=file.data, dag_id=file.dag_id, loaded=loaded, tables=tables)


def _custom_code(spec: PipelineSpec, file: _File, code: dict[str, CustomCode]) -> Iterator[Finding]:
    """What is wrong with the modules of custom steps; fills `code`."""
    for name, dataset in spec.datasets.items():
        if dataset.silver.transform is not None:
            found, problems = read_code(file.root, name, dataset.silver.transform)
            yield from problems
            if found is not None:
                code[name] = found


def _ruled(
    spec: PipelineSpec, lost: frozenset[str], file: _File, queries: dict[str, GoldQuery]
) -> Iterator[Finding]:
    """What the SQL files and the rules have to say; fills `queries`."""
    for name, gold in spec.gold.items():
        query, problems = read_sql(file.root, file.dag_id.domain, name, gold.sql, file.read_query)
        yield from problems
        if query is not None:
            queries[name] = query
    context = RuleContext(
        dag_id=file.dag_id,
        spec=spec,
        domain=file.domain.spec,
        access=file.domain.access,
        root=file.root,
        queries=queries,
        lost=lost,
        columns=TableColumns(
            silver_columns(spec, file.dag_id.domain, lost),
            gold_queries(queries, file.dag_id.domain),
        ),
    )
    yield from broken_rules(context)


def _digest(file: _File, queries: Mapping[str, GoldQuery], code: Mapping[str, CustomCode]) -> str:
    """Of all the files that the spec's DAG is made from."""
    parts = [file.data, file.domain.data]
    for name in sorted(queries):
        parts += [name.encode(), queries[name].text.encode()]
    for name in sorted(code):
        parts += [name.encode(), code[name].source.encode()]
    return digest_of(parts)
