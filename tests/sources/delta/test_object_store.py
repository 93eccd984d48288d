"""A Delta table in an object store as a source: the same as in a folder, and nothing beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from tests.s3_server import with_wrong_secret
from tests.sources.conftest import Extract, Landed
from tests.sources.delta.crafted import (
    delete_by_file,
    delete_by_vector,
    make_table,
    map_columns,
    name_file,
)
from tests.sources.delta.test_source import CHANGES, offsets, rows, source
from tests.storage_servers import FileServer, free_port

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.sources.base.locations import Location
from medallion.sources.base.object_store import StoredTable, find_stored_table
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.base.stream import StreamRange
from medallion.sources.base.table_feed import number_partition

FIRST = pa.table({"id": [1, 2, 3], "name": ["a", "b", "c"]})
FEED_COLUMNS = ("_change_type", "id", "name", "_commit_version")


@dataclass(frozen=True, kw_only=True)
class Store:
    """A folder of an object store, as Medallion finds it and as delta-rs writes into it."""

    server: FileServer
    extract: Extract

    def stored(self, name: str) -> StoredTable:
        location = Location.parse(self.server.url(name))
        assert location is not None
        return find_stored_table(location, self.server.details)

    def open(self, name: str = "table") -> DeltaTable:
        stored = self.stored(name)
        return DeltaTable(stored.uri, storage_options=dict(stored.options))

    def write(self, table: pa.Table, **more: Any) -> None:
        stored = self.stored("table")
        write_deltalake(stored.uri, table, storage_options=dict(stored.options), **more)

    def upload(self, folder: Path) -> None:
        """A table that was made by hand, under its folder's name."""
        for file in filter(Path.is_file, folder.rglob("*")):
            self.server.put(f"{folder.name}/{file.relative_to(folder)}", file.read_bytes())

    def land(
        self, name: str = "table", details: ConnectionDetails | None = None, **keys: Any
    ) -> Landed:
        stream = keys.pop("stream", None)
        read = source(location=self.server.url(name), **keys)
        return self.extract(read, connection=details or self.server.details, stream=stream)


@pytest.fixture(params=["azurite", "s3"])
def store(request: pytest.FixtureRequest, extract: Extract) -> Store:
    server: FileServer = request.getfixturevalue(request.param)
    return Store(server=server.apart(), extract=extract)


def test_a_version_a_moment_and_what_is_now(store: Store) -> None:
    store.write(FIRST, partition_by=["name"])
    store.write(pa.table({"id": [4], "name": ["é d/%=?#"]}), mode="append")
    assert rows(store.land(), "id", "name") == [(1, "a"), (2, "b"), (3, "c"), (4, "é d/%=?#")]
    landed = store.land(version=0)
    assert landed.manifest.records == 3 and landed.manifest.notes["delta_version"] == 0
    second, first = (
        datetime.fromtimestamp(one["timestamp"] / 1000, UTC) for one in store.open().history()
    )
    assert store.land(timestamp=second).manifest.records == 4
    assert store.land(timestamp=first).manifest.records == 3
    with pytest.raises(SourceRefused, match="the log begins with version 0"):
        store.land(timestamp=first - timedelta(milliseconds=1))
    with pytest.raises(SourceRefused, match="cannot be read"):
        store.land(version=7)
    store.open().create_checkpoint()
    assert store.land().manifest.records == 4
    store.write(FIRST, mode="overwrite")
    store.open().vacuum(0, dry_run=False, enforce_retention_duration=False)
    assert store.land().manifest.records == 3
    with pytest.raises(SourceRefused, match="cannot be read") as refused:
        store.land(version=1)
    assert "VACUUM" in refused.value.remedy


def test_changes_are_read_on_from_the_last_publication(store: Store) -> None:
    store.write(FIRST, configuration=CHANGES)
    store.write(pa.table({"id": [4], "name": ["d"]}), mode="append")
    store.open().update(predicate="id = 2", updates={"name": "'B'"})
    store.open().delete("id = 1")
    feed = partial(store.land, change_feed=True)
    stored = store.stored("table")
    table = of_store(store)
    whole = feed()
    assert rows(whole, *FEED_COLUMNS) == [
        ("insert", 2, "B", 3), ("insert", 3, "c", 3), ("insert", 4, "d", 3),
    ]  # fmt: skip
    assert offsets(whole) == (None, 4, 3)
    later = feed(stream=StreamRange(begins={table: 1}))
    assert rows(later, *FEED_COLUMNS) == [
        ("delete", 1, "a", 3), ("insert", 4, "d", 1), ("update_postimage", 2, "B", 2),
    ]  # fmt: skip
    assert offsets(later) == (1, 4, 3)
    assert offsets(feed(stream=StreamRange(begins={table: 4}))) == (4, 4, 0)
    again = feed(stream=StreamRange(begins={table: 1}, ends={table: 2}))
    assert rows(again, *FEED_COLUMNS) == [("insert", 4, "d", 1)]
    made = store.open().history()[1]["timestamp"]
    at = datetime.fromtimestamp(made / 1000, UTC)
    between = (at, at + timedelta(milliseconds=1))
    of_interval = feed(stream=StreamRange(between=between))
    assert ("update_postimage", 2) in rows(of_interval, "_change_type", "id")
    with pytest.raises(SourceRefused, match="was made again"):
        feed(stream=StreamRange(begins={table: 9}))
    prefix = stored.uri.partition("://")[2].partition("/")[2]
    store.server.container.delete_blob(f"{prefix}/_delta_log/{1:020d}.json")
    with pytest.raises(SourceRefused):
        feed(stream=StreamRange(begins={table: 1}))


