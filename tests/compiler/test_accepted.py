"""The accepted version of one pipeline, and those of its whole domain: the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medallion.compiler.accepted import (
    Accepted,
    find_accepted,
    read_accepted,
    versions_file,
    write_accepted,
)
from medallion.compiler.entries import Store

SALES = Accepted(plan="a" * 64, since="2026-01-01T00:00:00+00:00", outline={"dag_id": "shop.sales"})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, folder=tmp_path / "plans")


def test_one_pipeline_is_found_as_all_of_its_domain_are(store: Store) -> None:
    write_accepted(store, "shop", {"sales": SALES, "stock": Accepted(stopped="b" * 64)})
    known = read_accepted(store, "shop")
    assert {name: find_accepted(store, "shop", name) for name in known} == known
    assert find_accepted(store, "shop", "sales") == SALES
    assert find_accepted(store, "shop", "prices") is None
    assert find_accepted(store, "library", "sales") is None


@pytest.mark.parametrize("text", ["[]", "null", "{", json.dumps({"sales": {"unknown": 1}})])
def test_what_is_damaged_was_never_accepted(store: Store, text: str) -> None:
    store.write(versions_file("shop"), text)
    assert find_accepted(store, "shop", "sales") is None
    assert read_accepted(store, "shop") == {}
