"""Catalogues: which metadata are a table's newest, by SQL and by REST."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict
from pyiceberg.catalog.sql import SqlCatalog
from tests.sources.conftest import ApiServer, Asked, Extract
from tests.sources.iceberg.crafted import ROWS, Lakehouse

from medallion.errors import SetupError, SourceRefused, SourceUnavailable
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.iceberg.source import IcebergSource

SECRET = "s3cret-of-the-catalogue"


def source(**keys: Any) -> IcebergSource:
    said = {"type": "iceberg", "location": "house/shop", "catalog": "lakehouse", **keys}
    return IcebergSource.model_validate({"table": "shop.orders", **said})


@pytest.fixture
def house(tmp_path: Path) -> Lakehouse:
    return Lakehouse.make(tmp_path / "house")


def postgres(url: str, **changed: Any) -> ConnectionDetails:
    found = conninfo_to_dict(url)
    given = {
        "conn_id": "lakehouse",
        "conn_type": "postgres",
        "host": found["host"],
        "port": int(str(found["port"])),
        "schema": found["dbname"],
        "login": found["user"],
        "password": found.get("password", ""),
    }
    return ConnectionDetails(**{**given, **changed})


def test_a_catalogue_in_postgresql(house: Lakehouse, warehouse_db: str, extract: Extract) -> None:
    uri = warehouse_db.replace("postgresql://", "postgresql+psycopg://", 1)
    warehouse = f"file://{house.folder}"
    for name in ("one", "two"):
        catalog = SqlCatalog(name, uri=uri, warehouse=f"{warehouse}/{name}")
        catalog.create_namespace("shop")
    for rows in (ROWS, ROWS):
        catalog.create_table_if_not_exists("shop.orders", ROWS.schema).append(rows)
    details = postgres(warehouse_db)
    asked = source(location="house/two/shop/orders")
    assert extract(asked, connection=details).manifest.records == 6
    with pytest.raises(SourceRefused, match=r"has no table shop\.payments"):
        extract(source(table="shop.payments"), connection=details)
    other = SqlCatalog("one", uri=uri, warehouse=f"{warehouse}/one")
    other.create_table("shop.orders", ROWS.schema)
    with pytest.raises(SetupError, match="in several catalogues of lakehouse: one, two"):
        extract(asked, connection=details)
    named = replace(details, extra={"catalog_name": "two"})
    assert extract(asked, connection=named).manifest.records == 6
    for wrong in ({"password": SECRET}, {"port": 1}):
        with pytest.raises(SourceUnavailable) as refused:
            extract(asked, connection=replace(details, **wrong))
        assert SECRET not in f"{refused.value} {refused.value.remedy}"


def test_a_catalogue_in_sqlite_is_only_read(
    house: Lakehouse, tmp_path: Path, extract: Extract
) -> None:
    house.make_table()
    file = Path(house.details.host)
    file.chmod(0o444)
    before = file.read_bytes()
    assert extract(source(), connection=house.details).manifest.records == 3
    assert file.read_bytes() == before
    with pytest.raises(SetupError, match="names no file of SQLite"):
        extract(source(), connection=replace(house.details, host=str(tmp_path / "none.db")))
    empty = tmp_path / "empty.db"
    empty.touch()
    with pytest.raises(SourceRefused, match="iceberg_tables"):
        extract(source(), connection=replace(house.details, host=str(empty)))
    with pytest.raises(SetupError, match="which is not a catalogue of Iceberg"):
        extract(source(), connection=replace(house.details, conn_type="ftp"))


def answer_as_rest(house: Lakehouse, asked: Asked, api: ApiServer) -> Any:
    """What the published API says, of a catalogue of SQL."""
    if asked.path.endswith("/v1/oauth/tokens"):
        is_known = asked.form.get("client_secret") == SECRET
        token = {"access_token": "a-token", "token_type": "bearer", "expires_in": 60}
        return token if is_known else api.Reply(status=401, body={"error": "invalid_client"})
    if asked.headers.get("authorization") != "Bearer a-token":
        return api.Reply(status=401, body={"error": {"message": "no", "type": "x", "code": 401}})
    if asked.path.endswith("/v1/config"):
        return {"defaults": {}, "overrides": {"prefix": "main"}}
    if asked.path.endswith("/tables/begun"):
        return {"metadata-location": None, "metadata": {}}
    if not asked.path.endswith("/v1/main/namespaces/shop/tables/orders"):
        code = 403 if asked.path.endswith("/tables/hidden") else 404
        said = {"message": "no table", "type": "x", "code": code}
        return api.Reply(status=code, body={"error": said})
    table = house.catalog.load_table("shop.orders")
    return {
        "metadata-location": table.metadata_location,
        "metadata": table.metadata.model_dump(mode="json", by_alias=True),
        "config": {"py-io-impl": "tests.sources.iceberg.crafted.Lakehouse"},
    }


def test_a_rest_catalogue(house: Lakehouse, api_server: ApiServer, extract: Extract) -> None:
    house.make_table()
    api_server.answer = lambda asked: answer_as_rest(house, asked, api_server)
    details = ConnectionDetails(
        conn_id="lakehouse", conn_type="iceberg", host=f"{api_server.url}/api", login="ana",
        password=SECRET,
    )  # fmt: skip
    assert extract(source(), connection=details).manifest.records == 3
    by_token = replace(details, login="", password="a-token")
    assert extract(source(), connection=by_token).manifest.records == 3
    with pytest.raises(SourceRefused, match=r"has no table shop\.payments"):
        extract(source(table="shop.payments"), connection=details)
    with pytest.raises(SourceRefused, match=r"may not see shop\.hidden \(HTTP 403\)"):
        extract(source(table="shop.hidden"), connection=details)
    with pytest.raises(SourceRefused, match=r"has no table shop\.begun"):
        extract(source(table="shop.begun"), connection=details)
    for wrong in (replace(details, password="wrong"), replace(by_token, password="wrong")):
        with pytest.raises(SourceRefused, match="cannot be asked"):
            extract(source(), connection=wrong)
    with pytest.raises(SourceUnavailable, match="cannot be asked"):
        extract(source(), connection=replace(details, host="http://127.0.0.1:1"))
    with pytest.raises(SetupError, match="names no catalogue"):
        extract(source(), connection=replace(details, host=""))
