"""A shop with two days published, which the tests of a module share; and one of a test's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.catalogue.shop import ROWS, Shop, make_shop


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, module_warehouse_db: str) -> Shop:
    """Two days: the second one has a sale more. Tests only look at it."""
    shop = make_shop(tmp_path_factory.mktemp("shop") / "project", module_warehouse_db)
    shop.run(0)
    shop.run(1, [*ROWS, "7,70.00,"])
    return shop


@pytest.fixture
def shop(tmp_path: Path, warehouse_db: str) -> Shop:
    """A shop where nothing has run."""
    return make_shop(tmp_path / "project", warehouse_db)
