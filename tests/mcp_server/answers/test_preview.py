"""A preview for an assistant: figures and rows, and no personal value anywhere."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

import pytest
from tests.cli.test_preview import project  # noqa: F401  # a fixture

from medallion.errors import SetupError
from medallion.mcp_server.answers import preview
from medallion.mcp_server.arguments import Preview
from medallion.warehouse.roles.catalogue_reader import catalogue_url


def test_rows_are_shown_without_personal_values(
    project: Path,  # noqa: F811
    warehouse_db: str,
) -> None:
    environ = {"MEDALLION_WAREHOUSE_URL": warehouse_db}
    with patch.dict(os.environ, environ):
        with pytest.raises(SetupError, match="no role that may only read it is named"):
            preview.answer(Preview(name="silver_shop.orders"), project)
        os.environ["MEDALLION_READER_URL"] = warehouse_db
        with pytest.raises(SetupError, match="may change it too"):
            preview.answer(Preview(name="silver_shop.orders"), project)
        os.environ["MEDALLION_READER_URL"] = catalogue_url(warehouse_db)
        text = preview.answer(Preview(name="silver_shop.orders", rows=1), project)
    for said in (
        "5 rows read = 2 published + 2 quarantined + 1 duplicates + 0 discarded",
        "columns: order_id bigint, amount numeric(10,2), buyer text",
        "1 of 2 rows:\n  order_id=1 | amount=9.50 | buyer=(personal: not shown)\n",
        "check between_amount, silver: quarantined: 1 of",
        "2 rows would be published, and 2 would go to quarantine instead.",
    ):
        assert said in text, text
    assert "example.org" not in text


PEOPLE = """\
description: Who buys.
schedule: "@daily"
start_date: 2026-01-01
datasets:
  people:
    source: {type: file, path: include/data/shop/people.csv}
    silver:
      primary_key: [id]
      columns:
        id: {type: bigint}
        mail: {type: text, classification: {pii: email, protect: none}}
gold:
  cast_to_number: {sql: cast_to_number.sql}
  key_twice: {sql: key_twice.sql, primary_key: [known_as]}
  checked: {sql: checked.sql, checks: [accepted_values: {column: known_as, values: [x]}]}
"""
SQL = {
    "cast_to_number": "select mail::bigint as n from silver_shop.people",
    "key_twice": "select 'of ' || mail as known_as from silver_shop.people, generate_series(1, 2)",
    "checked": "select split_part(mail, '@', 1) as known_as from silver_shop.people",
}
REFUSED = (
    "invalid input syntax for type bigint: (personal: not shown) [22P02]",
    "Key (known_as)=(personal: not shown) is duplicated.",
    "2 of 2 rows, for example (personal: not shown)",
)


def test_what_refuses_a_personal_value_does_not_repeat_it(
    project: Path,  # noqa: F811
    warehouse_db: str,
) -> None:
    (project / "specs/shop/people.yaml").write_text(PEOPLE, encoding="utf-8")
    people = 'id,mail\n1,"""ana"" (home)@example.org"\n2,bo@example.org\n'
    (project / "include/data/shop/people.csv").write_text(people, encoding="utf-8")
    for name, text in SQL.items():
        (project / f"include/sql/shop/{name}.sql").write_text(text, encoding="utf-8")
    reader = {"MEDALLION_READER_URL": catalogue_url(warehouse_db)}
    with patch.dict(os.environ, {"MEDALLION_WAREHOUSE_URL": warehouse_db, **reader}):
        text = preview.answer(Preview(name="shop.people", run="2026-02-03"), project)
    assert "interval: 2026-02-03 00:00 to 2026-02-04 00:00 UTC" in text
    for said in REFUSED:
        assert said in text, text
    for value in ("example.org", "ana", "bo@"):
        assert value not in text, text
