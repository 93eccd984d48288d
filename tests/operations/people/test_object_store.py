"""A person is erased from lakes in object stores, whose objects can only be put whole."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from tests.lake.test_landing import remote_root
from tests.operations.people.shop import (
    PERSON,
    Shop,
    has,
    publish_to,
    search_files,
    search_warehouse,
)
from tests.storage_servers import FileServer

from medallion.lake.storage import lake_path
from medallion.operations.people.erase import erase_person


@pytest.fixture(params=["of this process", "azurite", "s3_by_airflow"])
def lake_url(request: pytest.FixtureRequest) -> str:
    """An object store that only Airflow's paths reach, Azure's emulator, and S3's API."""
    if request.param == "of this process":
        return remote_root()
    server: FileServer = request.getfixturevalue(request.param)
    return f"{server.scheme}://{server.details.conn_id}@files/{secrets.token_hex(4)}"


def search(lake_url: str) -> list[str]:
    """The objects of a lake that have a word of hers, in their bytes."""
    found = []
    for path in lake_path(lake_url).rglob("*"):
        if path.is_file():
            content = path.read_bytes().decode("latin-1")
            found += [f"{path.name}: {word}" for word in PERSON if has(content, word)]
    return found


def test_nothing_has_her_in_an_object_store(
    lake_url: str, tmp_path: Path, warehouse_db: str
) -> None:
    shop = Shop(root=tmp_path / "shop", url=warehouse_db, lake_url=lake_url)
    shop.write()
    shop.deliver(0)
    shop.day(0)
    assert search(lake_url)
    (erasure,) = erase_person(
        shop.surroundings(), by="dpo", column="email", value="ada@example.org", is_meant=True
    )
    assert erasure.problems == []
    assert search(lake_url) == search_warehouse(shop.url) == []
    after = shop.read()
    shop.day(0, land=False)
    assert shop.read() == after, "parts are read by their new digests, and nobody is missing"


@pytest.mark.parametrize("format_", ["delta", "iceberg"])
@pytest.mark.parametrize("store", ["azurite", "s3"])
def test_lake_tables_in_an_object_store_have_nothing_of_her_either(
    request: pytest.FixtureRequest, tmp_path: Path, warehouse_db: str, store: str, format_: str
) -> None:
    found: FileServer = request.getfixturevalue(store)
    server = found.apart()

    def search_objects() -> list[str]:
        container = server.container
        names = [one.name for one in container.list_blobs(f"{server.folder}/open_lake/")]
        assert len(names) > len(PERSON), "it is looked for where it is"
        return search_files((name, container.download_blob(name).readall()) for name in names)

    lakes = server.url("open_lake")
    shop = Shop(root=tmp_path, url=warehouse_db, spec=publish_to(lakes, format_), lakes=lakes)
    shop.connections[server.details.conn_id] = server.details
    shop.write()
    for day, only in enumerate(("", "customers.")):  # one of them has a former version, too
        shop.deliver(day)
        shop.day(day, only=only)
    before = {one.rpartition(".")[2] for one in search_objects()}
    assert "parquet: lovelace" in before
    # Delta's log has the least and greatest values; Iceberg's manifests are written without them.
    assert ("json: lovelace" in before, "avro: lovelace" in before) == (format_ == "delta", False)
    (erasure,) = erase_person(
        shop.surroundings(), by="dpo", column="email", value="ada@example.org", is_meant=True
    )
    assert (erasure.problems, erasure.counts["lake table"]) == ([], 3)
    assert search_objects() == []
