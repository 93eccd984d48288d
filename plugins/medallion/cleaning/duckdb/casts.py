"""Text → typed value: an expression that is NULL for every text that is not exactly of the type.

DuckDB's own casts are lenient ('1.7' is a bigint, 'infinity' a date, '1_000' a number, and the time
of day is cut off a date), and a lenient cast loses data silently. So a regular expression decides
what is accepted, and TRY_CAST turns it into a value, or NULL if it is out of range.

A text that is what its value is written as needs no regular expression: to write the value again
and compare takes a third of the time, where the value is at hand (`is_written_alike`).
"""

from __future__ import annotations

from sqlglot import exp

from medallion.cleaning.declared.types import ColumnType
from medallion.cleaning.engines.functions import check_known
from medallion.cleaning.verbs.templates import fill

_YEAR = "(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_DATE = rf"{_YEAR}-[0-9]{{2}}-[0-9]{{2}}"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6}0*)?)?"
# PostgreSQL accepts offsets up to 15:59.
_ZONE = r"(?:Z|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)"

ACCEPTED = {
    "smallint": r"[+-]?[0-9]+",
    "integer": r"[+-]?[0-9]+",
    "bigint": r"[+-]?[0-9]+",
    "real": r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?",
    "double": r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?",
    "date": _DATE,
    "time": _CLOCK,
    "timestamp": rf"{_DATE}(?:[T ]{_CLOCK})?",
    "timestamptz": rf"{_DATE}[T ]{_CLOCK}{_ZONE}",
    "uuid": "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{32}",
}
"""What a text of each type looks like. Fractions of a second beyond microseconds are refused."""

WHOLE_JSON_NUMBER = r"[+-]?[0-9]+(?:\.0+)?"
"""JSON knows one kind of number: 7.0 is whole there."""

_WHOLE = ("smallint", "integer", "bigint")

_WRITTEN_ALIKE = {**dict.fromkeys((*_WHOLE, "decimal"), 0), "date": 10, "timestamp": 19}
"""The types of which DuckDB writes each value as a text that is accepted; of a date and a time only
those of so many bytes: others are infinite, before the year 1 or after 9999."""

_EXPONENT = r"[+-]?([0-9]+)(?:\.([0-9]*))?[eE]([+-]?[0-9]{1,3})"

_BYTES = r"(?:\\x)?(?:[0-9a-fA-F]{2})*"

_DEEP = r"(?:[\[{][^\[\]{}]*){500}"
"""Of a JSON text without its strings: lists and objects in each other, each before any other one of
its level. Such a text has at least 500 bytes."""

_NO_JSONB = (
    r"(?i)nan|inf"  # DuckDB's reader takes them for numbers
    r"|,\s*[\]}]"  # and a comma that nothing follows
    r"|[0-9]{1000}|e[+-]?[0-9]{4}"  # jsonb's numbers end somewhere
)
"""Of a JSON text without its strings: what DuckDB takes for JSON and jsonb does not. What is
too deep for jsonb, `has_each_key_once` refuses."""


def is_written_alike(column_type: ColumnType) -> bool:
    """Whether DuckDB's own cast is worth a layer before `cast`: most texts of the type are what
    their value is written as."""
    return not column_type.array and column_type.scalar.name in _WRITTEN_ALIKE


def cast(
    value: exp.Expr, column_type: ColumnType, *, json: bool, typed: exp.Expr | None = None
) -> exp.Expr:
    """The value of a text as a scalar of the type; NULL if it is none.

    Args:
        value: the text.
        column_type: the type; of an array, its element's is used.
        json: whether JSON's spellings of numbers are accepted: 1e3 is 1000, 7.0 is a whole number.
        typed: what `try_cast` has made of the text in a layer before, of a type that is
            `is_written_alike`.
    """
    name = column_type.scalar.name
    if name in ("text", "json", "bytea"):
        return _keep_as_written(value, name)
    if name == "boolean":
        return try_cast(value, column_type)  # takes exactly the ten words of the type's phrase
    alike = None if typed is None else _is_written_so(value, typed, _WRITTEN_ALIKE[name])
    typed = typed or try_cast(value, column_type)
    if name == "decimal":
        accepted = _accept(value, _decimal(column_type))
        if json:
            accepted = exp.or_(accepted, _with_exponent(value, column_type.scale))
    elif json and name in _WHOLE:
        accepted = _accept(value, WHOLE_JSON_NUMBER)
        accepted = exp.or_(accepted, _with_exponent(value, 0))
    else:
        accepted = _accept(value, ACCEPTED[name])
    if name in ("real", "double"):
        # 1e999 looks like a number, and becomes infinite instead of NULL.
        accepted = exp.and_(accepted, call("isfinite", typed))
    return where(accepted if alike is None else exp.or_(alike, accepted), typed)


def _is_written_so(value: exp.Expr, typed: exp.Expr, length: int) -> exp.Expr:
    """Whether a text is what DuckDB writes for its value; `length` in bytes, 0: any."""
    alike: exp.Expr = exp.cast(typed.copy(), "text", dialect="duckdb").eq(value.copy())
    if length:
        alike = exp.and_(call("strlen", value).eq(exp.Literal.number(length)), alike)
    return alike


