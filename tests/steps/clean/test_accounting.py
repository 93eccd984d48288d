"""Every row is staged, quarantined, a duplicate or discarded, as Python says of random files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.steps import landed
from tests.steps.staged import query

from medallion.plan.model import CustomStep
from medallion.records import RecordLayout
from medallion.steps.clean import step as clean

Row = tuple[str, str, str]
RUNS = count(1)
LAYOUT = RecordLayout(format="csv", columns=("id", "amount", "status"))
COLUMNS: dict[str, dict[str, object]] = {
    "id": {"type": "bigint", "clean": ["trim"]},
    "amount": {
        "type": "decimal(6,2)",
        "nullable": True,
        "null_values": ["", "n/a"],
        "clean": [{"number": {"decimal": ","}}],
    },
    "status": {"type": "text", "nullable": True},
    "twice": {"type": "decimal(18,2)", "nullable": True, "expression": "amount * 2"},
}
DROPPING = CustomStep(
    function="without_dropped",
    path="include/python/dropping.py",
    source=(
        "def without_dropped(frame):\n"
        '    return frame[frame["status"].fillna("").str.lower() != "drop"]\n'
    ),
    adds=(),
    max_rows=None,
)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", " 3 ", "+2", "x", "", "1.0", "9223372036854775808"]),
        st.sampled_from(["", "n/a", "1", "1,5", "-2", "2,50-", "9999,99", "10000", "1.5", "1,555"]),
        st.sampled_from(["", "kept", "drop", "Drop", 'a "quoted", one', "two\nlines", "é😀"]),
    ),
    max_size=30,
)


def written(rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(
        [("id", "amount", "status"), *rows]
    )
    return text.getvalue().encode()


def whole_number(text: str) -> int | None:
    found = re.fullmatch(r"[+-]?[0-9]+", text.strip())
    return int(text) if found and abs(int(text)) < 2**63 else None


def amount(text: str) -> Decimal | str | None:
    """Python's own reading; the text itself where it cannot be read."""
    if text in ("", "n/a"):
        return None
    if not re.fullmatch(r"-?[0-9]+(,[0-9]+)?|[0-9]+(,[0-9]+)?-", text):
        return text
    found = Decimal(text.strip("-").replace(",", ".")) * (-1 if "-" in text else 1)
    fits = abs(found) < 10**4 and found == found.quantize(Decimal("0.01"))
    return found if fits else text


def expected(rows: Sequence[Row]) -> tuple[dict[int, int], int, int, int]:
    """By key, the record that stays; and how many are quarantined, duplicates, discarded."""
    staying: dict[int, tuple[tuple[bool, Decimal, int], int]] = {}
    quarantined = duplicates = discarded = 0
    for number, (key_text, amount_text, status) in enumerate(rows, start=1):
        key, value = whole_number(key_text), amount(amount_text)
        if isinstance(value, Decimal) and value < 0:
            discarded += 1
        elif key is None or isinstance(value, str):
            quarantined += 1
        elif status.lower() == "drop":
            discarded += 1
        else:
            rank = (value is not None, value or Decimal(0), number)
            duplicates += key in staying
            staying[key] = max(staying.get(key, (rank, number)), (rank, number))
    return {key: record for key, (_, record) in staying.items()}, quarantined, duplicates, discarded


@pytest.mark.parametrize("parts", [1, 2])
def test_every_row_is_where_python_puts_it(warehouse_db: str, tmp_path: Path, parts: int) -> None:
    @settings(max_examples=12)
    @given(rows=ROWS)
    def check(rows: list[Row]) -> None:
        context = landed.context(warehouse_db, tmp_path, run_id=f"run_{next(RUNS)}")
        middle = len(rows) // parts
        pieces = [rows] if parts == 1 else [rows[:middle], rows[middle:]]
        landed.land(context, LAYOUT, [(written(piece), len(piece)) for piece in pieces])
        step = landed.clean_step(
            COLUMNS,
            primary_key=("id",),
            row_filter="amount IS NULL OR twice >= 0",
            order_by=(("amount", True),),
            custom=DROPPING,
        )
        result = clean.run(step, context)
        staying, quarantined, duplicates, discarded = expected(rows)
        staging = landed.FILMS.staging(context.run_key)
        found = query(warehouse_db, f"SELECT id, _bronze_part, _bronze_record FROM {staging}")
        assert {
            key: int(str(record)) + (len(pieces[0]) if part else 0) for key, part, record in found
        } == staying
        assert result.rows_in == len(rows)
        assert (
            result.rows_out,
            result.rows_quarantined,
            result.rows_deduplicated,
            result.rows_discarded,
        ) == (len(staying), quarantined, duplicates, discarded)

    check()
