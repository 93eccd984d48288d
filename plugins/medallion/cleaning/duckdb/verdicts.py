"""Whether a row's values are as the spec declares, and if not, why: `column: reason`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from medallion.cleaning.declared.classification import WITHHELD
from medallion.cleaning.declared.scale import ScaleSpec
from medallion.cleaning.declared.types import PYTHON
from medallion.cleaning.duckdb import computed
from medallion.cleaning.duckdb.casts import call
from medallion.cleaning.duckdb.discarded_values import can_discard_value
from medallion.cleaning.duckdb.lookups import unknown_of
from medallion.cleaning.duckdb.naming import column_of, flag_of, value_of
from medallion.cleaning.duckdb.python_literals import is_literal
from medallion.cleaning.duckdb.quarantined_record import find_hidden_fields, is_hidden
from medallion.cleaning.duckdb.reading import Column
from medallion.cleaning.duckdb.scales import unit_of
from medallion.cleaning.duckdb.whole_records import PROBLEM
from medallion.cleaning.verbs.chain import can_refuse
from medallion.cleaning.verbs.refusal import is_refused, reason_of, text_of

SHAPELESS = "shapeless"
"""The flag of an array column whose text is not a JSON array."""

QUOTED_CHARACTERS = 80
"""How much of a value a reason quotes."""


def can_be_shapeless(column: Column) -> bool:
    """Whether the column is an array whose text must be JSON: any text can be split by a delimiter,
    and a list is already one."""
    return column.type.array and column.spec.delimiter is None and not column.holds_list


def shapeless_flag(column: Column) -> str:
    """The helper column that is true if a text should be a JSON array and is not."""
    return flag_of(SHAPELESS, column.name)


def is_good(columns: Sequence[Column], *, whole: bool, lenient: bool = False) -> exp.Expr:
    """True or false, never NULL. Cheap, because it is computed for every row; `reasons` only for
    bad ones.

    Args:
        columns: of the table.
        whole: whether the query has `_problem`.
        lenient: whether a value of another type is discarded, if it can be.
    """
    conditions: list[exp.Expr] = [_no_problem()] if whole else []
    for column in columns:
        if computed.is_computed(column):
            conditions.append(computed.is_good(column))
            continue
        if not (lenient and can_discard_value(column)):
            conditions.append(_value_is_good(column))
        if can_be_shapeless(column):
            conditions.append(exp.not_(column_of(shapeless_flag(column))))
        if _quarantines_unknown(column):
            conditions.append(column_of(unknown_of(column)).is_(exp.null()))
    return exp.and_(*conditions) if conditions else exp.true()


def reasons(columns: Sequence[Column], *, whole: bool, filtered: bool = False) -> exp.Expr:
    """The list of a bad row's reasons.

    An error in a computed column is listed only if the columns it reads are right.
    """
    hidden = find_hidden_fields(columns)
    listed = _set_ones(
        [_reason(c, hide=is_hidden(c, hidden)) for c in columns if not computed.is_computed(c)]
    )
    names = {column.name for column in columns}
    later = [computed.reason(c, names) for c in columns if computed.is_computed(c)]
    if filtered:
        failed = column_of(computed.FILTER).is_(exp.null())
        later.append(exp.Case().when(failed, _text("filter: cannot be computed")))
    if later:
        none = call("len", listed).eq(exp.Literal.number(0))
        listed = exp.Case().when(none, _set_ones(later)).else_(listed)
    if not whole:
        return listed
    problem = exp.Array(expressions=[column_of(PROBLEM)])
    return exp.Case().when(exp.not_(_no_problem()), problem).else_(listed)


def _set_ones(reasons: Sequence[exp.Expr]) -> exp.Expr:
    """Those that are not NULL."""
    reason = exp.to_identifier("reason")
    is_set = exp.not_(exp.column(reason).is_(exp.null()))
    found = exp.Array(expressions=list(reasons))
    return call("list_filter", found, exp.Lambda(this=is_set, expressions=[reason]))


def _value_is_good(column: Column) -> exp.Expr:
    value, text = column_of(value_of(column.name)), column_of(column.name)
    is_set = exp.not_(value.is_(exp.null()))
    if not column.type.array:
        return exp.or_(is_set, text.is_(exp.null())) if column.nullable else is_set
    if column.nullable:
        return exp.or_(text.is_(exp.null()), call("list_count", value).eq(_count(text)))
    return exp.and_(is_set, _count(value).eq(call("len", value)))


def _reason(column: Column, *, hide: bool) -> exp.Expr:
    """Why a row goes to quarantine for this column: the first that applies, from what the verbs
    refused to what the type does. So the reason names the step where the value was lost."""
    value, text = column_of(value_of(column.name)), column_of(column.name)
    case = exp.Case()
    if _quarantines_unknown(column):
        unknown = column_of(unknown_of(column))
        case = case.when(exp.not_(unknown.is_(exp.null())), _unknown(column, hide=hide))
    if can_refuse(column.spec.clean) or is_literal(column):
        refusal = _find_first_refused(column)
        case = case.when(
            is_refused(refusal),
            _in_words(
                f'{column.name}: "', _display(text_of(refusal), hide), '" ', reason_of(refusal)
            ),
        )
    if column.spec.scale is not None:
        case = case.when(*_unknown_unit(column, column.spec.scale, hide=hide))
    if can_be_shapeless(column):
        case = case.when(
            column_of(shapeless_flag(column)), _text(f"{column.name}: {_no_array(column)}")
        )
    if column.type.array:
        failed: exp.Expr = exp.NEQ(this=_count(value), expression=_count(text))
    else:
        failed = exp.and_(exp.not_(text.is_(exp.null())), value.is_(exp.null()))
    case = case.when(failed, _quoting(column, f" is not {_phrase(column)}", hide=hide))
    if column.nullable:
        return case
    case = case.when(value.copy().is_(exp.null()), _text(f"{column.name}: is empty"))
    if column.type.array:
        gap = _count(value) < call("len", value)
        case = case.when(gap, _text(f"{column.name}: has an empty element"))
    return case


def _unknown_unit(column: Column, scale: ScaleSpec, *, hide: bool) -> tuple[exp.Expr, exp.Expr]:
    """When a number has no factor, and the reason given then."""
    unit = column_of(unit_of(column.name))
    known = call("coalesce", unit.isin(*scale.map), exp.false())
    unknown = exp.and_(exp.not_(column_of(column.name).is_(exp.null())), exp.not_(known))
    listed = ", ".join(list(scale.map)[:5]) + (", …" if len(scale.map) > 5 else "")
    shown = call("coalesce", _display(unit, hide), "")
    before = f'{column.name}: its unit, {scale.from_} "'
    return unknown, _in_words(before, shown, f'", is not among {listed}')


def _no_array(column: Column) -> str:
    return (
        "is not a list or a tuple as Python writes it"
        if is_literal(column)
        else "is not a JSON array"
    )


def _phrase(column: Column) -> str:
    phrase = column.type.phrase
    if column.spec.scale is not None:
        phrase = f"{phrase}, after scaling"
    formats = [one for one in column.spec.format if one != PYTHON]
    if formats:
        phrase = f"a {column.type.element.name} written as {' or '.join(formats)}"
    elif column.spec.timezone:
        phrase = f"a date and time like 2026-01-31T23:59:59 on the clock of {column.spec.timezone}"
    return f"an array, each element {phrase}" if column.type.array else phrase


def _unknown(column: Column, *, hide: bool) -> exp.Expr:
    lookup = column.spec.lookup
    assert lookup is not None  # noqa: S101  # only such columns have unknown values
    text = f'" is not among {lookup.dataset}.{lookup.key}'
    return _in_words(f'{column.name}: "', _display(column_of(unknown_of(column)), hide), text)


def _display(text: exp.Expr, hide: bool) -> exp.Expr:
    """What a reason quotes: of personal data nothing."""
    return exp.Literal.string(WITHHELD) if hide else text


def _quoting(column: Column, text: str, *, hide: bool) -> exp.Expr:
    """`column: "value" <text>`; an array is written as DuckDB does, in brackets."""
    mark = "" if column.type.array else '"'
    value = _display(column_of(column.name), hide)
    return _in_words(f"{column.name}: {mark}", value, f"{mark}{text}")


def _in_words(before: str, value: exp.Expr, *after: exp.Expr | str) -> exp.Expr:
    """The value between texts, cut where it is long."""
    length = exp.Literal.number(QUOTED_CHARACTERS)
    return call("concat", before, call("left", exp.cast(value, "text"), length), *after)


def _find_first_refused(column: Column) -> exp.Expr:
    """The text, or the first element, that a verb has refused."""
    text = column_of(column.name)
    if not column.type.array:
        return text
    element = exp.to_identifier("element")
    test = exp.Lambda(this=is_refused(exp.column(element)), expressions=[element.copy()])
    return call("list_extract", call("list_filter", text, test), exp.Literal.number(1))


def _quarantines_unknown(column: Column) -> bool:
    return column.spec.lookup is not None and column.spec.lookup.missing == "quarantine"


def _count(array: exp.Expr) -> exp.Expr:
    """Elements that are not NULL."""
    return call("list_count", array)


def _no_problem() -> exp.Expr:
    return column_of(PROBLEM).is_(exp.null())


def _text(text: str) -> exp.Expr:
    return exp.Literal.string(text)
