"""Parts of Parquet: every field in the type that it has there."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from medallion.cleaning.duckdb import held as held_values
from medallion.cleaning.duckdb.naming import column_of, named
from medallion.cleaning.duckdb.readers.placed import Placed, places
from medallion.cleaning.duckdb.readers.reader import table_function
from medallion.records import RecordLayout


class Parquet(Placed):
    """A field is held in a type; see `held`."""

    missing = ("records have", "they have", "name one of these in `from`")

    def read(self, path: str, layout: RecordLayout) -> exp.Select:
        """The columns by their places."""
        return exp.select("*").from_(_read_parquet(path, layout))


def values(path: str, layout: RecordLayout, names: Iterable[str], *, text: bool) -> exp.Select:
    """Some columns of a part of Parquet, in the order of the names: as texts, or as they are held.

    Where they are not asked for as texts, decimals are floating-point numbers, and days that no
    calendar of years 1 to 9999 has are NULL.
    """
    found_at = zip(places(layout), layout.types, strict=True)
    by_name = dict(zip(layout.columns, found_at, strict=True))
    found: list[exp.Expr] = []
    for place, held in (by_name[name] for name in names):
        value: exp.Expr = column_of(place)
        if text or held == held_values.OTHER:
            value = held_values.text_of(value, held)
        elif held.startswith("DECIMAL") and not held.endswith("[]"):
            value = exp.cast(value, "double")
        elif held == "DATE":
            value = held_values.in_our_years(value, value)
        found.append(named(place, value))
    return exp.select(*found).from_(_read_parquet(path, layout))


def _read_parquet(path: str, layout: RecordLayout) -> exp.Expr:
    """By the place of the columns: DuckDB takes names that differ in case only for the same."""
    columns = [exp.to_identifier(name, quoted=True) for name in places(layout)]
    return exp.Table(
        this=table_function("read_parquet", path),
        alias=exp.TableAlias(this=exp.to_identifier("part"), columns=columns),
    )
