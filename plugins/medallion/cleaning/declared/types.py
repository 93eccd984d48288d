"""The types a silver column can have, as an author writes them: `bigint`, `decimal(18,2)` …

Read while DAGs are parsed, so nothing heavy is imported here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from medallion.closest import closest


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarType:
    """One type: its names in both engines, and what a value looks like, for messages."""

    name: str
    duckdb: str
    postgres: str
    phrase: str
    """Ends the sentence "… is not …" in a quarantined row's reason."""


SCALARS: tuple[ScalarType, ...] = (
    ScalarType(
        name="text", duckdb="VARCHAR", postgres="text", phrase="a text without NUL characters"
    ),
    ScalarType(
        name="smallint",
        duckdb="SMALLINT",
        postgres="smallint",
        phrase="a whole number from -32768 to 32767",
    ),
    ScalarType(
        name="integer",
        duckdb="INTEGER",
        postgres="integer",
        phrase="a whole number from -2147483648 to 2147483647",
    ),
    ScalarType(
        name="bigint", duckdb="BIGINT", postgres="bigint", phrase="a whole number of 64 bits"
    ),
    ScalarType(
        name="real", duckdb="FLOAT", postgres="real", phrase="a finite number with a decimal point"
    ),
    ScalarType(
        name="double",
        duckdb="DOUBLE",
        postgres="double precision",
        phrase="a finite number with a decimal point",
    ),
    ScalarType(name="decimal", duckdb="DECIMAL", postgres="numeric", phrase="a decimal number"),
    ScalarType(
        name="boolean",
        duckdb="BOOLEAN",
        postgres="boolean",
        phrase="true or false (true, t, yes, y, 1; false, f, no, n, 0)",
    ),
    ScalarType(name="date", duckdb="DATE", postgres="date", phrase="a date like 2026-01-31"),
    ScalarType(name="time", duckdb="TIME", postgres="time", phrase="a time like 23:59:59"),
    ScalarType(
        name="timestamp",
        duckdb="TIMESTAMP",
        postgres="timestamp",
        phrase="a date and time without a zone like 2026-01-31T23:59:59",
    ),
    ScalarType(
        name="timestamptz",
        duckdb="TIMESTAMP WITH TIME ZONE",
        postgres="timestamptz",
        phrase="a date and time with its zone like 2026-01-31T23:59:59Z",
    ),
    ScalarType(
        name="uuid",
        duckdb="UUID",
        postgres="uuid",
        phrase="a UUID like 123e4567-e89b-12d3-a456-426614174000",
    ),
    ScalarType(
        name="json", duckdb="VARCHAR", postgres="jsonb", phrase="JSON that PostgreSQL can hold"
    ),
    ScalarType(name="bytea", duckdb="BLOB", postgres="bytea", phrase="bytes as hexadecimal digits"),
)

_BY_NAME = {scalar.name: scalar for scalar in SCALARS}

TYPE_NAMES: tuple[str, ...] = tuple(_BY_NAME)
"""What an author can write, arrays (`text[]`) aside."""

FORMAT_CODES = frozenset(
    (*"%aAwudbBmyYHIpMSfngzZjUWcxX", "-d", "-m", "-y", "-H", "-I", "-M", "-S", "-j")
)
"""strptime's codes that DuckDB reads."""

PYTHON = "python"
"""The format of lists, tuples and dicts as Python prints them, for `json` and arrays."""

FORMAT_WORDS = ("iso", "epoch", "epoch_ms")
"""Formats that are words: ISO 8601, seconds and milliseconds since 1970."""

TEMPORAL = ("date", "time", "timestamp", "timestamptz")
"""The types for which a column can declare a `format`."""

NUMBERS = ("smallint", "integer", "bigint", "decimal", "double", "real")
"""The types that a column with a `scale` can have."""

OTHER_WORDS = {
    "string": "text",
    "str": "text",
    "varchar": "text",
    "char": "text",
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "long": "bigint",
    "float": "double",
    "float4": "real",
    "float8": "double",
    "double precision": "double",
    "numeric": "decimal(18,2)",
    "money": "decimal(18,2)",
    "number": "decimal(18,2)",
    "bool": "boolean",
    "datetime": "timestamp",
    "timestamp with time zone": "timestamptz",
    "guid": "uuid",
    "uniqueidentifier": "uuid",
    "jsonb": "json",
    "object": "json",
    "variant": "json",
    "struct": "json",
    "binary": "bytea",
    "varbinary": "bytea",
    "blob": "bytea",
    "bytes": "bytea",
}
"""Words of other tools, and ours for them."""

MAX_PRECISION = 38

