"""Where a table is named in the text of a SQL file, for messages."""

from __future__ import annotations

import re

from medallion.names import TableName
from medallion.sql.problem import place_of_offset

_ASIDE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)


def place_of_table(sql: str, table: TableName) -> tuple[int, int]:
    """Line and column, from 1, of the first mention of a table; (1, 1) where none is found.

    >>> place_of_table("select 1 -- gold_a.b\\nfrom gold_a.b", TableName("gold_a", "b"))
    (2, 6)
    """
    visible = _ASIDE.sub(lambda aside: re.sub(r"[^\n]", " ", aside.group()), sql)
    schema, name = re.escape(table.schema), re.escape(table.table)
    found = re.search(rf'(?<![\w.])"?{schema}"?\s*\.\s*"?{name}"?(?!\w)', visible, re.IGNORECASE)
    return place_of_offset(sql, found.start()) if found else (1, 1)
