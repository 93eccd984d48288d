"""Who looks at the pages of the test's `shop`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from tests.airflow.pages.visitors import client
from tests.catalogue.shop import Shop

from medallion.airflow.pages import desk


@pytest.fixture
def pages(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """As somebody who may read the shop's DAGs."""
    with client(shop, monkeypatch, "shop") as opened:
        yield opened
    desk._shelf.cache_clear()


@pytest.fixture
def strangers(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """As somebody who may read those of another domain."""
    with client(shop, monkeypatch, "other") as opened:
        yield opened
    desk._shelf.cache_clear()
