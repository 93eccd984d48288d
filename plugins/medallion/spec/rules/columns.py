"""Rules on silver columns."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.cleaning.columns import ColumnSpec
from medallion.cleaning.types import TEMPORAL, parse_type
from medallion.cleaning.verbs import VERB_NAMES
from medallion.spec.finding import Finding, did_you_mean
from medallion.spec.positions import KeyPath
from medallion.spec.rules.context import RuleContext

_SYSTEM_COLUMNS = frozenset(("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"))
_WORDS = {"strip": "trim", "lowercase": "lower", "uppercase": "upper"}


def _columns(context: RuleContext) -> Iterator[tuple[KeyPath, ColumnSpec]]:
    for name, dataset in context.spec.datasets.items():
        for column, declared in dataset.silver.columns.items():
            yield ("datasets", name, "silver", "columns", column), declared


def column_type(context: RuleContext) -> Iterator[Finding]:
    """A column has one of the types that can be cast to and stored."""
    for where, column in _columns(context):
        try:
            parse_type(column.type)
        except ValueError as error:
            problem, _, remedy = str(error).partition("; ")
            yield Finding(where=(*where, "type"), problem=problem, remedy=remedy)


def cleaning_verb(context: RuleContext) -> Iterator[Finding]:
    """A column is cleaned by verbs that exist."""
    for where, column in _columns(context):
        for at, verb in enumerate(column.clean):
            if verb not in VERB_NAMES:
                ours = _WORDS.get(verb.lower())
                yield Finding(
                    where=(*where, "clean", at),
                    problem=f"{verb} is not a cleaning verb",
                    remedy=f"write {ours}"
                    if ours in VERB_NAMES
                    else did_you_mean(verb, VERB_NAMES),
                )


def format_of_dates(context: RuleContext) -> Iterator[Finding]:
    """`format` says how a date or a time is written: no other type is read by it."""
    for where, column in _columns(context):
        if column.format is None:
            continue
        if column.type.removesuffix("[]") not in TEMPORAL:
            yield Finding(
                where=(*where, "format"),
                problem=f"a format is for {', '.join(TEMPORAL)}, and this is {column.type}",
                remedy="remove it, or change the type",
            )
        elif "%" not in column.format:
            yield Finding(
                where=(*where, "format"),
                problem=f"{column.format!r} holds none of strptime's codes",
                remedy='31/12/2026 is "%d/%m/%Y"',
            )


def system_column(context: RuleContext) -> Iterator[Finding]:
    """PostgreSQL keeps some column names for itself."""
    for where, _ in _columns(context):
        if where[-1] in _SYSTEM_COLUMNS:
            yield Finding(
                where=where,
                on_key=True,
                problem=f"{where[-1]} is a column that PostgreSQL gives every table",
                remedy="choose another name, and say where it comes from with `from:`",
            )
