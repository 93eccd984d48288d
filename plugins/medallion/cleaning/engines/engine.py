"""An engine of the cleaning query: its SQL dialect, and its name for each function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from medallion.cleaning.engines.functions import CLASSES, FUNCTIONS

Rewrite = Callable[[exp.Expr], exp.Expr]
"""Of a call, as the query has it, one that says the same to the engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine that `engine:` in a spec names.

    An author's expressions are in the query as DuckDB's text (`duckdb.expressions.written`), which
    no engine renders: one that is not DuckDB has to translate them.

    `functions` has, for each of FUNCTIONS, the engine's own name if it takes the same arguments and
    returns the same values, or a function that rewrites the call.
    """

    name: str
    dialect: str
    """Its SQL, as sqlglot calls it: operators, casts, literals and joins are sqlglot's to write."""
    functions: Mapping[str, str | Rewrite]
    is_cluster: bool = False
    """Whether its parts are cleaned on other machines, which write to staging themselves."""

    def __post_init__(self) -> None:
        """A table with a gap would fail on some spec's data, and not on another's."""
        if missing := sorted(FUNCTIONS.keys() - self.functions.keys()):
            raise ValueError(f"the engine {self.name} does not say what {', '.join(missing)} is")

    def render(self, query: exp.Expr) -> str:
        """The query in the engine's SQL. The tree is not changed."""
        changed = {name: own for name, own in self.functions.items() if own != name}
        if changed:
            query = query.transform(lambda node: _in_own_words(node, changed))
        return query.sql(dialect=self.dialect)


def _in_own_words(node: exp.Expr, changed: Mapping[str, str | Rewrite]) -> exp.Expr:
    name = node.name.lower() if isinstance(node, exp.Anonymous) else CLASSES.get(type(node), "")
    own = changed.get(name)
    if own is None:
        return node
    if not isinstance(own, str):
        return own(node)
    arguments = [part for value in node.args.values() for part in _parts(value)]
    if isinstance(node, exp.Anonymous):
        arguments = node.expressions
    return exp.Anonymous(this=own, expressions=arguments)


def _parts(value: object) -> list[exp.Expr]:
    listed = value if isinstance(value, list) else [value]
    return [part for part in listed if isinstance(part, exp.Expr)]
