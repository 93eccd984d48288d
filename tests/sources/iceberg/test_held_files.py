"""Tables that somebody has made to do harm: their metadata lead nowhere else."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.manifest import write_manifest, write_manifest_list
from pyiceberg.table import Table
from tests.s3_server import say_to_pyiceberg, with_wrong_secret
from tests.sources.conftest import Extract, Landed
from tests.sources.iceberg.crafted import (
    ROWS,
    Lakehouse,
    change_metadata,
    data_files,
    delete_by_position,
    folder_of,
    metadata_of,
    path_of,
)
from tests.storage_servers import FileServer

from medallion.errors import SourceRefused
from medallion.sources.base.object_store import StoredTable
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.iceberg import table as iceberg_table
from medallion.sources.iceberg.held_files import HeldFiles
from medallion.sources.iceberg.source import IcebergSource

OUTSIDE = "outside of the table's folder"


@pytest.fixture
def house(tmp_path: Path) -> Lakehouse:
    return Lakehouse.make(tmp_path / "house")


@pytest.fixture
def table(house: Lakehouse) -> Table:
    return house.make_table()


@pytest.fixture
def secret(house: Lakehouse) -> Table:
    """A table of somebody else, beside the first one."""
    return house.make_table("salaries")


def source(path: Path | str, root: Path, **keys: Any) -> IcebergSource:
    location = str(Path(path).relative_to(root))
    return IcebergSource.model_validate({"type": "iceberg", "location": location, **keys})


def name_manifest_list(location: str) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        data["snapshots"][0]["manifest-list"] = location

    return change


def craft(table: Table, data_file: str | None = None, manifest: str | None = None) -> Path:
    """Metadata whose manifest list, or whose manifest, names another file."""
    snapshot, io = table.current_snapshot(), table.io
    assert snapshot is not None
    (listed,) = snapshot.manifests(io)
    base = f"{table.location()}/metadata"
    if data_file is not None:
        (entry,) = listed.fetch_manifest_entry(io)
        entry.data_file._data[1] = data_file
        writer = write_manifest(
            2, table.spec(), table.schema(), io.new_output(f"{base}/crafted.avro"),
            snapshot.snapshot_id, "deflate",
        )  # fmt: skip
        with writer as opened:
            opened.add_entry(entry)
        listed = writer.to_manifest_file()
    if manifest is not None:
        listed._data[0] = manifest
    made = f"{base}/crafted-list.avro"
    with write_manifest_list(
        2, io.new_output(made), snapshot.snapshot_id, None, 1, "deflate"
    ) as opened_list:
        opened_list.add_manifests([listed])
    return change_metadata(table, name_manifest_list(made))


@pytest.mark.parametrize(
    "form", ["{path}", "file://{path}", "file:{path}", "file://localhost{path}", "{inside}/../{up}",
             "file://{inside}/../{up}", "s3://house{path}", "abfs://house{path}",
             "https://example.org{path}", "../{up}", "{up}", "file://host{path}"],
)  # fmt: skip
def test_metadata_lead_nowhere_else(
    table: Table, secret: Table, tmp_path: Path, extract: Extract, form: str
) -> None:
    snapshot = secret.current_snapshot()
    assert snapshot is not None
    names: dict[str, Callable[[str], Path]] = {
        snapshot.manifest_list: lambda name: change_metadata(table, name_manifest_list(name)),
        snapshot.manifests(secret.io)[0].manifest_path: lambda name: craft(table, manifest=name),
        data_files(secret)[0].file_path: lambda name: craft(table, data_file=name),
    }
    for target, made in names.items():
        path = path_of(target)
        up = path.relative_to(folder_of(secret).parent)
        named = form.format(path=path, inside=folder_of(table), up=up)
        with pytest.raises(SourceRefused, match=OUTSIDE):
            extract(source(made(named), tmp_path))


def test_nor_do_files_of_deletes(
    table: Table, secret: Table, tmp_path: Path, extract: Extract
) -> None:
    delete_by_position(table, [0])
    (deletes,) = folder_of(table).glob("data/*-deletes.parquet")
    outside = folder_of(secret) / "data/theirs.parquet"
    deletes.rename(outside)
    deletes.symlink_to(outside)
    with pytest.raises(SourceRefused, match=OUTSIDE):
        extract(source(metadata_of(table), tmp_path))


def test_nor_do_links_in_the_folder_and_hints(
    table: Table, secret: Table, tmp_path: Path, extract: Extract
) -> None:
    (file,) = (path_of(one.file_path) for one in data_files(table))
    (other,) = (path_of(one.file_path) for one in data_files(secret))
    file.unlink()
    file.symlink_to(other)
    with pytest.raises(SourceRefused, match=OUTSIDE):
        extract(source(metadata_of(table), tmp_path))
    hint = folder_of(table) / "metadata/version-hint.text"
    hint.write_text(f"../../salaries/metadata/{Path(metadata_of(secret)).name}")
    with pytest.raises(SourceRefused, match=OUTSIDE):
        extract(source(folder_of(table), tmp_path))
    outside = tmp_path.parent / f"{tmp_path.name}_outside"
    folder_of(secret).rename(outside)
    folder_of(secret).symlink_to(outside)
    with pytest.raises(SourceRefused, match="may read"):
        extract(source(folder_of(secret), tmp_path))


def test_a_catalogue_leads_to_no_folder_beside_the_location(
    house: Lakehouse, table: Table, secret: Table, extract: Extract
) -> None:
    said = {"type": "iceberg", "catalog": "lakehouse", "table": "shop.salaries"}
    elsewhere = IcebergSource.model_validate({**said, "location": "house/shop/orders"})
    with pytest.raises(SourceRefused, match=OUTSIDE):
        extract(elsewhere, connection=house.details)


def test_properties_of_a_table_open_nothing(table: Table, tmp_path: Path, extract: Extract) -> None:
    """pyiceberg itself imports the class that a table's properties name, and sends a login to the
    address that they name."""
    named = {"py-io-impl": "tests.sources.iceberg.crafted.Lakehouse", "s3.endpoint": "http://x"}
    made = change_metadata(table, lambda data: data.update(properties=named))
    assert extract(source(made, tmp_path)).manifest.records == 3


def test_metadata_that_are_broken_or_too_large_are_refused(
    table: Table, tmp_path: Path, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(table) / "metadata"
    whole = json.loads(Path(metadata_of(table)).read_text())
    for name, text in {
        "no-json": "{not json",
        "no-object": "[]",
        "no-table": "{}",
        "no-columns": json.dumps({**whole, "schemas": []}),
        "no-list": json.dumps({**whole, "snapshots": [{"snapshot-id": 1}]}),
    }.items():
        (folder / f"{name}.metadata.json").write_text(text)
        with pytest.raises(SourceRefused, match="cannot be read"):
            extract(source(folder / f"{name}.metadata.json", tmp_path))
    (folder / "binary.metadata.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceRefused, match="cannot be read"):
        extract(source(folder / "binary.metadata.json", tmp_path))
    packed = folder / "packed.gz.metadata.json"
    with pytest.raises(SourceRefused, match="is not there"):
        extract(source(packed, tmp_path))
    packed.write_bytes(gzip.compress(json.dumps(whole).encode()))
    assert extract(source(packed, tmp_path)).manifest.records == 3
    monkeypatch.setattr(iceberg_table, "MOST_METADATA", 500)
    for one in (packed, metadata_of(table)):
        with pytest.raises(SourceRefused, match="more than 500 bytes"):
            extract(source(one, tmp_path))


def held(uri: str, folder: str) -> HeldFiles:
    options = {"azure_storage_account_name": "acme"} if uri.startswith("az:") else {}
    return HeldFiles(
        stored=StoredTable(url=uri, uri=uri, options=options), store=None, folder=folder
    )


def test_object_stores_are_named_in_many_ways_and_accounts_are_held_apart() -> None:
    azure = held("az://lake/shop/orders", "lake/shop/orders")
    for name in ("abfs://lake/shop/orders/a", "az://lake/shop/orders/a",
                 "abfss://lake@acme.dfs.core.windows.net/shop/orders/a",
                 "wasbs://lake@acme.blob.core.windows.net/shop/orders/a"):  # fmt: skip
        assert azure.path_of(name) == "lake/shop/orders/a"
    for name in ("abfss://lake@evil.dfs.core.windows.net/shop/orders/a",
                 "abfss://lake@acme.evil.org@x/shop/orders/a", "abfs://other/shop/orders/a",
                 "s3://lake/shop/orders/a", "abfs://lake/shop/orders2/a", "/lake/shop/orders/a",
                 "abfs://lake/shop/orders/../x", "abfs://lake/shop/orders/a\0b"):  # fmt: skip
        with pytest.raises(SourceRefused, match=OUTSIDE):
            azure.path_of(name)
    s3 = held("s3://bucket/orders", "bucket/orders")
    assert s3.path_of("s3a://bucket/orders/a#b?c=%2e") == "bucket/orders/a#b?c=%2e"
    for name in ("s3://bucket@x/orders/a", "s3://other/orders/a", "file:///bucket/orders/a"):
        with pytest.raises(SourceRefused, match=OUTSIDE):
            s3.path_of(name)


@pytest.mark.parametrize("store", ["azurite", "s3"])
def test_a_table_in_an_object_store(
    request: pytest.FixtureRequest, house: Lakehouse, extract: Extract, store: str
) -> None:
    """pyiceberg writes it, into Azure by adlfs, and it is read by Arrow."""
    server: FileServer = request.getfixturevalue(store)
    root = server.url("").rpartition("@")[2].rstrip("/")
    catalog = SqlCatalog(
        "lakehouse", uri=f"sqlite:///{house.details.host}", warehouse=f"{server.scheme}://{root}",
        **say_to_pyiceberg(server.details),
    )  # fmt: skip
    made = catalog.create_table("shop.orders", ROWS.schema)
    made.append(ROWS)
    by_catalog = IcebergSource(
        type="iceberg", location=server.url("shop"), catalog="lakehouse", table="shop.orders"
    )

    def landed(one: IcebergSource, details: ConnectionDetails = server.details) -> Landed:
        return extract(one, connection=details, others=(house.details,))

    assert landed(by_catalog).table().to_pylist() == ROWS.to_pylist()
    made.append(ROWS)
    assert landed(by_catalog).manifest.records == 6
    url = server.url("shop/orders")
    name = made.metadata_location.rpartition("/")[2]
    by_file = IcebergSource(type="iceberg", location=f"{url}/metadata/{name}")
    assert landed(by_file).manifest.records == 6
    folder = IcebergSource(type="iceberg", location=url)
    with pytest.raises(SourceRefused, match=r"has no metadata/version-hint\.text"):
        landed(folder)
    server.put("shop/orders/metadata/version-hint.text", name.encode())
    assert landed(folder).manifest.records == 6
    with pytest.raises(SourceRefused, match="there is no Iceberg table"):
        landed(IcebergSource(type="iceberg", location=server.url("shop/none")))
    with pytest.raises(SourceRefused, match=OUTSIDE):
        landed(by_catalog.model_copy(update={"location": server.url("other")}))
    with pytest.raises(SourceRefused) as refused:
        landed(by_catalog, with_wrong_secret(server))
    assert "AAAA" not in f"{refused.value} {refused.value.remedy}"
