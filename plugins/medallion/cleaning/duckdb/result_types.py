"""Which of DuckDB's types fit which column: for the results of expressions."""

from __future__ import annotations

from medallion.cleaning.declared.types import ColumnType

_INTEGERS = frozenset(
    f"{sign}{kind}"
    for sign in ("", "U")
    for kind in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
)
_BROAD = {
    "text": ("VARCHAR",),
    "boolean": ("BOOLEAN",),
    "date": ("DATE",),
    "time": ("TIME",),
    "timestamp": ("DATE", "TIMESTAMP"),
    "timestamptz": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"),
}


def fits(found: str, declared: ColumnType) -> bool:
    """Whether a value of DuckDB's type `found` fits the column without loss; decimals with more
    digits are rounded, as in SQL.

    >>> from medallion.cleaning.declared.types import parse_type
    >>> fits("INTEGER", parse_type("bigint")), fits("DOUBLE", parse_type("bigint"))
    (True, False)
    """
    if found == '"NULL"':
        return True
    name = declared.scalar.name
    if declared.array:
        return found == declared.duckdb
    if name in ("smallint", "integer", "bigint"):
        return found in _INTEGERS or (found.startswith("DECIMAL") and found.endswith(",0)"))
    if name in ("decimal", "real", "double"):
        return found in (*_INTEGERS, "FLOAT", "DOUBLE") or found.startswith("DECIMAL")
    known = _BROAD.get(name, (declared.duckdb,))
    return found in known or (name.startswith("timestamp") and found.startswith(known[-1] + "_"))
