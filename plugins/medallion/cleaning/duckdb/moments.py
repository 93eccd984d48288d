"""Text → date or time, in the column's formats and zone.

Formats are tried in their order. A text that none of them reads becomes NULL, and its row is
quarantined; so does a local time that a zone skips when its clocks go forward.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from medallion.cleaning.declared.types import FORMAT_WORDS, ColumnType, parse_type
from medallion.cleaning.duckdb.casts import cast
from medallion.cleaning.duckdb.formats import by_format
from medallion.cleaning.verbs.templates import fill

ISO, EPOCH, EPOCH_MS = FORMAT_WORDS

_ZONED = re.compile(r"%[zZ]")
_NAMES_A_ZONE = r":.*(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)$"
_SECONDS = r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?"
_MILLISECONDS = r"-?[0-9]{1,15}"


def read(
    value: exp.Expr,
    column_type: ColumnType,
    formats: Sequence[str],
    timezone: str | None,
    pivot_year: int | None = None,
) -> exp.Expr:
    """The value of a text by the first format that reads it, or NULL."""
    readings = [_read(value, column_type, one, timezone, pivot_year) for one in formats or (ISO,)]
    return (
        readings[0]
        if len(readings) == 1
        else exp.Coalesce(this=readings[0], expressions=readings[1:])
    )


def _read(
    value: exp.Expr,
    column_type: ColumnType,
    format_: str,
    timezone: str | None,
    pivot_year: int | None,
) -> exp.Expr:
    if format_ in (EPOCH, EPOCH_MS):
        return _since_1970(value, column_type, format_)
    own_zone = timezone is None or _ZONED.search(format_) is not None
    if format_ == ISO:
        typed = cast(value, column_type, json=False)
        if own_zone:
            return typed
        zoned = fill("regexp_matches(value, pattern)", value=value, pattern=_NAMES_A_ZONE)
        local = cast(value, _local(), json=False)
        return exp.Case().when(zoned, typed).else_(_in_zone(local, timezone or ""))
    if own_zone:
        return by_format(value, column_type, format_, pivot_year)
    return _in_zone(by_format(value, _local(), format_, pivot_year), timezone or "")


def _local() -> ColumnType:
    return parse_type("timestamp")


def _in_zone(local: exp.Expr, timezone: str) -> exp.Expr:
    """The moment at which a zone's clock says so; NULL where it skips that time."""
    return fill(
        "CASE WHEN timezone(zone, timezone(zone, moment)) = moment THEN timezone(zone, moment) END",
        zone=timezone,
        moment=local,
    )


def _since_1970(value: exp.Expr, column_type: ColumnType, unit: str) -> exp.Expr:
    """Seconds or milliseconds since 1970, in UTC; years from 1 to 9999."""
    pattern, factor = (_SECONDS, "1000000") if unit == EPOCH else (_MILLISECONDS, "1000")
    moment = fill(
        "make_timestamp(CAST(CAST(value AS DECIMAL(24, 6)) * factor AS BIGINT))",
        value=value,
        factor=exp.Literal.number(factor),
    )
    known = fill(
        "CASE WHEN regexp_full_match(value, pattern) THEN TRY(moment) END",
        value=value,
        pattern=pattern,
        moment=moment,
    )
    target = exp.DataType.build(column_type.element.duckdb, dialect="duckdb")
    return fill(
        "CASE WHEN year(known) BETWEEN 1 AND 9999 THEN typed END",
        known=known,
        typed=exp.Cast(this=known, to=target),
    )
