"""Rules on what a gold table says for the BI team."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from medallion.closest import closest
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.findings.progress import reading
from medallion.spec.rules.bi_datasets import Dataset, own_datasets
from medallion.spec.rules.bi_expressions import (
    find_problems,
    judge_condition,
    refuse_protected,
)
from medallion.spec.rules.bi_templates import read_template
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.superset import NUMBER_FORMATS, USUAL_FORMATS, is_format
from medallion.sql.expressions import read_expression


def metric(context: RuleContext) -> Iterator[Finding]:
    """A metric is one SQL expression over the table's columns that aggregates its rows."""
    for dataset in own_datasets(context):
        for name, said in dataset.gold.metrics.items():
            where = _place(dataset, "metrics", name, "expression")
            reading(*where)
            read = read_expression(said.expression, dataset.table, dataset.columns)
            yield from find_problems(where, said.expression, read)
            if not read.problems and not read.has_aggregate:
                yield Finding(
                    where=where,
                    problem="it does not aggregate: a metric is one number of many rows",
                    remedy=_suggest_aggregate(said.expression, dataset),
                )
            if name in dataset.gold.dimensions:
                yield Finding(
                    where=_place(dataset, "metrics", name),
                    on_key=True,
                    problem=f"there is a dimension {name} too, and a chart names both alike",
                    remedy="rename one of them",
                )


def _suggest_aggregate(text: str, dataset: Dataset) -> str:
    """What a column's name was meant to be."""
    simple = text.strip() in dataset.columns.names
    return f"write sum({text.strip()}), or declare it as a dimension" if simple else "sum it up"


def dimension(context: RuleContext) -> Iterator[Finding]:
    """A dimension is a column of the table, or an SQL expression over them without an aggregate."""
    for dataset in own_datasets(context):
        for name, said in dataset.gold.dimensions.items():
            place = _place(dataset, "dimensions", name)
            if said.expression:
                yield from _check_calculated(place, name, dataset)
            elif not dataset.columns.may_have(name):
                yield Finding(
                    where=place,
                    on_key=True,
                    problem=f"{dataset.gold.sql} gives no column {name}",
                    remedy=did_you_mean(name, dataset.columns.names)
                    or "add its `expression`, or the column to the SELECT",
                )


def _check_calculated(place: KeyPath, name: str, dataset: Dataset) -> Iterator[Finding]:
    where = (*place, "expression")
    reading(*where)
    text = dataset.gold.dimensions[name].expression
    read = read_expression(text, dataset.table, dataset.columns)
    yield from find_problems(where, text, read)
    if name in dataset.columns.names:
        yield Finding(
            where=place,
            on_key=True,
            problem=f"{dataset.gold.sql} gives a column {name}, too",
            remedy="give the calculated dimension another name",
        )
    if read.has_aggregate:
        yield Finding(
            where=where,
            problem="it aggregates: people group by a dimension, row by row",
            remedy="declare it in `metrics`",
        )
    elif read.has_window:
        yield Finding(
            where=where,
            problem="OVER looks at other rows, and nobody can group by that",
            remedy="compute it in the table's own SQL",
        )


def time_column(context: RuleContext) -> Iterator[Finding]:
    """The time column is a column of the table, or one of its calculated dimensions."""
    for dataset in own_datasets(context):
        name = dataset.gold.time_column
        if name and not dataset.has_dimension(name):
            yield Finding(
                where=_place(dataset, "time_column"),
                problem=f"{dataset.gold.sql} gives no column {name}",
                remedy=did_you_mean(name, dataset.dimensions()),
            )


def metric_format(context: RuleContext) -> Iterator[Finding]:
    """A format is one that d3 or Superset knows: for any other Superset shows a default."""
    for dataset in own_datasets(context):
        for name, said in dataset.gold.metrics.items():
            if said.format and not is_format(said.format):
                yield Finding(
                    where=_place(dataset, "metrics", name, "format"),
                    problem=f"{said.format!r} is not a format that Superset knows",
                    remedy=_format(said.format),
                )


def _format(text: str) -> str:
    close = closest(text.upper(), NUMBER_FORMATS, cutoff=0.75)
    if close:
        return f"did you mean {close}?"
    return f"write it as d3 does: {', '.join(USUAL_FORMATS)}"


def bi_label(context: RuleContext) -> Iterator[Finding]:
    """Each metric and dimension of a table has a label of its own: people see nothing else."""
    for dataset in own_datasets(context):
        seen: dict[str, str] = {}
        for kind, name, label in _labels(dataset):
            other = seen.setdefault(label.casefold(), name)
            if other != name:
                yield Finding(
                    where=_place(dataset, kind, name, "label"),
                    problem=f"{other} has the label {label!r}, too",
                    remedy="give each a label of its own",
                )


def _labels(dataset: Dataset) -> Iterator[tuple[str, str, str]]:
    for name, metric_ in dataset.gold.metrics.items():
        yield "metrics", name, metric_.label or name
    for name, dimension_ in dataset.gold.dimensions.items():
        yield "dimensions", name, dimension_.label or name


def certified_by(context: RuleContext) -> Iterator[Finding]:
    """Somebody vouches for what is certified: `certified_by` says who, or there is an owner."""
    owner = context.value_of("owner")
    places: list[tuple[KeyPath, object]] = [
        (_place(one, "certified"), one.gold.certified) for one in own_datasets(context)
    ]
    for name, dashboard in context.spec.dashboards.items():
        said = None if dashboard.owner else dashboard.certified
        places.append((("dashboards", name, "certified"), said))
    for where, certified in places:
        if certified is not None and not owner and not getattr(certified, "certified_by", ""):
            yield Finding(
                where=where,
                problem="nobody vouches for it: there is no owner",
                remedy="write `{certified_by: …}`, or the pipeline's `owner`",
            )


def row_filter(context: RuleContext) -> Iterator[Finding]:
    """A row filter is a condition in SQL over the table's columns; its Jinja says who looks, and
    nothing else."""
    for dataset in own_datasets(context):
        for name, said in dataset.gold.row_filters.items():
            where = _place(dataset, "row_filters", name, "clause")
            reading(*where)
            read = read_template(said.clause)
            if read.problem:
                yield Finding(where=where, problem=read.problem, remedy=read.remedy)
            found = [
                finding
                for condition in read.conditions
                for finding in judge_condition(
                    where, condition, replace(dataset, protected=frozenset())
                )
            ]
            yield from dict.fromkeys(found)


def protected_for_bi(context: RuleContext) -> Iterator[Finding]:
    """What silver protects is not offered to the BI team: neither grouped by, nor in a metric."""
    for dataset in own_datasets(context):
        yield from judge_protected(dataset)


def judge_protected(dataset: Dataset) -> Iterator[Finding]:
    """The declarations of one table that name protected columns."""
    if not dataset.protected:
        return
    for name, said in dataset.gold.metrics.items():
        where = _place(dataset, "metrics", name, "expression")
        yield from refuse_protected(where, said.expression, dataset)
    for name, dimension_ in dataset.gold.dimensions.items():
        place = _place(dataset, "dimensions", name)
        if dimension_.expression:
            yield from refuse_protected((*place, "expression"), dimension_.expression, dataset)
        elif name in dataset.protected:
            yield replace(dataset.protects(place, name), on_key=True)
    if dataset.gold.time_column in dataset.protected:
        yield dataset.protects(_place(dataset, "time_column"), dataset.time_column())


def _place(dataset: Dataset, *keys: str) -> KeyPath:
    return ("gold", dataset.table.table, *keys)
