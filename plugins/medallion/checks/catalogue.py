"""Every expectation of GX core with all that Medallion knows about it: loaded once, without GX."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medallion.checks.aliases import ALIASES, FOREIGN_KEY
from medallion.checks.row_conditions import orphans
from medallion.checks.traits import NONE, TRAITS, Sees, Traits
from medallion.names import TableName

if TYPE_CHECKING:
    from sqlglot import exp

ROW_KINDS = frozenset({"rows", "pair_rows", "multicolumn_rows"})
"""Kinds that say of each row whether it passes: they know `mostly`, and failing rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One expectation type: what it looks at, its arguments with their types, and the engines it
    runs on."""

    kind: str
    summary: str
    engines: tuple[str, ...]
    required: tuple[str, ...]
    arguments: Mapping[str, str]
    traits: Traits

    @property
    def looks_at_rows(self) -> bool:
        """Whether it gives a verdict on each row, so that it takes `mostly`."""
        return self.kind in ROW_KINDS

    @property
    def sees(self) -> Sees:
        """The part of a landing that a bronze gate must read for it. By default rows for a row
        check, else the whole."""
        return self.traits.sees or (Sees.ROWS if self.looks_at_rows else Sees.WHOLE)

    @property
    def asks_of_table_shape(self) -> bool:
        """Whether it asks which columns the table has, and nothing about their values."""
        return self.kind == "table" and self.sees is Sees.SHAPE

    @property
    def compares_columns(self) -> bool:
        """Whether it compares the columns of `column_list`, which then needs two or more."""
        return self.kind == "multicolumn_rows"


@cache
def expectations() -> Mapping[str, Expectation]:
    """Every expectation of GX core by its type (`expect_…`), from the file that `checks.generate`
    writes."""
    text = Path(__file__).with_name("expectations.json").read_text(encoding="utf-8")
    return {
        name: Expectation(
            kind=entry["kind"],
            summary=entry["summary"],
            engines=tuple(entry["engines"]),
            required=tuple(entry["required"]),
            arguments=entry["arguments"],
            traits=TRAITS.get(name, NONE),
        )
        for name, entry in json.loads(text).items()
    }


def expectation_of(name: str) -> Expectation | None:
    """The expectation behind a short name or GX's own name; None if there is no such check."""
    alias = ALIASES.get(name)
    return expectations().get(alias.expectation if alias else name)


def arguments_of(name: str) -> Mapping[str, str]:
    """The arguments that a check takes under this name, with their types; empty for an unknown
    name. A short name takes its own arguments, not GX's.

    >>> arguments_of("foreign_key")
    {'column': 'string', 'to': 'string'}
    """
    alias, entry = ALIASES.get(name), expectations().get(name)
    found = alias or entry
    return found.arguments if found else {}


def finds_failing_rows(name: str) -> bool:
    """Whether the rows that fail a check can be found one by one, so that they can be quarantined.

    >>> finds_failing_rows("between"), finds_failing_rows("row_count")
    (True, False)

    Args:
        name: the check's short name, or GX's.
    """
    alias, entry = ALIASES.get(name), expectation_of(name)
    by_alias = alias is not None and alias.finds_rows
    return by_alias or (entry is not None and entry.traits.failing_rows is not None)


def failing_rows(expectation: str, kwargs: Mapping[str, Any], table: TableName) -> exp.Expr:
    """The SQL condition of the rows that fail a check, on the columns of `table` under the alias
    `t`.

    Raises:
        KeyError: GX does not say which rows fail; ask `finds_failing_rows` first.
    """
    if FOREIGN_KEY in kwargs:
        return orphans(kwargs[FOREIGN_KEY])
    condition = expectations()[expectation].traits.failing_rows
    if condition is None:
        raise KeyError(expectation)
    return condition(kwargs, table)


def sees_texts(expectation: str, arguments: Mapping[str, Any]) -> bool:
    """Whether a check compares texts: by its kind, or because its `value_set` holds only texts and
    dates."""
    entry = expectation_of(expectation)
    if entry and entry.traits.as_texts:
        return True
    values = arguments.get("value_set") or ()
    return bool(values) and all(isinstance(value, str | date) for value in values)
