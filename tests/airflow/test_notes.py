"""Notes: what is left for them, and whose they are. tests/local looks at real ones."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import Column, MetaData, String, Table, create_engine, select

from medallion.airflow.notes import LONGEST, NOTE, _keep, _text, leave_note, note_of, shorten
from medallion.steps.context import StepResult

NOTES = Table(
    "notes",
    MetaData(),
    Column("ti_id", String),
    Column("content", String),
    Column("user_id", String),
)


def test_only_what_needs_a_look_is_noted() -> None:
    assert note_of(StepResult(rows_in=1, rows_out=1)) == ""
    attention = ["warned: not_null {column: id}: 1 of 4 rows", "quarantined: …"]
    result = StepResult(rows_in=1, rows_out=1, details={"attention": attention})
    assert note_of(result) == "\n".join(attention)


def test_what_keeps_a_note_from_being_left_changes_nothing_of_the_task() -> None:
    def away(**_: object) -> None:
        raise ConnectionError

    leave_note({"ti": SimpleNamespace(xcom_push=away)}, "text")
    leave_note({}, "text")


def test_a_note_is_no_longer_than_airflow_keeps() -> None:
    assert len(shorten("x" * 2000, LONGEST)) == LONGEST
    assert shorten("short", LONGEST) == "short"


@pytest.mark.parametrize("value", ["text", '"text"'])
def test_an_xcom_is_read_as_text(value: str) -> None:
    assert _text(value) == "text"


def test_our_note_is_replaced_and_a_persons_stays() -> None:
    with create_engine("sqlite://").begin() as connection:
        NOTES.create(connection)

        def noted(text: str) -> list[tuple[str, str]]:
            _keep(connection, NOTES, "ti_id", "a", text)
            rows = connection.execute(select(NOTES.c.content, NOTES.c.user_id))
            return [(row[0], row[1]) for row in rows]

        assert noted("first") == [("first", NOTE)]
        assert noted("second") == [("second", NOTE)]
        assert noted("") == []
        connection.execute(NOTES.insert().values(ti_id="a", content="mine", user_id="admin"))
        assert noted("third") == [("mine", "admin")]
        assert noted("") == [("mine", "admin")]
