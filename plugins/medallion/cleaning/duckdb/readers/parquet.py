"""Parts of Parquet: every field in Parquet's own type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from medallion.cleaning.duckdb import parquet_values
from medallion.cleaning.duckdb.naming import column_of, name_value
from medallion.cleaning.duckdb.readers.by_position import Placed, places
from medallion.cleaning.duckdb.readers.reader import table_function
from medallion.cleaning.duckdb.reading import Column
from medallion.records import RecordLayout


class Parquet(Placed):
    """Each field has a type of its own; see `held`."""

    missing = ("records have", "they have", "name one of these in `from`")

    def read(self, path: str, layout: RecordLayout) -> exp.Select:
        """The columns `_1`, `_2` … by their position: DuckDB treats names that differ only in case
        as equal."""
        return exp.select("*").from_(_read_parquet(path, layout))

    def problem(self, columns: Sequence[Column], layout: RecordLayout) -> exp.Expr | None:
        """What the source itself says is wrong with a record."""
        if not layout.problem_field:
            return None
        return column_of(places(layout)[layout.columns.index(layout.problem_field)])


def values(path: str, layout: RecordLayout, names: Iterable[str], *, text: bool) -> exp.Select:
    """A SELECT of some columns, in the order of `names`: as texts, or as values for pandas.

    As values, decimals become floating-point numbers, and dates outside the years 1 to 9999 become
    NULL.
    """
    found_at = zip(places(layout), layout.types, strict=True)
    by_name = dict(zip(layout.columns, found_at, strict=True))
    found: list[exp.Expr] = []
    for place, held in (by_name[name] for name in names):
        value: exp.Expr = column_of(place)
        if text or held == parquet_values.OTHER:
            value = parquet_values.text_of(value, held)
        elif held.startswith("DECIMAL") and not held.endswith("[]"):
            value = exp.cast(value, "double")
        elif held == "DATE":
            value = parquet_values.in_our_years(value, value)
        found.append(name_value(place, value))
    return exp.select(*found).from_(_read_parquet(path, layout))


def _read_parquet(path: str, layout: RecordLayout) -> exp.Expr:
    """By the place of the columns: DuckDB takes names that differ in case only for the same."""
    columns = [exp.to_identifier(name, quoted=True) for name in places(layout)]
    return exp.Table(
        this=table_function("read_parquet", path),
        alias=exp.TableAlias(this=exp.to_identifier("part"), columns=columns),
    )
