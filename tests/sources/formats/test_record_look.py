"""What records look like, where a cell is made to take long."""

from __future__ import annotations

from medallion.sources.formats.record_look import RecordLook, is_written_value


def test_a_cell_of_many_digits_that_is_no_number_takes_no_time() -> None:
    """Each digit was tried as the last one of a number: minutes for a cell of 100,000."""
    listed = "12, 7, " * 100_000 + "and so on"
    assert not is_written_value(listed)
    assert is_written_value("+1 234 567,50")
    assert is_written_value("2026-03-01T10:00:00.123456+01:00")
    look = RecordLook(2)
    for number in range(3):
        look.see([str(number), listed])
    assert look.is_like(["4", listed])
