"""What GX's engine for Spark counts where it disagrees with the one for pandas, in place of its
own. `gate/metrics.py` has the same for pandas and SQL, and says what is meant.

Spark's workers call what is here, too: texts are matched by RE2 there, as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from math import ceil
from types import new_class
from typing import TYPE_CHECKING, Any

from medallion.steps.gate.metrics import (
    MANY,
    ONE,
    PAIR,
    decorator_of,
    provider_of,
    sums_to,
    to_decimal,
    without_warnings,
)
from medallion.steps.gate.metrics import register as register_others
from medallion.steps.gate.regex_matching import match_texts

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import Column, DataFrame


def _greater(_: Any, column_a: Column, column_b: Column, /, **kwargs: Any) -> Column:
    greater = column_a >= column_b if kwargs.get("or_equal") else column_a > column_b
    return _or_false(greater)


def _equal(_: Any, column_a: Column, column_b: Column, /, **kwargs: Any) -> Column:
    return _or_false(column_a == column_b)


def _compound(_: Any, columns: DataFrame, /, **kwargs: Any) -> Column:
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    key = [f.col(name) for name in columns.columns]
    is_whole = f.lit(True)
    for column in key:
        is_whole &= column.isNotNull()
    return ~(is_whole & (f.count(f.lit(1)).over(Window.partitionBy(*key)) > 1))


def _sum(_: Any, columns: DataFrame, /, **kwargs: Any) -> Column:
    from pyspark.sql import functions as f

    total = to_decimal(kwargs["sum_total"])

    def is_sum(rows: pd.DataFrame) -> pd.Series[Any]:
        import pandas as pd

        found = [sums_to(row, total) for row in rows.itertuples(index=False, name=None)]
        return pd.Series(found, dtype=bool)

    return _in_workers(is_sum, "DataFrame")(f.struct(*columns.columns))


def _matches(_: Any, column: Column, /, *, regex: str, **kwargs: Any) -> Column:
    return _find(column, [regex], all)


def _matches_not(_: Any, column: Column, /, *, regex: str, **kwargs: Any) -> Column:
    return ~_find(column, [regex], any)


def _matches_list(_: Any, column: Column, /, *, regex_list: Sequence[str], **kwargs: Any) -> Column:
    return _find(column, regex_list, all if kwargs.get("match_on") == "all" else any)


def _matches_not_list(
    _: Any, column: Column, /, *, regex_list: Sequence[str], **kwargs: Any
) -> Column:
    return ~_find(column, regex_list, any)


def _find(column: Column, patterns: Sequence[str], how: Callable[[Sequence[bool]], bool]) -> Column:
    """Which texts match all, or any, of the patterns."""

    def match(texts: pd.Series[Any]) -> pd.Series[Any]:
        import pandas as pd

        found = match_texts(list(texts.fillna("")), patterns)
        return pd.Series([how(of_text) for of_text in zip(*found, strict=True)], dtype=bool)

    return _in_workers(match, "Series")(column)


def _in_workers(work: Callable[[Any], Any], given: str) -> Any:
    """A function of Spark's whose rows Python's workers judge, some thousands at a time.

    Args:
        given: what it takes, a Series or a DataFrame of pandas'.
    """
    import pandas as pd
    from pyspark.sql import functions as f

    work.__annotations__.clear()
    names = work.__code__.co_varnames[:1]
    work.__annotations__.update({names[0]: getattr(pd, given), "return": pd.Series})
    return f.pandas_udf(work, "boolean")


def _quantiles(
    *,
    execution_engine: Any,
    metric_domain_kwargs: Mapping[str, Any],
    metric_value_kwargs: Mapping[str, Any],
    **kwargs: Any,
) -> list[Any]:
    """Of the different values with how often each is there: of these there are fewer."""
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    name = metric_domain_kwargs["column"]
    quantiles = metric_value_kwargs["quantiles"]
    there = execution_engine.get_domain_records(domain_kwargs=metric_domain_kwargs)
    there = there.select(f.col(name).alias("value")).where(f.col("value").isNotNull())
    rows = there.count()
    if not rows:
        return [None for _ in quantiles]
    not_above = f.sum("count").over(Window.orderBy("value"))
    counted = there.groupBy("value").count().select("value", not_above.alias("not_above"))
    places = [max(ceil(quantile * rows), 1) for quantile in quantiles]
    first = (f.min(f.when(f.col("not_above") >= place, f.col("value"))) for place in places)
    (found,) = counted.agg(*(one.alias(str(at)) for at, one in enumerate(first))).collect()
    return list(found)


def _total(
    *, execution_engine: Any, metric_domain_kwargs: Mapping[str, Any], **kwargs: Any
) -> object:
    """Of whole numbers the exact one, where GX makes a fraction of it. That of nothing is zero."""
    import numpy as np
    from pyspark.sql import functions as f

    name = metric_domain_kwargs["column"]
    there = execution_engine.get_domain_records(domain_kwargs=metric_domain_kwargs)
    is_whole = dict(there.dtypes)[name] == "bigint"
    value = f.col(name).cast("decimal(38,0)") if is_whole else f.col(name)
    (found,) = there.agg(f.sum(value).alias("total")).collect()
    if not is_whole:
        return found["total"] or 0
    total = int(found["total"] or 0)
    return np.int64(total) if abs(total) < 2**63 else total  # which compares as pandas' sum does


def _or_false(condition: Column) -> Column:
    """What a missing value leaves open is not fulfilled."""
    from pyspark.sql import functions as f

    return f.coalesce(condition, f.lit(False))


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkMetric:
    """One of GX's metrics, by its class, with the function that replaces its own, and GX's
    decorator, which decides the function's arguments."""

    name: str
    kind: str
    of_frame: Callable[..., Any]


METRICS = (
    SparkMetric(name="ColumnPairValuesAGreaterThanB", kind=PAIR, of_frame=_greater),
    SparkMetric(name="ColumnPairValuesEqual", kind=PAIR, of_frame=_equal),
    SparkMetric(name="MulticolumnSumEqual", kind=MANY, of_frame=_sum),
    SparkMetric(name="CompoundColumnsUnique", kind=MANY, of_frame=_compound),
    SparkMetric(name="ColumnSum", kind="metric_value", of_frame=_total),
    SparkMetric(name="ColumnQuantileValues", kind="metric_value", of_frame=_quantiles),
    SparkMetric(name="ColumnValuesMatchRegex", kind=ONE, of_frame=_matches),
    SparkMetric(name="ColumnValuesNotMatchRegex", kind=ONE, of_frame=_matches_not),
    SparkMetric(name="ColumnValuesMatchRegexList", kind=ONE, of_frame=_matches_list),
    SparkMetric(name="ColumnValuesNotMatchRegexList", kind=ONE, of_frame=_matches_not_list),
)


@cache
def register() -> None:
    """Replace GX's metrics in this process; done once, after those of pandas and SQL."""
    # The gates of other engines leave GX's sources of Spark out.
    import_module("great_expectations.datasource.fluent.spark_datasource")
    engine = import_module("great_expectations.execution_engine").SparkDFExecutionEngine
    bases = register_others()
    with without_warnings():
        for metric in METRICS:
            functions = {"_spark": decorator_of(metric.kind)(engine=engine)(metric.of_frame)}
            # A class brings the functions of all engines along: of the one before, where there is.
            base = bases.get(metric.name) or provider_of(metric.name)
            new_class(f"{metric.name}OfSpark", (base,), exec_body=_adding(functions))


def _adding(functions: Mapping[str, Any]) -> Callable[[dict[str, Any]], None]:
    return lambda body: body.update(functions)
