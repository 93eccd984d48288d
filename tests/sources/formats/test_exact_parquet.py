"""What DuckDB would round or cut in Parquet comes through exactly, or goes to quarantine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.cleaning.cleaned import cleaned

from medallion.cleaning.duckdb.naming import REASONS
from medallion.errors import DataRejected
from medallion.sources.base.parquet_parts import layout_of
from medallion.steps.parts.copies import readable

WIDE = pa.decimal256(60, 10)
LONG = Decimal("1234567890123456789012345678.0123456789")
LONGER = Decimal("12345678901234567890123456789012345678901234567890.0123456789")


def values(folder: Path, column: pa.Array, *, old: bool = False, **spec: Any) -> list[Any]:
    """The values of one column; where a row goes to quarantine, its reason."""
    part = folder / "part.parquet"
    table = pa.table({"value": column})
    pq.write_table(table, part, use_deprecated_int96_timestamps=old)
    with pq.ParquetFile(part) as file:
        layout = layout_of(file.schema_arrow)
    path, layout = readable(part, layout, folder)
    rows = cleaned(path, layout, {"value": {"nullable": True, **spec}})
    return [row["value"] if "value" in row else row[REASONS][0] for row in rows]


def test_a_decimal_of_more_than_38_digits_is_exact_or_in_quarantine(tmp_path: Path) -> None:
    held = pa.array([LONG, Decimal("0.5000000001"), None, LONGER], WIDE)
    good, small, none, reason = values(tmp_path, held, type="decimal(38,10)")
    assert (good, small, none) == (LONG, Decimal("0.5000000001"), None)
    assert reason.startswith(f'value: "{LONGER}" is not a number')
    assert values(tmp_path, pa.array([LONGER], WIDE), type="text") == [str(LONGER)]


@pytest.mark.parametrize(
    ("kind", "value", "type_", "wanted"),
    [
        (pa.list_(WIDE), [LONG, None], "decimal(38,10)[]", [LONG, None]),
        (pa.struct([("x", WIDE)]), {"x": LONGER}, "text", f'{{"x":"{LONGER}"}}'),
        (pa.list_(pa.struct([("x", WIDE)])), [{"x": LONG}], "text", f'[{{"x":"{LONG}"}}]'),
        (pa.struct([("x", pa.decimal128(38, 10))]), {"x": LONG}, "text", f'{{"x":{LONG}}}'),
    ],
    ids=str,
)
def test_so_is_one_within_another_value(
    tmp_path: Path, kind: pa.DataType, value: object, type_: str, wanted: object
) -> None:
    assert values(tmp_path, pa.array([value], kind), type=type_) == [wanted]


def test_a_small_double_is_the_decimal_that_it_says(tmp_path: Path) -> None:
    found = values(tmp_path, pa.array([1e-8, 1.5e-9, 1e20, 0.1]), type="decimal(30,8)")
    assert found[0] == Decimal("0.00000001")
    assert found[2:] == [Decimal(10) ** 20, Decimal("0.1")]
    assert "1.5e-09" in found[1]


def moments(*texts: str) -> pa.Array:
    return pa.array(np.array(texts, dtype="datetime64[ns]"))


def test_nanoseconds_of_old_timestamps_go_to_quarantine(tmp_path: Path) -> None:
    held = moments("2024-01-05T10:00:00.123456789", "2024-01-05T10:00:00.123456", "2024-01-05")
    reason, good, day = values(tmp_path, held, old=True, type="timestamp")
    assert "10:00:00.123456789" in reason
    assert (good, day) == (datetime(2024, 1, 5, 10, 0, 0, 123456), datetime(2024, 1, 5))  # noqa: DTZ001


def test_old_timestamps_without_them_have_every_year(tmp_path: Path) -> None:
    years = [datetime(9999, 12, 31), datetime(1, 1, 1), None]  # noqa: DTZ001
    held = pa.array(years, pa.timestamp("us"))
    assert values(tmp_path, held, old=True, type="timestamp") == years
    assert values(tmp_path, held, old=True, type="date")[0] == years[0].date()


FINE = moments("2024-01-05T10:00:00.123456789")[0]
SHORT = moments("2024-01-05T10:00:00.123456")[0]
NANOS = pa.timestamp("ns")
WITHIN = [
    (pa.struct([("at", NANOS)]), lambda at: {"at": at}, '{{"at":"{}"}}'),
    (pa.list_(NANOS), lambda at: [at, None], '["{}",null]'),
    (pa.list_(pa.struct([("at", NANOS)])), lambda at: [{"at": at}], '[{{"at":"{}"}}]'),
    (pa.map_(pa.string(), NANOS), lambda at: [("at", at)], '{{"at":"{}"}}'),
    (pa.map_(pa.string(), pa.list_(NANOS)), lambda at: [("at", [at])], '{{"at":["{}"]}}'),
]


@pytest.mark.parametrize(("kind", "made", "said"), WITHIN, ids=[str(kind) for kind, _, _ in WITHIN])
def test_so_are_old_timestamps_within_another_value(
    tmp_path: Path, kind: pa.DataType, made: Callable[[object], object], said: str
) -> None:
    texts = ["2024-01-05 10:00:00.123456789", "2024-01-05 10:00:00.123456"]
    held = pa.array([made(FINE), made(SHORT), None], kind)
    found = values(tmp_path, held, old=True, type="text")
    assert found == [said.format(texts[0]), said.format(texts[1]), None]
    assert values(tmp_path, held[1:], old=True, type="text") == [said.format(texts[1]), None]


def test_lists_of_old_timestamps_are_exact_or_in_quarantine(tmp_path: Path) -> None:
    good = [datetime(2024, 1, 5, 10, 0, 0, 123456), None]  # noqa: DTZ001
    held = pa.array([[FINE], [SHORT, None]], pa.list_(NANOS))
    reason, exact = values(tmp_path, held, old=True, type="timestamp[]")
    assert "10:00:00.123456789" in reason
    assert exact == good
    far = [datetime(9999, 12, 31), datetime(1, 1, 1)]  # noqa: DTZ001
    held = pa.array([far, good], pa.list_(pa.timestamp("us")))
    assert values(tmp_path, held, old=True, type="timestamp[]") == [far, good]


def test_nanoseconds_beside_years_that_they_do_not_reach_are_refused(tmp_path: Path) -> None:
    far = pa.array([datetime(9999, 12, 31)], pa.timestamp("us"))  # noqa: DTZ001
    table = pa.table({"far": far, "fine": moments("2024-01-05T10:00:00.123456789")})
    part = tmp_path / "part.parquet"
    pq.write_table(table, part, use_deprecated_int96_timestamps=True)
    with pytest.raises(DataRejected, match="far, fine hold nanoseconds, and years"):
        readable(part, layout_of(table.schema), tmp_path)
