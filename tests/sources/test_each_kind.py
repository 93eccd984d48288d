"""What holds for every source type. A new one is a fixture here: its source, and how to fill it."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from tests.kafka_broker import Broker
from tests.sources.conftest import DAY, ApiServer, Extract, Landed
from tests.sources.iceberg.crafted import Lakehouse

from medallion.errors import SourceUnavailable
from medallion.lake.landing import LandingWriter
from medallion.replay import REPLAY_TOKEN, ReplayServer
from medallion.sources.airbyte.source import AirbyteSource
from medallion.sources.base.source import ConnectionDetails, SourceModel
from medallion.sources.database.source import DatabaseSource
from medallion.sources.delta.source import DeltaSource
from medallion.sources.dlt.source import DltSource
from medallion.sources.file.source import FileSource
from medallion.sources.fivetran.source import FivetranSource
from medallion.sources.iceberg.source import IcebergSource
from medallion.sources.kafka.source import KafkaSource
from medallion.sources.kinds import type_words
from medallion.sources.rest.source import RestSource
from medallion.sources.tmdb.source import TmdbSource

SECRET = "s3cret-of-the-source"


@dataclass(kw_only=True)
class Kind:
    """A source, what makes it hold so many records, and the connection that leads to it."""

    source: SourceModel
    fill: Callable[[int], None]
    connection: Callable[[], ConnectionDetails | None] = lambda: None
    secret: str = SECRET

    def extract(self, extract: Extract) -> Landed:
        return extract(self.source, connection=self.connection(), until=DAY + timedelta(1))


@pytest.fixture
def file_kind(tmp_path: Path) -> Kind:
    def fill(number: int) -> None:
        lines = ["id;name", *(f'{at};"a\nb"' for at in range(number))]
        (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")

    source = {"type": "file", "path": "a.csv", "delimiter": ";"}
    return Kind(source=FileSource.model_validate(source), fill=fill)


@pytest.fixture
def delta_kind(tmp_path: Path) -> Kind:
    def fill(number: int) -> None:
        rows = {"id": pa.array(range(number), pa.int64()), "name": ["a"] * number}
        write_deltalake(str(tmp_path / "table"), pa.table(rows))

    return Kind(source=DeltaSource(type="delta", location="table"), fill=fill)


@pytest.fixture
def iceberg_kind(tmp_path: Path) -> Kind:
    house = Lakehouse.make(tmp_path / "house")

    def fill(number: int) -> None:
        rows = {"id": pa.array(range(number), pa.int64()), "name": ["a"] * number}
        house.make_table(rows=pa.table({**rows, "name": pa.array(rows["name"], pa.string())}))

    source = IcebergSource(
        type="iceberg", location="house", catalog="lakehouse", table="shop.orders"
    )
    details = replace(house.details, password=SECRET)
    return Kind(source=source, fill=fill, connection=lambda: details)


@pytest.fixture
def database_kind(tmp_path: Path) -> Kind:
    file = tmp_path / "a.db"

    def fill(number: int) -> None:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE a (id INTEGER, name TEXT)")
            connection.executemany("INSERT INTO a VALUES (?, 'b')", [(at,) for at in range(number)])
            connection.commit()

    source = {"type": "database", "conn_id": "shop", "table": "a"}
    details = ConnectionDetails(
        conn_id="shop", conn_type="sqlite", host=str(file), login="ana", password=SECRET
    )
    return Kind(source=DatabaseSource.model_validate(source), fill=fill, connection=lambda: details)


def loaded_kind(
    model: type[SourceModel], file: Path, create: str, insert: str, **more: Any
) -> Kind:
    """A table of SQLite that a tool has loaded, with its own columns beside `id`."""

    def fill(number: int) -> None:
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(create)
            connection.executemany(insert, [(at,) for at in range(number)])
            connection.commit()

    said = {"type": get_args(model.model_fields["type"].annotation)[0], "conn_id": "shop"}
    details = ConnectionDetails(
        conn_id="shop", conn_type="sqlite", host=str(file), login="ana", password=SECRET
    )
    source = model.model_validate({**said, "table": "a", **more})
    return Kind(source=source, fill=fill, connection=lambda: details)


@pytest.fixture
def airbyte_kind(tmp_path: Path) -> Kind:
    create = "CREATE TABLE a (id, _airbyte_raw_id, _airbyte_extracted_at, _airbyte_meta)"
    insert = "INSERT INTO a VALUES (?, 'r', '2026-01-01 10:00:00', '{\"changes\": []}')"
    return loaded_kind(AirbyteSource, tmp_path / "a.db", create, insert)


@pytest.fixture
def fivetran_kind(tmp_path: Path) -> Kind:
    create = "CREATE TABLE a (id, _fivetran_deleted, _fivetran_synced)"
    insert = "INSERT INTO a VALUES (?, 0, '2026-01-01 10:00:00')"
    return loaded_kind(FivetranSource, tmp_path / "a.db", create, insert)


@pytest.fixture
def dlt_kind(tmp_path: Path) -> Kind:
    create = (
        "CREATE TABLE _dlt_loads (load_id, schema_name, status, inserted_at);"
        "INSERT INTO _dlt_loads VALUES ('1.5', 'shop', 0, '2026-01-01 10:00:00');"
        "CREATE TABLE a (id, _dlt_load_id, _dlt_id)"
    )
    return loaded_kind(DltSource, tmp_path / "a.db", create, "INSERT INTO a VALUES (?, '1.5', 'x')")


@pytest.fixture
def rest_kind(api_server: ApiServer) -> Kind:
    def fill(number: int) -> None:
        def page(asked: Any) -> dict[str, Any]:
            start = 3 * int(asked.params["page"]) - 3
            return {"data": [{"id": at} for at in range(number)][start : start + 3]}

        api_server.answer = page

    source = {
        "type": "rest",
        "conn_id": "shop",
        "path": "orders",
        "auth": {"type": "bearer"},
        "records": "data",
        "pagination": {"type": "page_number"},
    }
    return Kind(
        source=RestSource.model_validate(source),
        fill=fill,
        connection=lambda: api_server.connection(password=SECRET, schema="http"),
    )


@pytest.fixture
def tmdb_kind() -> Iterator[Kind]:
    with ExitStack() as stack:
        servers: list[ReplayServer] = []

        def fill(number: int) -> None:
            films = [{"id": at, "release_date": "2026-01-01"} for at in range(1, number + 1)]
            servers.append(stack.enter_context(ReplayServer(films=films)))

        yield Kind(
            source=TmdbSource.model_validate({"type": "tmdb", "endpoint": "discover/movie"}),
            fill=fill,
            connection=lambda: ConnectionDetails(
                conn_id="tmdb_default",
                host="127.0.0.1",
                port=servers[-1].port,
                schema="http",
                password=REPLAY_TOKEN,
            ),
            secret=REPLAY_TOKEN,
        )


@pytest.fixture
def kafka_kind(kafka_broker: Broker) -> Kind:
    topic = kafka_broker.make_topic(partitions=2)

    def fill(number: int) -> None:
        values = [{"value": b'{"id": %d}' % at, "partition": at % 2} for at in range(number)]
        kafka_broker.write(topic, values)

    details = replace(kafka_broker.connection(), login="ana", password=SECRET)
    plain = {**details.extra, "security.protocol": "PLAINTEXT"}
    return Kind(
        source=KafkaSource.model_validate({"type": "kafka", "conn_id": "broker", "topic": topic}),
        fill=fill,
        connection=lambda: replace(details, extra=plain),
    )


KINDS = (
    "airbyte", "database", "delta", "dlt", "file", "fivetran", "iceberg", "kafka", "rest", "tmdb",
)  # fmt: skip


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.getfixturevalue(f"{request.param}_kind")
    return found


def test_no_source_type_is_left_out() -> None:
    assert type_words() == list(KINDS)


def test_its_records_are_counted(kind: Kind, extract: Extract) -> None:
    kind.fill(7)
    assert kind.extract(extract).manifest.records == 7


def test_a_source_without_records_is_landed(kind: Kind, extract: Extract) -> None:
    kind.fill(0)
    assert kind.extract(extract).manifest.records == 0


def test_a_landing_without_its_manifest_is_made_again_with_the_same_bytes(
    kind: Kind, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise SourceUnavailable("the machine went", remedy="")

    kind.fill(7)
    with monkeypatch.context() as broken:
        broken.setattr(LandingWriter, "finish", dies)
        with pytest.raises(SourceUnavailable):
            kind.extract(extract)
    again, once_more = kind.extract(extract), kind.extract(extract)
    assert again.manifest.records == 7
    digests = [[part.sha256 for part in each.manifest.parts] for each in (again, once_more)]
    assert digests[0] == digests[1]


def test_it_names_its_connections_and_no_secret_of_theirs(
    kind: Kind, extract: Extract, caplog: pytest.LogCaptureFixture
) -> None:
    kind.fill(7)
    with caplog.at_level(logging.DEBUG):
        landed = kind.extract(extract)
    details = kind.connection()
    assert kind.source.conn_ids() == ((details.conn_id,) if details else ())
    written = (
        landed.manifest.to_json(),
        json.dumps(dict(kind.source.describe())),
        kind.source.preview(DAY, DAY + timedelta(1)),
        caplog.text,
    )
    assert [text for text in written if kind.secret in text] == []
