"""For each row-level expectation, the SQL condition that is true of exactly the rows GX counts.

Not from GX's `unexpected_*`: it caps them, and renders some wrongly. A test proves each template
against GX's own count, NULLs, quotes and all. Pure: sqlglot trees for PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from medallion.checks.pattern_reader import POSTGRES, write_for
from medallion.names import TableName

if TYPE_CHECKING:
    from sqlglot import exp

Arguments = Mapping[str, Any]
Condition = Callable[[Arguments, TableName], "exp.Expr"]
"""The rows that fail a check: of its arguments, on the columns of the table under the alias `t`."""


def column(name: str) -> exp.Expr:
    """A quoted column of the table under the alias `t`.

    >>> column("order").sql("postgres")
    't."order"'
    """
    from sqlglot import exp

    return exp.column(exp.to_identifier(name, quoted=True), table="t")


def literal(value: object) -> exp.Expr:
    """A value as a literal. Dates and times are quoted text: PostgreSQL gives them the type of the
    column they are compared with.

    >>> literal("it's").sql("postgres"), literal(date(2026, 1, 31)).sql("postgres")
    ("'it''s'", "'2026-01-31'")
    """
    from sqlglot import exp

    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if isinstance(value, int | float):
        return exp.Literal.number(value)
    if isinstance(value, date | datetime):
        return exp.Literal.string(value.isoformat())
    return exp.Literal.string(str(value))


def foreign_key_query(reference: Mapping[str, str]) -> str:
    """The rows of a batch whose value is not in the other table, for GX's
    UnexpectedRowsExpectation.

    GX replaces `{batch}` by something with an alias of its own: the subselect gives it ours.
    """
    condition = orphans(reference).sql(dialect="postgres")
    return f"SELECT * FROM (SELECT * FROM {{batch}}) AS t WHERE {condition}"  # noqa: S608  # a quoted tree


def orphans(reference: Mapping[str, str]) -> exp.Expr:
    """Rows whose value is in no row of `to` (`schema.table.column`). NULL refers to nothing and
    passes."""
    from sqlglot import exp

    schema, table, key = reference["to"].split(".")
    known = (
        exp.select("1")
        .from_(exp.table_(table, db=schema, quoted=True).as_("r"))
        .where(
            exp.column(exp.to_identifier(key, quoted=True), table="r").eq(
                column(reference["column"])
            )
        )
    )
    return exp.and_(_present(reference["column"]), exp.not_(exp.Exists(this=known)))


def _present(name: str) -> exp.Expr:
    from sqlglot import exp

    return exp.not_(exp.Is(this=column(name), expression=exp.null()))


def _missing(name: str) -> exp.Expr:
    from sqlglot import exp

    return exp.Is(this=column(name), expression=exp.null())


def _where_present(name: str, condition: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    return exp.and_(_present(name), condition)


def null(kwargs: Arguments, table: TableName) -> exp.Expr:
    """NULL is the failing value."""
    return _missing(kwargs["column"])


def not_null(kwargs: Arguments, table: TableName) -> exp.Expr:
    """A value where the check wants NULL."""
    return _present(kwargs["column"])


def not_in_set(kwargs: Arguments, table: TableName) -> exp.Expr:
    """A value outside `value_set`. NULL passes, and NULL in the set is ignored, as in GX."""
    return _in_set(kwargs, inside=False)


def in_set(kwargs: Arguments, table: TableName) -> exp.Expr:
    """A value inside `value_set`. NULL passes, and NULL in the set is ignored, as in GX."""
    return _in_set(kwargs, inside=True)


def _in_set(kwargs: Arguments, *, inside: bool) -> exp.Expr:
    from sqlglot import exp

    name = kwargs["column"]
    values = [literal(value) for value in kwargs["value_set"] if value is not None]
    among = exp.In(this=column(name), expressions=values)
    return _where_present(name, among if inside else exp.not_(among))


def _bounds(value: exp.Expr, kwargs: Arguments) -> exp.Expr:
    """True where a value is out of bounds."""
    from sqlglot import exp

    outside: list[exp.Expr] = []
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if low is not None:
        kind: type[exp.Binary] = exp.LTE if kwargs.get("strict_min") else exp.LT
        outside.append(kind(this=value.copy(), expression=literal(low)))
    if high is not None:
        kind = exp.GTE if kwargs.get("strict_max") else exp.GT
        outside.append(kind(this=value.copy(), expression=literal(high)))
    return exp.or_(*outside)


def out_of_bounds(kwargs: Arguments, table: TableName) -> exp.Expr:
    """A value below min_value or above max_value; equal to one if strict_min or strict_max is set.
    NULL passes."""
    name = kwargs["column"]
    return _where_present(name, _bounds(column(name), kwargs))


def _length(name: str) -> exp.Expr:
    from sqlglot import exp

    return exp.func("LENGTH", column(name))


def length_out_of_bounds(kwargs: Arguments, table: TableName) -> exp.Expr:
    """A text with fewer characters than min_value or more than max_value. NULL passes."""
    name = kwargs["column"]
    return _where_present(name, _bounds(_length(name), kwargs))


def other_length(kwargs: Arguments, table: TableName) -> exp.Expr:
    """A text whose number of characters is not `value`. NULL passes."""
    from sqlglot import exp

    name = kwargs["column"]
    different = exp.NEQ(this=_length(name), expression=literal(kwargs["value"]))
    return _where_present(name, different)


def select_repeated(kwargs: Arguments, table: TableName) -> exp.Expr:
    """Every row with a value that occurs more than once, the first one included. NULL passes."""
    return _where_present(kwargs["column"], _find_repeated([kwargs["column"]], table))


def find_repeated_together(kwargs: Arguments, table: TableName) -> exp.Expr:
    """Every row with a key that occurs more than once. GX compares keys by equality: one with a
    NULL in it equals no other."""
    return _find_repeated(list(kwargs["column_list"]), table)


def _find_repeated(names: Sequence[str], table: TableName) -> exp.Expr:
    from sqlglot import exp

    keys = [exp.column(exp.to_identifier(name, quoted=True), table="d") for name in names]
    twice = (
        exp.select(*keys)
        .from_(exp.table_(table.table, db=table.schema, quoted=True).as_("d"))
        .group_by(*(key.copy() for key in keys))
        .having(exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1)))
    )
    own = [column(name) for name in names]
    this = own[0] if len(own) == 1 else exp.Tuple(expressions=own)
    return exp.In(this=this, query=exp.Subquery(this=twice))


def _matches(name: str, pattern: str, *, like: bool, escape: str | None) -> exp.Expr:
    from sqlglot import exp

    kind: type[exp.Expr] = exp.Like if like else exp.RegexpLike
    found = kind(this=column(name), expression=exp.Literal.string(pattern))
    return found if escape is None else exp.Escape(this=found, expression=literal(escape))


def unlike(key: str) -> Condition:
    """A text that matches none of the argument's patterns; with `match_on: all`, not every one.
    NULL passes."""
    return _pattern(key, like=key.startswith("like"), wanted=True)


def like(key: str) -> Condition:
    """A text that matches one of the argument's patterns. NULL passes."""
    return _pattern(key, like=key.startswith("like"), wanted=False)