def of_store(store: Store) -> int:
    """The partition of the table's feed."""
    return number_partition(str(store.open().metadata().id).encode())


def test_what_a_cleaned_log_no_longer_has_is_named(store: Store) -> None:
    store.write(FIRST, configuration=CHANGES | {"delta.logRetentionDuration": "interval 0 days"})
    table = of_store(store)
    for number in (4, 5):
        store.write(pa.table({"id": [number], "name": ["d"]}), mode="append")
    store.open().create_checkpoint()
    store.open().cleanup_metadata()
    with pytest.raises(SourceRefused, match="no longer has version 1"):
        store.land(change_feed=True, stream=StreamRange(begins={table: 1}))
    assert store.land(change_feed=True, stream=StreamRange(whole=True)).manifest.records == 5


def test_deletion_vectors_and_renamed_columns_are_read_rightly(
    store: Store, tmp_path: Path
) -> None:
    delete_by_vector(make_table(tmp_path / "deleted"), [1])
    delete_by_file(make_table(tmp_path / "beside"), [0, 2])
    delete_by_file(make_table(tmp_path / "below"), [0, 2], prefix="ab")
    map_columns(make_table(tmp_path / "named", ("col-1", "col-2")), {"col-1": "id", "col-2": "n"})
    wanted = {
        "deleted": [(1, "a"), (3, "c")],
        "beside": [(2, "b")],
        "below": [(2, "b")],
        "named": [(1, "a"), (2, "b"), (3, "c")],
    }
    for name, found in wanted.items():
        store.upload(tmp_path / name)
        assert rows(store.land(name)) == found, name
    # A checkpoint has them too, once the commits are gone.
    store.open("beside").create_checkpoint()
    assert rows(store.land("beside")) == [(2, "b")]


Change = Callable[[Path], object]
OUTSIDE: dict[str, Change] = {
    "file-up": lambda table: name_file(table, "../other/x.parquet"),
    "file-encoded": lambda table: name_file(table, "%2e%2e/other/x.parquet"),
    "file-twice": lambda table: name_file(table, "%252e%252e/other/x.parquet"),
    "file-whole": lambda table: name_file(table, "s3://files/other/x.parquet"),
    "file-azure": lambda table: name_file(table, "abfss://files@acme.dfs.core.windows.net/x"),
    "file-root": lambda table: name_file(table, "/other/x.parquet"),
    "vector-up": lambda table: delete_by_file(table, [0], "../other/"),
    "vector-whole": lambda table: delete_by_file(table, [0], kind="p"),
}


def test_a_log_leads_nowhere_else(store: Store, tmp_path: Path) -> None:
    for name, change in OUTSIDE.items():
        table = make_table(tmp_path / name)
        change(table)
        store.upload(table)
        with pytest.raises(SourceRefused, match="outside of its folder"):
            store.land(name)


def test_wrong_logins_and_stores_that_do_not_answer_say_so_without_secrets(store: Store) -> None:
    with pytest.raises(SourceRefused, match="there is no Delta table"):
        store.land("nowhere")
    store.write(FIRST)
    wrong = with_wrong_secret(store.server)
    with pytest.raises(SourceRefused) as refused:
        store.land(details=wrong)
    assert "AAAA" not in f"{refused.value} {refused.value.remedy}"
    with pytest.raises(SourceUnavailable) as unavailable:
        store.land(details=at_nobody(store.server))
    assert "AAAA" not in str(unavailable.value) and "Eby8" not in str(unavailable.value)


def at_nobody(server: FileServer) -> ConnectionDetails:
    """The same connection, to a port where nobody listens."""
    port = free_port()
    if server.scheme == "s3":
        extra = {**server.details.extra, "endpoint_url": f"http://127.0.0.1:{port}"}
    else:
        text = str(server.details.extra["connection_string"])
        start = text.partition("BlobEndpoint")[0]
        nobody = f"BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1;"
        extra = {"connection_string": f"{start}{nobody}"}
    return replace(server.details, extra=extra)
