"""The shop, compiled once."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.workbench.contracts.shop import read_shop, write_shop

from medallion.workbench.comparison.sides import Side


@pytest.fixture(scope="session")
def shop_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder; a test leaves it as it was."""
    return write_shop(tmp_path_factory.mktemp("contracts") / "project").root


@pytest.fixture(scope="session")
def side(shop_root: Path) -> Side:
    return read_shop(shop_root)