def _pattern(key: str, *, like: bool, wanted: bool) -> Condition:
    """One pattern, or a list of them of which any (or all) must match, or none may."""

    def template(kwargs: Arguments, table: TableName) -> exp.Expr:
        from sqlglot import exp

        name, given = kwargs["column"], kwargs[key]
        patterns = [given] if isinstance(given, str) else list(given)
        escape = kwargs.get("escape") if like else None
        if not like:
            patterns = [write_for(POSTGRES, pattern) for pattern in patterns]
        found = [_matches(name, pattern, like=like, escape=escape) for pattern in patterns]
        if not wanted:
            return _where_present(name, exp.or_(*found))
        together = exp.and_ if kwargs.get("match_on", "any") == "all" else exp.or_
        return _where_present(name, exp.not_(exp.paren(together(*found))))

    return template


def _ignore_pair(kwargs: Arguments) -> exp.Expr:
    """The pairs that GX looks at."""
    from sqlglot import exp

    ignore = kwargs.get("ignore_row_if", "both_values_are_missing")
    first, second = _present(kwargs["column_A"]), _present(kwargs["column_B"])
    if ignore == "either_value_is_missing":
        return exp.and_(first, second)
    return exp.true() if ignore == "neither" else exp.paren(exp.or_(first, second))


def _find_unfulfilled(condition: exp.Expr) -> exp.Expr:
    """A condition that a missing value leaves open is not fulfilled."""
    from sqlglot import exp

    return exp.not_(exp.Coalesce(this=condition, expressions=[exp.false()]))


def not_greater(kwargs: Arguments, table: TableName) -> exp.Expr:
    """A pair whose first value is not greater (with `or_equal`, is smaller). A pair with one NULL
    fails unless `ignore_row_if` leaves it out."""
    from sqlglot import exp

    kind: type[exp.Binary] = exp.GTE if kwargs.get("or_equal") else exp.GT
    greater = kind(this=column(kwargs["column_A"]), expression=column(kwargs["column_B"]))
    return exp.and_(_ignore_pair(kwargs), _find_unfulfilled(greater))


def unequal(kwargs: Arguments, table: TableName) -> exp.Expr:
    """A pair of different values. A pair with one NULL fails unless `ignore_row_if` leaves it
    out."""
    from sqlglot import exp

    first, second = kwargs["column_A"], kwargs["column_B"]
    equal = exp.and_(column(first).eq(column(second)), _present(first), _present(second))
    return exp.and_(_ignore_pair(kwargs), exp.not_(exp.paren(equal)))


def _consider(kwargs: Arguments) -> exp.Expr:
    """The rows that a check of several columns looks at."""
    from sqlglot import exp

    ignore = kwargs.get("ignore_row_if", "all_values_are_missing")
    present = [_present(name) for name in kwargs["column_list"]]
    if ignore == "never":
        return exp.true()
    return exp.paren((exp.and_ if ignore == "any_value_is_missing" else exp.or_)(*present))


def other_sum(kwargs: Arguments, table: TableName) -> exp.Expr:
    """Columns whose sum, computed as decimals, is not `sum_total`. A row with a NULL fails unless
    `ignore_row_if` leaves it out."""
    from sqlglot import exp

    first, *others = (exp.cast(column(name), "decimal") for name in kwargs["column_list"])
    total: exp.Expr = first
    for other in others:
        total = exp.Add(this=total, expression=other)
    equal = exp.EQ(this=total, expression=literal(kwargs["sum_total"]))
    return exp.and_(_consider(kwargs), _find_unfulfilled(equal))


def find_repeated_within(kwargs: Arguments, table: TableName) -> exp.Expr:
    """A row with the same value, or NULL, in two of the columns."""
    from sqlglot import exp

    names = list(kwargs["column_list"])
    equal = [
        exp.or_(column(first).eq(column(second)), exp.and_(_missing(first), _missing(second)))
        for at, first in enumerate(names)
        for second in names[at + 1 :]
    ]
    return exp.and_(_consider(kwargs), exp.paren(exp.or_(*equal)))
