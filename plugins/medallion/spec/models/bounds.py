"""Limits on every text and number of a spec: what Airflow and PostgreSQL can store.

A value that does not fit a column of Airflow's database stops the DAG processor for every DAG. So
every value is checked first, wherever in the file it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.each_table import KEY

MOST_DESCRIPTION = 10_000
MOST_TEXT = 100_000
MOST_INTEGER = 2**63 - 1
MOST_TABLES = 500
"""Datasets, and gold tables, of one spec: each is 3 to 5 tasks, and Airflow handles a DAG whole."""
FIRST_YEAR, LAST_YEAR = 1900, 2200

_NEVER = re.compile("[\0\ud800-\udfff]")
"""PostgreSQL takes neither a NUL nor half a character."""
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SUSPICIOUS = re.compile(f"{_NEVER.pattern}|{_CONTROL.pattern}")
_NO_NUMBERS = frozenset((bool, float, type(None)))
_DATA = frozenset(("delimiter", "quote", "null_values", "clean", "checks", "format"))
"""Keys below which a text means what is in the data: control characters are meant there, and
so are numbers of any size."""


def out_of_bounds(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """A finding for each value beyond a limit, anywhere in a file's YAML."""
    listed = raw.get(KEY)
    for where, holder in ((("datasets",), raw), (("gold",), raw), ((KEY, "tables"), listed)):
        tables = holder.get(where[-1]) if isinstance(holder, Mapping) else None
        if isinstance(tables, Mapping) and len(tables) > MOST_TABLES:
            yield Finding(
                where=where,
                on_key=True,
                rule="bounds",
                problem=f"{len(tables)} tables in one pipeline, and {MOST_TABLES} are the most",
                remedy="split it into several pipelines: each is a DAG of its own",
            )
    if not _is_within(raw):
        yield from _walk(raw, (), of_data=False)


def _is_within(value: Any) -> bool:
    """Whether nothing comes near a limit, as nearly always: hot, it looks at every value and makes
    no path. Where it says no, `_walk` judges."""
    kind = type(value)
    if kind is str:
        return len(value) <= MOST_DESCRIPTION and not _SUSPICIOUS.search(value)
    if kind is dict:
        return all(map(_is_within, value)) and all(map(_is_within, value.values()))
    if kind is list:
        return all(map(_is_within, value))
    if kind is int:
        return bool(-MOST_INTEGER <= value <= MOST_INTEGER)
    return kind in _NO_NUMBERS or (kind is date and FIRST_YEAR <= value.year <= LAST_YEAR)


def _walk(value: Any, where: KeyPath, *, of_data: bool) -> Iterator[Finding]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _text(key, (*where, key), of_data=False, on_key=True)
            yield from _walk(one, (*where, key), of_data=of_data or key in _DATA)
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _walk(one, (*where, at), of_data=of_data)
    elif isinstance(value, str):
        yield from _text(value, where, of_data=of_data)
    elif problem := _number_problem(value, of_data=of_data):
        remedy = "write a day between them" if isinstance(value, date) else "write a smaller one"
        yield Finding(where=where, rule="bounds", problem=problem, remedy=remedy)


def _text(text: str, where: KeyPath, *, of_data: bool, on_key: bool = False) -> Iterator[Finding]:
    most = MOST_DESCRIPTION if where[-1:] == ("description",) else MOST_TEXT
    found = _NEVER.search(text) or (None if of_data else _CONTROL.search(text))
    if found is not None:
        yield Finding(
            where=where,
            on_key=on_key,
            rule="bounds",
            problem=f"character {found.start() + 1} is U+{ord(found[0]):04X}, "
            "which is not a character of a text",
            remedy="remove it",
        )
    elif len(text) > most:
        yield Finding(
            where=where,
            on_key=on_key,
            rule="bounds",
            problem=f"{len(text):,} characters, and {most:,} are the most",
            remedy="write less",
        )


def _number_problem(value: Any, *, of_data: bool) -> str:
    if isinstance(value, int) and not of_data and abs(value) > MOST_INTEGER:
        return "a number of more than 64 bits"
    if isinstance(value, date) and not of_data and not FIRST_YEAR <= value.year <= LAST_YEAR:
        return f"{value} is not between the years {FIRST_YEAR} and {LAST_YEAR}"
    return ""
