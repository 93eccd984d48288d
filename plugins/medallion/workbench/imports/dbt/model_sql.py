"""A dbt model's SQL without its Jinja, as far as that only names tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Nothing begins within itself: else a text of beginnings alone would take hours.
_COMMENT = re.compile(r"\{#(?:(?!\{#).)*?#\}", re.DOTALL)
_CONFIG = re.compile(r"\{\{-?\s*config\s*\((?:(?!\{\{).)*?\)\s*-?\}\}[ \t]*\n?", re.DOTALL)
_QUOTED = r"""\s*['"]([\w.-]+)['"]\s*"""
_REF = re.compile(r"\{\{-?\s*ref\s*\(" + _QUOTED + r"(?:," + _QUOTED + r")?\)\s*-?\}\}")
_SOURCE = re.compile(r"\{\{-?\s*source\s*\(" + _QUOTED + "," + _QUOTED + r"\)\s*-?\}\}")
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{\{|\{%", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What tables are called in the warehouse: of models and seeds by name, of sources by both."""

    models: Mapping[str, str]
    sources: Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSql:
    """A model's SELECT; `problem` says why it cannot be one here, and `line` where."""

    text: str
    reads: frozenset[str]
    problem: str = ""
    line: int = 0


def plain_sql(text: str, names: Names) -> ModelSql:
    """A model's SQL with its references resolved.

    >>> names = Names(models={"orders": "gold_shop.orders"}, sources={})
    >>> plain_sql("select * from {{ ref('orders') }}", names).text
    'select * from gold_shop.orders'
    >>> plain_sql("select {{ dbt.safe_cast('x', 'int') }}", names).problem
    "Jinja beyond ref and source: {{ dbt.safe_cast('x', 'int') }}"
    """
    reads: set[str] = set()
    unknown: list[tuple[int, str]] = []

    def of_model(found: re.Match[str]) -> str:
        name = found[2] or found[1]
        reads.add(name)
        if name not in names.models:
            unknown.append((found.start(), f"the model {name} is not in the input, or not mapped"))
        return names.models.get(name, found[0])

    def of_source(found: re.Match[str]) -> str:
        pair = (found[1], found[2])
        if pair not in names.sources:
            unknown.append((found.start(), f"the source {'.'.join(pair)} is not in the input"))
        return names.sources.get(pair, found[0])

    bare = _CONFIG.sub("", _COMMENT.sub("", text)).lstrip("\n")
    bare = _SOURCE.sub(of_source, _REF.sub(of_model, bare))
    if unknown:
        return ModelSql(text=bare, reads=frozenset(reads), problem=unknown[0][1])
    if left := _JINJA.search(bare):
        shown = " ".join(left[0].split())[:80]
        line = text[: text.find(left[0])].count("\n") + 1 if left[0] in text else 0
        return ModelSql(
            text=bare, reads=frozenset(reads), problem=f"Jinja beyond ref and source: {shown}",
            line=line,
        )  # fmt: skip
    return ModelSql(text=bare, reads=frozenset(reads))


def table_of(expression: str, names: Names) -> str | None:
    """What `ref('orders')` or `source('shop', 'orders')` means in a test; None: it is not known."""
    return next(
        (sql.text for sql in [plain_sql(f"{{{{ {expression} }}}}", names)] if not sql.problem), None
    )
