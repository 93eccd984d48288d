"""Quarantine by reason, by run and row by row, without personal values; dropping rows."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from tests.catalogue.shop import SALES, Shop

from medallion.catalogue.personal import find_hidden_fields
from medallion.catalogue.quarantine import HIDDEN, Quarantine, RowsAsked, read_quarantine
from medallion.errors import SetupError
from medallion.operations.drop_quarantine import drop_quarantine
from medallion.publish.relations import identifier
from medallion.warehouse.registry.operator_actions import actions_of


def quarantine_of(shop: Shop, asked: RowsAsked | None = None) -> Quarantine:
    with shop.session() as session:
        hidden = find_hidden_fields(shop.declared(), SALES)
        return read_quarantine(session, SALES, hidden, asked or RowsAsked())


def test_open_rows_by_reason_and_run(published: Shop) -> None:
    found = quarantine_of(published)
    assert (found.counts.open, found.counts.runs) == (4, 2)
    assert {one.reason: one.rows for one in found.reasons}["between_amount"] == 2
    assert [(one.run.run_id, one.rows) for one in found.runs] == [
        ("scheduled__0", 2),
        ("scheduled__1", 2),
    ]
    assert len(found.rows) == 4
    assert found.next_after is None


def test_rows_of_one_reason_one_run_and_the_next_page(published: Shop) -> None:
    of_check = quarantine_of(published, RowsAsked(reason="between_amount")).rows
    assert [row.fields["sale_id"] for row in of_check] == ["3", "3"]
    of_cast = next(one for one in quarantine_of(published).reasons if one.stage == "clean")
    assert len(quarantine_of(published, RowsAsked(reason=of_cast.reason)).rows) == 2
    of_run = quarantine_of(published, RowsAsked(run_id="scheduled__1")).rows
    assert {row.run_id for row in of_run} == {"scheduled__1"}
    rest = quarantine_of(published, RowsAsked(after=of_check[0].quarantine_id)).rows
    assert len(rest) < 4


def test_personal_fields_have_no_value(published: Shop) -> None:
    rows = quarantine_of(published).rows
    assert {row.fields["email"] for row in rows} == {HIDDEN}


def test_what_a_reason_quotes_of_a_field_that_is_personal_now_is_not_shown(published: Shop) -> None:
    """`amount` was not when the rows were quarantined."""
    with published.session() as session:
        found = read_quarantine(session, SALES, frozenset({"amount"}), RowsAsked())
    said = {reason for row in found.rows for reason in row.reasons if reason.startswith("amount")}
    assert said
    assert all('"…"' in reason and "none" not in reason for reason in said)
    assert "none" not in str(found.reasons)


def test_a_record_that_is_not_an_object_is_shown_as_its_text(shop: Shop) -> None:
    shop.run(0)
    with psycopg.connect(shop.url) as connection:
        query = sql.SQL("UPDATE {} SET record = CASE stage WHEN 'gate' THEN 'null' ELSE {} END")
        others = sql.Literal(Jsonb(["é", 1]))
        connection.execute(query.format(identifier(SALES.quarantine), others))
    asked = RowsAsked()
    with shop.session() as session:
        clear = read_quarantine(session, SALES, frozenset(), asked)
        hidden = read_quarantine(session, SALES, frozenset({"email"}), asked)
    assert {row.fields["_text"] for row in clear.rows} == {"null", '["é", 1]'}
    assert [row.fields for row in hidden.rows] == [{"_text": HIDDEN}] * 2


def test_rows_of_a_run_are_dropped_and_journalled(shop: Shop) -> None:
    shop.run(0)
    with pytest.raises(SetupError, match="scheduled__9 has no open rows"):
        drop_quarantine(shop.url, SALES, ["scheduled__9"], by="ada")
    assert drop_quarantine(shop.url, SALES, ["scheduled__0"], by="ada") == 2
    assert quarantine_of(shop).counts.open == 0
    with shop.session() as session:
        done = actions_of(session, SALES)
    assert [(one.done_by, one.action) for one in done] == [("ada", "drop quarantine")]
    assert done[0].details == {"runs": ["scheduled__0"], "rows": 2}