def _with_exponent(value: exp.Expr, scale: int) -> exp.Expr:
    """Whether a text is a number with an exponent and no more digits after its point than these."""
    # Digits after the point, once the exponent has moved it: all digits without zeros at the end,
    # less those before the point, less the exponent.
    return fill(
        """
        regexp_full_match(value, pattern) AND (
            length(rtrim(regexp_replace(value, pattern, digits), '0'))
            - length(regexp_extract(value, pattern, 1))
            - CAST(regexp_extract(value, pattern, 3) AS INTEGER) <= scale
            OR regexp_matches(value, zero)
        )
        """,
        value=value,
        pattern=_EXPONENT,
        digits=r"\1\2",
        zero=r"^[-+0.]*[eE]",
        scale=exp.Literal.number(scale),
    )


def _keep_as_written(value: exp.Expr, name: str) -> exp.Expr:
    """Texts that are not parsed to another value, if need be to their bytes."""
    if name == "json":
        return where(exp.and_(_is_jsonb(value), has_each_key_once(value)), value)
    if name == "bytea":
        digits = call("regexp_replace", value, r"^\\x", "")
        return where(_accept(value, _BYTES), call("unhex", digits))
    return where(exp.not_(call("contains", value, call("chr", exp.Literal.number(0)))), value)


def call(name: str, *arguments: exp.Expr | str) -> exp.Expr:
    """A function of the engine's table (`engines.functions`); a str is a text literal."""
    return exp.Anonymous(
        this=check_known(name),
        expressions=[
            exp.Literal.string(argument) if isinstance(argument, str) else argument.copy()
            for argument in arguments
        ],
    )


def where(condition: exp.Expr, value: exp.Expr) -> exp.Expr:
    """The value if the condition is true, else NULL."""
    return exp.Case().when(condition.copy(), value.copy())


def try_cast(value: exp.Expr, column_type: ColumnType) -> exp.Expr:
    """TRY_CAST to the type, or to an array's element type."""
    return exp.TryCast(
        this=value.copy(), to=exp.DataType.build(column_type.element.duckdb, dialect="duckdb")
    )


def _accept(value: exp.Expr, pattern: str) -> exp.Expr:
    return call("regexp_full_match", value, pattern)


def _decimal(column_type: ColumnType) -> str:
    """No more digits after the point than the column keeps: a cast would round them away."""
    scale = column_type.scale
    fraction = rf"\.[0-9]{{0,{scale}}}0*" if scale else r"\.0*"
    bare = rf"|\.[0-9]{{1,{scale}}}0*" if scale else ""
    return rf"[+-]?(?:[0-9]+(?:{fraction})?{bare})"


def _is_jsonb(value: exp.Expr) -> exp.Expr:
    """Whether PostgreSQL's jsonb takes a text. Strings are looked at for the NUL character only."""
    escapes = call("replace", value, "\\\\", "")
    return exp.and_(
        call("json_valid", value),
        exp.not_(call("contains", escapes, "\\u0000")),
        exp.not_(call("regexp_matches", _without_strings(escapes), _NO_JSONB)),
    )


def _without_strings(json: exp.Expr) -> exp.Expr:
    return call("regexp_replace", json, r'"(?:[^"\\]|\\.)*"', '""', "g")


def has_each_key_once(value: exp.Expr) -> exp.Expr:
    """Whether no object in a JSON text has a key twice: jsonb would keep only the last.

    It compares the keys with those of a VARIANT. If a number is too large for one, the answer is
    yes. Of lists and objects that are nested too deep it is no: DuckDB 2.0 makes a VARIANT by
    calling itself for each level, and the process would end with its stack.
    """
    unique = fill("to_json(TRY(CAST(CAST(value AS json) AS variant)))", value=value)
    return fill(
        "CASE WHEN deep THEN false ELSE coalesce(same, true) END",
        deep=_is_deep(value),
        same=_keys(call("json", value)).eq(_keys(unique)),
    )


def _is_deep(value: exp.Expr) -> exp.Expr:
    return fill(
        "CASE WHEN strlen(value) < 500 THEN false ELSE regexp_matches(bare, pattern) END",
        value=value,
        bare=_without_strings(value),
        pattern=_DEEP,
    )


def _keys(json: exp.Expr) -> exp.Expr:
    """How many keys a JSON text without blanks has, and one more."""
    return fill(
        "len(string_split(replace(replace(json, escaped, ''), quoted, ''), key))",
        json=json,
        escaped="\\\\",
        quoted='\\"',
        key='":',
    )


def encode_for_copy(value: exp.Expr, column_type: ColumnType) -> exp.Expr:
    """A typed value as PostgreSQL's binary COPY takes it, for types that Arrow lacks.

    COPY carries no types: 16 bytes are a uuid, a byte 1 and the text are a jsonb. Arrays do carry
    their element type, so arrays of these are copied as texts and cast in the staging table.
    """
    if column_type.array:
        return exp.cast(value, "text[]", dialect="duckdb") if column_type.by_text else value
    if column_type.scalar.name == "uuid":
        return exp.cast(value, "blob", dialect="duckdb")
    if column_type.scalar.name == "json":
        marked = exp.DPipe(this=call("chr", exp.Literal.number(1)), expression=value, safe=True)
        return call("encode", marked)
    return value
