"""Rules on silver columns: types, formats, arrays and reserved names."""

from __future__ import annotations

import zoneinfo
from collections import Counter
from collections.abc import Iterator

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.paths import json_path
from medallion.cleaning.declared.types import (
    NUMBERS,
    PYTHON,
    TEMPORAL,
    format_issue,
    has_short_year,
    parse_type,
)
from medallion.names import SYSTEM_COLUMNS
from medallion.schedules.clock import suggest_zone
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath
from medallion.spec.rules.context import RuleContext

_MOST_DECIMALS = 30
"""Of a product, so that eight digits are left before its point."""


def columns_of(context: RuleContext) -> Iterator[tuple[KeyPath, ColumnSpec]]:
    """(key path, declaration) of each silver column."""
    for name, dataset in context.spec.datasets.items():
        for column, declared in dataset.silver.columns.items():
            yield ("datasets", name, "silver", "columns", column), declared


def column_type(context: RuleContext) -> Iterator[Finding]:
    """A column has one of the types that can be cast to and stored."""
    for where, column in columns_of(context):
        try:
            parse_type(column.type)
        except ValueError as error:
            problem, _, remedy = str(error).partition("; ")
            yield Finding(where=(*where, "type"), problem=problem, remedy=remedy)


def format_of_dates(context: RuleContext) -> Iterator[Finding]:
    """`format` and `timezone` say how a date or a time is written: no other type is read so."""
    for where, column in columns_of(context):
        try:
            column_type = parse_type(column.type)
        except ValueError:
            continue
        for at, written in enumerate(column.format):
            place = (*where, "format", at) if len(column.format) > 1 else (*where, "format")
            if problem := format_issue(column_type, written):
                remedy = 'strptime: 31/12/2026 is "%d/%m/%Y"; or iso, epoch, epoch_ms'
                if column_type.scalar.name not in TEMPORAL:
                    remedy = "remove it, or change the type"
                yield Finding(where=place, problem=problem, remedy=remedy)
        yield from _literal_problems(where, column)
        if column.pivot_year is not None and not any(map(has_short_year, column.format)):
            yield Finding(
                where=(*where, "pivot_year"),
                problem="no format has a year of two digits",
                remedy='remove it, or write the year as %y: format: "%d/%m/%y"',
            )
        if column.timezone is None:
            continue
        if column_type.scalar.name != "timestamptz":
            yield Finding(
                where=(*where, "timezone"),
                problem=f"a timezone is for timestamptz, and this is {column_type.name}",
                remedy="remove it, or change the type",
            )
        elif not _is_zone(column.timezone):
            yield Finding(
                where=(*where, "timezone"),
                problem=f"there is no time zone {column.timezone}",
                remedy=suggest_zone(column.timezone),
            )


def _literal_problems(where: KeyPath, column: ColumnSpec) -> Iterator[Finding]:
    if PYTHON in column.format and column.delimiter is not None:
        yield Finding(
            where=(*where, "delimiter"),
            problem="a list as Python writes it is not split by a delimiter",
            remedy="remove one of `delimiter` and `format: python`",
        )


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def array_of_texts(context: RuleContext) -> Iterator[Finding]:
    """`delimiter` and a path with `[*]` give arrays, so the column's type is one."""
    for where, column in columns_of(context):
        if not _is_json(context, str(where[1])):
            yield from _check_delimiter(where, column)
            continue
        try:
            fields = column.reads(str(where[-1]))
            each, *others = dict.fromkeys(json_path(field).each for field in fields)
        except ValueError as error:
            problem, _, remedy = str(error).partition(", and ")
            yield Finding(where=(*where, "from"), problem=problem, remedy=f"{remedy}")
            continue
        if others:
            yield Finding(
                where=(*where, "from"),
                problem="its paths go through arrays in different ways",
                remedy="read each into a column of its own",
            )
        if column.type.endswith("[]"):
            continue
        yield from _check_delimiter(where, column)
        if each is not None:
            problem = f"[*] gives an array, and this is {column.type}"
            remedy = f"write `type: {column.type}[]`"
            yield Finding(where=(*where, "from"), problem=problem, remedy=remedy)


def _check_delimiter(where: KeyPath, column: ColumnSpec) -> Iterator[Finding]:
    if column.delimiter is not None and not column.type.endswith("[]"):
        yield Finding(
            where=(*where, "delimiter"),
            problem=f"a delimiter makes an array, and this is {column.type}",
            remedy=f"write `type: {column.type}[]`",
        )


def _is_json(context: RuleContext, dataset: str) -> bool:
    """Whether `from` is a path into a record: other formats have names of any characters."""
    return not context.spec.datasets[dataset].source.has_columns()


def scaled_number(context: RuleContext) -> Iterator[Finding]:
    """`scale` multiplies one number by the factor of a unit, in another field of its record."""
    for where, column in columns_of(context):
        if column.scale is None:
            continue
        try:
            column_type = parse_type(column.type)
        except ValueError:
            continue
        if column_type.array or column_type.scalar.name not in NUMBERS:
            yield Finding(
                where=(*where, "scale"),
                on_key=True,
                problem=f"scale multiplies numbers, and this is {column.type}",
                remedy=f"write one of {', '.join(NUMBERS)} as its type, or remove scale",
            )
        elif (needed := column.scale.count_digits_needed(column_type)) > _MOST_DECIMALS:
            yield Finding(
                where=(*where, "scale", "map"),
                problem=f"a product may have {needed} digits after its point, and "
                f"{_MOST_DECIMALS} are the most",
                remedy="write a type with fewer digits after the point, or a smaller factor",
            )
        if _is_json(context, str(where[1])) and (problem := _unit_problem(column.scale.from_)):
            yield Finding(where=(*where, "scale", "from"), problem=problem)


def _unit_problem(field: str) -> str:
    """What is wrong with the path of a unit in a JSON record."""
    try:
        many = json_path(field).each is not None
    except ValueError as error:
        return str(error)
    return f"{field} gives an array, and a unit is one text" if many else ""


def optional_column(context: RuleContext) -> Iterator[Finding]:
    """A field that a file may lack is NULL there, so its column is nullable; each of a field's
    names is written once."""
    for where, column in columns_of(context):
        key = context.spec.datasets[str(where[1])].silver.primary_key
        if column.optional and (not column.nullable or where[-1] in key):
            what = "of the primary key" if where[-1] in key else "not nullable"
            yield Finding(
                where=(*where, "optional"),
                problem=f"{where[-1]} is {what}: all rows of a file that lacks the field would be "
                "quarantined",
                remedy="write `nullable: true`"
                if where[-1] not in key
                else "remove it: a row without its key is not a row of the table",
            )
        twice = [name for name, count in Counter(column.from_).items() if count > 1]
        if twice:
            yield Finding(
                where=(*where, "from"),
                problem=f"{twice[0]!r} occurs more than once",
                remedy="write each name once",
            )


def system_column(context: RuleContext) -> Iterator[Finding]:
    """PostgreSQL keeps some column names for itself."""
    for where, _ in columns_of(context):
        if where[-1] in SYSTEM_COLUMNS:
            yield Finding(
                where=where,
                on_key=True,
                problem=f"{where[-1]} is a column that PostgreSQL gives every table",
                remedy="choose another name, and say where it comes from with `from:`",
            )
