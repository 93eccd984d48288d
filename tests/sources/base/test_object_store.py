"""What connections of lakes say, in the words of the libraries that open tables."""

from __future__ import annotations

from typing import Any

import pytest

from medallion.errors import SetupError
from medallion.sources.base.locations import Location
from medallion.sources.base.object_store import StoredTable, find_stored_table
from medallion.sources.base.source import ConnectionDetails

STRING = (
    "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=a2V5;"
    "BlobEndpoint=https://acme.example.org/"
)


def find(**said: Any) -> StoredTable:
    location = Location.parse("abfs://lake@published/shop/orders")
    assert location is not None
    details = ConnectionDetails(conn_id="lake", conn_type="wasb", **said)
    return find_stored_table(location, details)


@pytest.mark.parametrize(
    ("said", "options"),
    [
        ({"extra": {"account_name": "acme"}}, {"account_name": "acme"}),
        ({"extra": {"extra__wasb__account_name": "acme"}}, {"account_name": "acme"}),
        ({"host": "https://acme.blob.core.windows.net", "password": "a2V5"},
         {"account_name": "acme", "account_key": "a2V5"}),
        ({"login": "acme", "password": "a2V5"}, {"account_name": "acme", "account_key": "a2V5"}),
        ({"extra": {"account_name": "acme", "account_key": "a2V5"}},
         {"account_name": "acme", "account_key": "a2V5"}),
        ({"extra": {"account_name": "acme", "sas_token": "?sig=1"}},
         {"account_name": "acme", "sas_token": "sig=1"}),
        ({"extra": {"connection_string": STRING, "account_name": "other"}},
         {"account_name": "acme", "account_key": "a2V5", "endpoint": "https://acme.example.org/"}),
        ({"login": "app", "password": "pw", "extra": {"tenant_id": "t", "account_name": "acme"}},
         {"account_name": "acme", "tenant_id": "t", "client_id": "app", "client_secret": "pw"}),
        ({"extra": {"account_name": "acme", "managed_identity_client_id": "id"}},
         {"account_name": "acme", "client_id": "id"}),
        ({"extra": {"account_name": "acme", "account_host": "acme.privatelink.example.org"}},
         {"account_name": "acme", "endpoint": "https://acme.privatelink.example.org"}),
    ],
)  # fmt: skip
def test_an_azure_connection_as_airflow_reads_it(
    said: dict[str, Any], options: dict[str, str]
) -> None:
    found = find(**said)
    assert found.uri == "az://published/shop/orders"
    assert found.options == {f"azure_storage_{name}": value for name, value in options.items()}


def test_a_connection_without_an_account_is_refused() -> None:
    with pytest.raises(SetupError, match="names no storage account"):
        find(login="app", password="pw", extra={"tenant_id": "t"})


def test_secrets_are_not_shown() -> None:
    assert "a2V5" not in repr(find(extra={"account_name": "acme", "account_key": "a2V5"}))