_SHAPE = re.compile(r"^(?P<name>[a-z][a-z0-9 ]*?)\s*(?P<args>\(.*\))?\s*(?P<array>\[\])?$")
_DECIMAL = re.compile(r"^\(\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnType:
    """A type with its precision and scale (decimal only), and whether it is an array of it.

    >>> parse_type("decimal(18,2)").postgres
    'numeric(18,2)'
    """

    scalar: ScalarType
    precision: int = 0
    scale: int = 0
    array: bool = False

    @property
    def name(self) -> str:
        """The type as an author writes it: `decimal(18,2)[]`."""
        return self._in_full(self.scalar.name)

    @property
    def duckdb(self) -> str:
        """The type for DuckDB's casts; json is VARCHAR there.

        >>> parse_type("json").duckdb, parse_type("decimal(18,2)[]").duckdb
        ('VARCHAR', 'DECIMAL(18,2)[]')
        """
        return self._in_full(self.scalar.duckdb)

    @property
    def postgres(self) -> str:
        """The type in PostgreSQL's CREATE TABLE; jsonb for json.

        >>> parse_type("json").postgres, parse_type("double").postgres
        ('jsonb', 'double precision')
        """
        return self._in_full(self.scalar.postgres)

    @property
    def by_text(self) -> bool:
        """Whether it is copied as text and cast in PostgreSQL: Arrow has no arrays of uuid or
        jsonb."""
        return self.array and self.scalar.name in ("uuid", "json")

    @property
    def element(self) -> ColumnType:
        """The type of an array's elements; the type itself if it is not an array.

        >>> parse_type("integer[]").element.name
        'integer'
        """
        return ColumnType(scalar=self.scalar, precision=self.precision, scale=self.scale)

    @property
    def phrase(self) -> str:
        """What a value must look like, to end the sentence "… is not …".

        >>> parse_type("decimal(5,2)").phrase
        'a number with at most 3 digits before and 2 after the point'
        """
        if self.scalar.name != "decimal":
            return self.scalar.phrase
        whole = self.precision - self.scale
        return f"a number with at most {whole} digits before and {self.scale} after the point"

    def _in_full(self, scalar: str) -> str:
        arguments = f"({self.precision},{self.scale})" if self.precision else ""
        return f"{scalar}{arguments}{'[]' if self.array else ''}"


@lru_cache(maxsize=1024)
def parse_type(text: str) -> ColumnType:
    """The type that an author writes.

    Raises:
        ValueError: there is no such type; the message suggests a close one.
    """
    shape = _SHAPE.match(text.strip())
    scalar = _BY_NAME.get(shape["name"]) if shape else None
    if shape is None or scalar is None:
        raise ValueError(_unknown(text))
    array = bool(shape["array"])
    if scalar.name != "decimal":
        if shape["args"]:
            raise ValueError(f"{scalar.name} takes no arguments: {text!r}")
        return ColumnType(scalar=scalar, array=array)
    arguments = _DECIMAL.match(shape["args"] or "")
    if arguments is None:
        raise ValueError(
            f"{text!r}: decimal is written with its digits in all and after the point: "
            "decimal(18,2)"
        )
    precision, scale = int(arguments[1]), int(arguments[2])
    if not 1 <= precision <= MAX_PRECISION or scale > precision:
        raise ValueError(
            f"{text!r}: a decimal has 1 to {MAX_PRECISION} digits in all, and no more than those "
            "after the point"
        )
    return ColumnType(scalar=scalar, precision=precision, scale=scale, array=array)


def column_type_issue(text: str) -> str | None:
    """The message of `parse_type` for a wrong type; None for a right one.

    >>> column_type_issue("varchar")
    "there is no type 'varchar'; did you mean text?"
    """
    try:
        parse_type(text)
    except ValueError as error:
        return str(error)
    return None


def format_issue(column_type: ColumnType, written: str) -> str | None:
    """Why a `format` cannot be used for a type, as the end of a sentence; None if it can.

    >>> format_issue(parse_type("bigint"), "%Y")
    'format is for date, time, timestamp, timestamptz; the column is bigint'
    """
    if written == PYTHON:
        if column_type.array or column_type.scalar.name == "json":
            return None
        return f"python is how lists and dicts are written; the column is {column_type.name}"
    if column_type.scalar.name in TEMPORAL and written in FORMAT_WORDS:
        if column_type.scalar.name == "time" and written != "iso":
            return f"a time of day is no {written}"
        return None
    if column_type.scalar.name not in TEMPORAL:
        return f"format is for {', '.join(TEMPORAL)}; the column is {column_type.name}"
    return _code_issue(column_type.scalar.name, written)


def _code_issue(scalar: str, written: str) -> str | None:
    """What is wrong with the codes of strptime in a `format`."""
    codes = re.findall(r"%(-?.?)", written)
    unknown = [f"%{code}" for code in codes if code not in FORMAT_CODES]
    if unknown:
        return f"{written!r} has {', '.join(unknown)}, which is not a code of strptime"
    if not set(codes) - {"%"}:
        return f"{written!r} has no code of strptime, such as %d/%m/%Y"
    needed, what = ("HIXc", "an hour") if scalar == "time" else ("Yyxc", "a year")
    if not any(code[-1] in needed for code in codes):
        return f"a {scalar} needs {what}, and {written!r} has none"
    return None


def has_short_year(written: str) -> bool:
    """Whether a `format` has a two-digit year, so that `pivot_year` applies.

    >>> has_short_year("%d/%m/%y"), has_short_year("%d/%m/%Y")
    (True, False)
    """
    return re.search(r"(?:^|[^%])(?:%%)*%-?y", written) is not None


def _unknown(text: str) -> str:
    word = text.strip().lower()
    base = re.sub(r"\s*(\(.*\))?\s*(\[\])?$", "", word)
    meant = closest(base, (*TYPE_NAMES, *OTHER_WORDS)) or base
    ours = OTHER_WORDS.get(meant, meant)
    if ours.partition("(")[0] not in _BY_NAME:
        return f"there is no type {text!r}; the types are {', '.join(TYPE_NAMES)}"
    return f"there is no type {text!r}; did you mean {ours}{'[]' if word.endswith('[]') else ''}?"
