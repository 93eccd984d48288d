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
