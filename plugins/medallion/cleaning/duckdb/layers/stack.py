"""The layers of the cleaning query: named SELECTs, each from the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from medallion.cleaning.duckdb.naming import column_of, name_value
from medallion.cleaning.duckdb.reading import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """The layers so far. Each method returns the layers with one more, and changes nothing.

    Attributes:
        named: the SELECTs, the innermost first.
        carried: the columns beside the spec's own that every further layer hands on.
    """

    named: tuple[tuple[str, exp.Select], ...]
    carried: tuple[str, ...]

    def add(self, name: str, select: exp.Select, carry: Iterable[str] = ()) -> Layers:
        """With a layer over the last one.

        Args:
            select: the layer; it has no FROM yet.
            carry: the columns that it adds for the layers above.
        """
        layer = (name, select.from_(self._last(), copy=False))
        return Layers(named=(*self.named, layer), carried=(*self.carried, *carry))

    def mark(self, name: str, flag: str, value: exp.Expr) -> Layers:
        """With a layer that adds a column about the record."""
        return self.add(name, exp.select("*", name_value(flag, value)), [flag])

    def change(
        self, name: str, columns: Sequence[Column], change: Callable[[Column], exp.Expr]
    ) -> Layers:
        """With a layer in which each column has another value."""
        return self.add(name, self.select(columns, change))

    def select(self, columns: Sequence[Column], change: Callable[[Column], exp.Expr]) -> exp.Select:
        """A SELECT of the columns' new values and of what is carried; it has no FROM yet."""
        changed = [name_value(column.name, change(column)) for column in columns]
        return exp.select(*changed, *map(column_of, self.carried))

    def has(self, flag: str) -> bool:
        """Whether a layer has added this column."""
        return flag in self.carried

    def finish(self, select: exp.Select) -> exp.Select:
        """The query around all layers; `select` is its outermost, over the last of them."""
        query = select.from_(self._last())
        for name, layer in self.named:
            query = query.with_(
                # Said for each layer: by itself DuckDB may hold a WITH in memory, as large as the
                # part.
                exp.to_identifier(name, quoted=True),
                as_=layer,
                materialized=False,
                copy=False,
            )
        return query

    def _last(self) -> exp.Table:
        return exp.to_table(self.named[-1][0], quoted=True)
