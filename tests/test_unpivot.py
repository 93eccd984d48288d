"""Which columns of a wide layout become records, and what the long one is."""

from __future__ import annotations

import pytest

from medallion.errors import DataRejected
from medallion.records import RecordLayout
from medallion.unpivot import UnpivotSpec, unpivot_layout

WIDE = RecordLayout(format="csv", columns=("country", "2024", "Unit", "2025", "2026 (est)"))


def spec(columns: object) -> UnpivotSpec:
    return UnpivotSpec.model_validate({"columns": columns, "name": "year", "value": "amount"})


def test_columns_are_matched_or_listed() -> None:
    found = unpivot_layout(WIDE, spec(r"/^\d{4}$/"))
    assert found.layout.columns == ("country", "Unit", "2026 (est)", "year", "amount")
    assert (found.kept, found.spread, found.times) == ((0, 2, 4), ((1, "2024"), (3, "2025")), 2)
    assert unpivot_layout(WIDE, spec(["2025", "2026 (est)"])).spread == (
        (3, "2025"), (4, "2026 (est)"),
    )  # fmt: skip
    assert unpivot_layout(WIDE, spec("2024")).times == 1
    assert unpivot_layout(WIDE, spec("/20/")).times == 3


def test_values_of_one_type_keep_it() -> None:
    typed = RecordLayout(
        format="parquet", columns=("id", "a", "b"), types=("BIGINT", "DOUBLE", "DOUBLE")
    )
    assert unpivot_layout(typed, spec(["a", "b"])).layout.types == ("BIGINT", "VARCHAR", "DOUBLE")
    with pytest.raises(DataRejected, match="'id' is BIGINT, 'a' DOUBLE"):
        unpivot_layout(typed, spec(["id", "a"]))


@pytest.mark.parametrize(
    ("columns", "said", "problem"),
    [
        (WIDE.columns, "/^19/", r"no column matches /\^19/.*the header is 'country', '2024'"),
        (WIDE.columns, ["2024", "2027"], "there is no column '2027' to unpivot"),
        (("year", "2024"), ["2024"], "the header has a column 'year'"),
        (("amount", "2024"), ["2024"], "the header has a column 'amount'"),
    ],
)
def test_what_cannot_be_unpivoted_is_refused(
    columns: tuple[str, ...], said: object, problem: str
) -> None:
    with pytest.raises(DataRejected, match=problem):
        unpivot_layout(RecordLayout(format="csv", columns=columns), spec(said))
