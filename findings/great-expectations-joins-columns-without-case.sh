#!/usr/bin/env bash
# great-expectations 1.24.1 with pandas, a frame with the columns "ID" and "id".
#
# One would guess: pandas tells the two apart, so a check of "id" looks at "id".
# True: Great Expectations folds the case when it looks a column up, and takes the first that fits.
# Every check of either is answered from the column that stands first in the frame: a value out of
# bounds in the other one passes, two columns that differ are "equal" as a pair, and turning the
# columns round turns the verdicts round. No error is raised.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check great-expectations==1.24.1
cd "$work"
GX_ANALYTICS_ENABLED=false "$work/venv/bin/python" - 2>/dev/null <<'PY'
from importlib.metadata import version

import great_expectations as gx
import pandas as pd

print("great-expectations", version("great-expectations"), "pandas", version("pandas"))
frame = pd.DataFrame({"ID": [1, 2], "id": [1, 99]})
context = gx.get_context(mode="ephemeral")
asset = context.data_sources.add_pandas("p").add_dataframe_asset("a")
whole = asset.add_batch_definition_whole_dataframe("w")


def ask(order):
    batch = whole.get_batch(batch_parameters={"dataframe": frame[order]})
    between = {
        name: batch.validate(
            gx.expectations.ExpectColumnValuesToBeBetween(column=name, max_value=10)
        ).success
        for name in order
    }
    pair = gx.expectations.ExpectColumnPairValuesToBeEqual(column_A="ID", column_B="id")
    return between, batch.validate(pair).success


seen = [ask(order) for order in (["ID", "id"], ["id", "ID"])]
for between, equal in seen:
    print("at most 10, in the order of the frame:", between, "; equal as a pair:", equal)
assert seen == [({"ID": True, "id": True}, True), ({"id": False, "ID": False}, True)], "changed"
PY
