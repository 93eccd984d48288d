"""Types of databases, as contracts and dbt's files write them, as types of columns."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SQL: Mapping[str, str] = {
    **dict.fromkeys(("varchar", "char", "character", "character varying", "text", "string",
                     "nvarchar", "nchar", "varchar2", "clob", "bpchar", "citext"), "text"),
    **dict.fromkeys(("int", "integer", "int4", "mediumint", "int32"), "integer"),
    **dict.fromkeys(("bigint", "int8", "int64", "long", "bigserial"), "bigint"),
    **dict.fromkeys(("smallint", "int2", "tinyint", "byteint"), "smallint"),
    **dict.fromkeys(("float", "float8", "double", "double precision", "float64"), "double"),
    **dict.fromkeys(("real", "float4"), "real"),
    **dict.fromkeys(("boolean", "bool", "bit"), "boolean"),
    **dict.fromkeys(("timestamp", "timestamp without time zone", "timestamp_ntz", "datetime",
                     "datetime2"), "timestamp"),
    **dict.fromkeys(("timestamptz", "timestamp with time zone", "timestamp_tz", "timestamp_ltz",
                     "datetimeoffset"), "timestamptz"),
    "date": "date", "time": "time", "uuid": "uuid", "uniqueidentifier": "uuid",
    **dict.fromkeys(("json", "jsonb", "variant", "object", "super", "struct"), "json"),
    **dict.fromkeys(("bytea", "binary", "varbinary", "blob", "bytes"), "bytea"),
}  # fmt: skip
_DECIMALS = ("numeric", "decimal", "number", "dec")
_WRITTEN = re.compile(
    r"([a-z][a-z0-9_ ]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?(?:max)?\))?\s*(\[\])?"
)


def type_of_sql(written: str) -> str:
    """A column's type; empty where it is not known.

    >>> [type_of_sql(t) for t in ("VARCHAR(18)", "numeric(12,2)", "NUMBER", "text[]", "geometry")]
    ['text', 'decimal(12,2)', 'decimal(38,9)', 'text[]', '']
    """
    found = _WRITTEN.fullmatch(written.strip().lower())
    if not found:
        return ""
    name, digits, places, array = found.groups()
    if name in _DECIMALS:
        if digits and int(digits) > 38:
            return ""
        return f"decimal({digits},{places or 0})" if digits else "decimal(38,9)"
    known = _SQL.get(name, "")
    return f"{known}[]" if array and known else known


def is_number_without_digits(written: str) -> bool:
    """Whether it is a decimal number, and does not say of how many digits: databases differ in what
    that means.

    >>> [is_number_without_digits(t) for t in ("numeric", "NUMBER", "numeric(12,2)", "integer")]
    [True, True, False, False]
    """
    return written.strip().lower() in _DECIMALS
