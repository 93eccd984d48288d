#!/usr/bin/env bash
# Great Expectations 1.24.1: a metric of one's own that replaces what one engine computes, as its
# documentation shows it (a subclass of the metric, with a function of that engine), beside another
# one that replaces what another engine computes of the same metric.
#
# One would guess: a subclass that says only what SQL computes leaves pandas as it is.
# True: to define a subclass registers every function that it inherits, too. Of two subclasses of one
# metric the later one puts GX's own function of pandas back in the place of the first one's. GX warns
# that a metric "is being registered with different metric_provider", as it does of each replacement
# that is meant, and names no engine. The check then passes where it failed before. One class with
# the functions of both engines works.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  great-expectations==1.24.1 pandas==3.1.1 numpy==2.4.6 sqlalchemy==2.1.9
cd "$work"
GX_ANALYTICS_ENABLED=false "$work/venv/bin/python" -W ignore - 2>"$work/log" <<'PY' || { tail -n 5 "$work/log"; exit 1; }
from importlib.metadata import version

import great_expectations as gx
import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine, SqlAlchemyExecutionEngine
from great_expectations.expectations.metrics import ColumnValuesUnique, column_condition_partial

print("great-expectations", version("great-expectations"))
frame = pd.DataFrame({"name": ["Ann", "ann", "Bo"]})
context = gx.get_context(mode="ephemeral")
batch = (
    context.data_sources.add_pandas("p").add_dataframe_asset("a")
    .add_batch_definition_whole_dataframe("b").get_batch({"dataframe": frame})
)


def judge(what):
    found = batch.validate(gx.expectations.ExpectColumnValuesToBeUnique(column="name"))
    print(f"  {what}: unique {found.success}, {found.result['unexpected_count']} rows fail")
    return found.success


assert judge("GX's own")


class IgnoringCase(ColumnValuesUnique):
    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column, **kwargs):
        return ~column.str.lower().duplicated(keep=False)


assert not judge("with pandas ignoring case")


class ForSqlOnly(ColumnValuesUnique):
    """Says nothing of pandas."""

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy_condition(cls, column, **kwargs):
        return column.is_not(None)


assert judge("after a second subclass, of SQL alone"), "the first subclass's pandas stays now"
PY
