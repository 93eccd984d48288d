"""A shop with two days published, which all tests here share; and one of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.catalogue.shop import Shop, make_shop, two_days
from tests.conftest import fresh_database

from medallion.local.postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def published(
    tmp_path_factory: pytest.TempPathFactory, embedded_postgres: EmbeddedPostgres, pg_url: str
) -> Iterator[Shop]:
    """Two days, of which the second one differs a little. Tests only look at it."""
    with fresh_database(embedded_postgres, pg_url) as url:
        yield two_days(tmp_path_factory.mktemp("shop") / "project", url)


@pytest.fixture
def shop(tmp_path: Path, warehouse_db: str) -> Shop:
    """A shop where nothing has run."""
    return make_shop(tmp_path / "project", warehouse_db)
