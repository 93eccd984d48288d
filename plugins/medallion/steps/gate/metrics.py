"""What Great Expectations counts, where its engines disagree: registered in place of its own.

GX computes each metric once for pandas and once for SQL, and some of them mean something else by a
missing value, by a regular expression or by a quantile. The same check gives one verdict on bronze
and on silver:

- a comparison or a sum that a missing value leaves open is not fulfilled;
- a key with a missing value equals no other;
- a sum is one of decimals: 0.1 + 0.2 is 0.3; one of whole numbers has no end;
- a quantile is a value that is there, the first that so many are not above (percentile_disc);
- texts are matched by RE2 in bronze, in time that grows with the text alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import import_module
from math import ceil
from types import new_class
from typing import TYPE_CHECKING, Any

from medallion.steps.gate.missing_values import read_names_whole
from medallion.steps.gate.proven_keys import ask_index_first

if TYPE_CHECKING:
    import pandas as pd

Counting = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One of GX's metrics, by its class, and the functions that replace its own.

    `kind` is GX's decorator, which decides the functions' arguments and results.
    """

    name: str
    kind: str
    pandas: Counting | None = None
    sql: Counting | None = None
    is_proven_by_index: bool = False
    """Whether it counts the rows of keys, which a unique index spares."""


def _greater(_: Any, column_a: Any, column_b: Any, /, **kwargs: Any) -> Any:
    import sqlalchemy as sa

    greater = column_a >= column_b if kwargs.get("or_equal") else column_a > column_b
    return sa.func.coalesce(greater, sa.false())


def _pair_in_set(_: Any, column_a: Any, column_b: Any, /, **kwargs: Any) -> Any:
    import sqlalchemy as sa

    pairs = [sa.and_(column_a == a, column_b == b) for a, b in kwargs["value_pairs_set"]]
    return sa.func.coalesce(sa.or_(*pairs), sa.false())


def _sum_in_sql(_: Any, columns: Any, /, **kwargs: Any) -> Any:
    import sqlalchemy as sa

    found = sum(sa.cast(column, sa.Numeric) for column in columns)
    return sa.func.coalesce(found == kwargs["sum_total"], sa.false())


def _sum(_: Any, columns: pd.DataFrame, /, **kwargs: Any) -> pd.Series[Any]:
    import pandas as pd

    total = to_decimal(kwargs["sum_total"])
    rows = columns.itertuples(index=False, name=None)
    return pd.Series([sums_to(row, total) for row in rows], index=columns.index, dtype=bool)


def sums_to(values: Sequence[Any], total: Decimal) -> bool:
    """Whether numbers have a sum, as decimals; with a missing one they have none."""
    import pandas as pd

    return not any(map(pd.isna, values)) and sum(map(to_decimal, values)) == total


def to_decimal(value: Any) -> Decimal:
    """A number as PostgreSQL makes a numeric of it: 15 digits of a double."""
    return Decimal(format(value, ".15g")) if isinstance(value, float) else Decimal(str(value))


def _total(_: Any, /, *, column: pd.Series[Any], **kwargs: Any) -> Any:
    import pandas as pd
    from great_expectations.util import convert_pandas_series_decimal_to_float_dtype

    values = column.dropna()
    if pd.api.types.is_integer_dtype(values) and len(values):
        largest = max(int(values.max()), -int(values.min()))
        if largest * len(values) >= 2**63:  # where pandas would begin again at the other end
            return sum(map(int, values))
    convert_pandas_series_decimal_to_float_dtype(data=values, inplace=True)
    return values.sum()


def _compound(_: Any, columns: pd.DataFrame, /, **kwargs: Any) -> pd.Series[Any]:
    whole = columns.notna().all(axis="columns")
    return ~(columns.duplicated(keep=False) & whole)


def _quantiles(_: Any, /, *, column: pd.Series[Any], quantiles: Any, **kwargs: Any) -> list[Any]:
    values = sorted(column.dropna())
    if not values:
        return [None for _ in quantiles]
    return [values[max(ceil(quantile * len(values)) - 1, 0)] for quantile in quantiles]


def _matches(_: Any, column: pd.Series[Any], /, *, regex: str, **kwargs: Any) -> pd.Series[Any]:
    return _find(column, [regex]).all(axis="columns")


def _matches_not(_: Any, column: pd.Series[Any], /, *, regex: str, **kwargs: Any) -> pd.Series[Any]:
    return ~_find(column, [regex]).any(axis="columns")


def _matches_list(
    _: Any, column: pd.Series[Any], /, *, regex_list: Sequence[str], **kwargs: Any
) -> pd.Series[Any]:
    found = _find(column, regex_list)
    every = kwargs.get("match_on") == "all"
    return found.all(axis="columns") if every else found.any(axis="columns")


def _matches_not_list(
    _: Any, column: pd.Series[Any], /, *, regex_list: Sequence[str], **kwargs: Any
) -> pd.Series[Any]:
    return ~_find(column, regex_list).any(axis="columns")


def _find(column: pd.Series[Any], patterns: Sequence[str]) -> pd.DataFrame:
    """Which texts match which of the patterns."""
    import pandas as pd

    from medallion.steps.gate.regex_matching import match_texts

    found = dict(enumerate(match_texts([str(value) for value in column], patterns)))
    return pd.DataFrame(found, index=column.index, dtype=bool)


_PROVIDERS = "great_expectations.expectations.metrics"
PAIR = "column_pair_condition_partial"
MANY = "multicolumn_condition_partial"
ONE = "column_condition_partial"
_WHOLE = "column_aggregate_value"

METRICS = (
    Metric(name="ColumnPairValuesAGreaterThanB", kind=PAIR, sql=_greater),
    Metric(name="ColumnPairValuesInSet", kind=PAIR, sql=_pair_in_set),
    Metric(name="MulticolumnSumEqual", kind=MANY, pandas=_sum, sql=_sum_in_sql),
    Metric(name="ColumnValuesUnique", kind=ONE, is_proven_by_index=True),
    Metric(name="CompoundColumnsUnique", kind=MANY, pandas=_compound, is_proven_by_index=True),
    Metric(name="ColumnSum", kind=_WHOLE, pandas=_total),
    Metric(name="ColumnQuantileValues", kind=_WHOLE, pandas=_quantiles),
    Metric(name="ColumnValuesMatchRegex", kind=ONE, pandas=_matches),
    Metric(name="ColumnValuesNotMatchRegex", kind=ONE, pandas=_matches_not),
    Metric(name="ColumnValuesMatchRegexList", kind=ONE, pandas=_matches_list),
    Metric(name="ColumnValuesNotMatchRegexList", kind=ONE, pandas=_matches_not_list),
)


@cache
def register() -> Mapping[str, type]:
    """Replace GX's metrics in this process; done once. GX registers a class when it is defined, so
    subclasses of its own metrics are enough: these, by the names of GX's."""
    read_names_whole()
    with without_warnings():
        return {metric.name: _register(metric) for metric in METRICS}


def _register(metric: Metric) -> type:
    engines: Any = import_module("great_expectations.execution_engine")
    decorator = decorator_of(metric.kind)
    functions: dict[str, Any] = {}
    if metric.pandas:
        functions["_pandas"] = decorator(engine=engines.PandasExecutionEngine)(metric.pandas)
    if metric.sql:
        functions["_sqlalchemy"] = decorator(engine=engines.SqlAlchemyExecutionEngine)(metric.sql)
    base = provider_of(metric.name)
    if metric.is_proven_by_index:
        functions["_sqlalchemy_function"] = ask_index_first(base._sqlalchemy_function)
    return new_class(f"Medallion{metric.name}", (base,), exec_body=lambda b: b.update(functions))


def provider_of(name: str) -> Any:
    """GX's own class of a metric."""
    return getattr(import_module(_PROVIDERS), name)


def decorator_of(kind: str) -> Any:
    """What makes GX's metric of a function."""
    found = (
        getattr(import_module(place), kind, None)
        for place in (
            f"{_PROVIDERS}.map_metric_provider",
            _PROVIDERS,
            f"{_PROVIDERS}.metric_provider",
        )
    )
    return next(decorator for decorator in found if decorator is not None)


@contextmanager
def without_warnings() -> Iterator[None]:
    """GX warns of each metric that takes the place of another."""
    log = logging.getLogger("great_expectations.expectations.registry")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)
