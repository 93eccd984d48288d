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


def find(scheme: str = "abfs", **said: Any) -> StoredTable:
    location = Location.parse(f"{scheme}://lake@published/shop/orders")
    assert location is not None
    kind = "aws" if scheme == "s3" else "wasb"
    details = ConnectionDetails(conn_id="lake", conn_type=kind, **said)
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


KEY = {"access_key_id": "AKIA", "secret_access_key": "c2VjcmV0"}
IN_EXTRA = {f"aws_{name}": value for name, value in KEY.items()}


@pytest.mark.parametrize(
    ("said", "options"),
    [
        ({}, {}),
        ({"login": "AKIA", "password": "c2VjcmV0"}, KEY),
        ({"extra": IN_EXTRA}, KEY),
        ({"login": "AKIA", "extra": IN_EXTRA}, KEY),
        ({"login": "AKIA", "password": "c2VjcmV0", "extra": {"aws_session_token": "dG9r"}},
         {**KEY, "session_token": "dG9r"}),
        ({"extra": {"endpoint_url": "http://minio:9000", "region_name": "eu-west-3"}},
         {"region": "eu-west-3", "endpoint": "http://minio:9000", "allow_http": "true"}),
        ({"extra": {"endpoint_url": "https://sts.example.org",
                    "service_config": {"s3": {"endpoint_url": "https://s3.example.org"}}}},
         {"endpoint": "https://s3.example.org"}),
        ({"extra": {"endpoint_url": "https://s3.example.org", "service_config": {"s3": "x"}}},
         {"endpoint": "https://s3.example.org"}),
    ],
)  # fmt: skip
def test_a_connection_of_aws_as_airflow_reads_it(
    said: dict[str, Any], options: dict[str, str]
) -> None:
    found = find("s3", **said)
    assert found.uri == "s3://published/shop/orders"
    expected = {"region": "us-east-1", "conditional_put": "etag", **options}
    assert found.options == {f"aws_{name}": value for name, value in expected.items()}
    assert not [one for one in ("c2VjcmV0", "dG9r") if one in repr(found)]


@pytest.mark.parametrize("name", ["role_arn", "profile_name"])
def test_another_identity_of_aws_is_refused_and_not_left_out(name: str) -> None:
    with pytest.raises(SetupError, match=f"the connection lake has `{name}`") as refused:
        find("s3", login="AKIA", password="c2VjcmV0", extra={name: "arn:aws:iam::1:role/x"})
    assert "c2VjcmV0" not in f"{refused.value} {refused.value.remedy}"


ELSEWHERE = (
    *("a/%2e%2e/b", "a/.\t./b", "a/.\n./b", "a/..\\b", "a#b", "a?b", "a%20b", "a\rb"),
    *("a /b", "a/ ", "[a]", "a^b", "a|b"),
)
"""What delta-rs, which reads an address, makes of them: `b`, `a`, or nothing, with a panic."""


@pytest.mark.parametrize("path", ELSEWHERE)
@pytest.mark.parametrize("scheme", ["abfs", "s3", "file"])
def test_a_location_that_leads_elsewhere_as_an_address_is_refused(scheme: str, path: str) -> None:
    start = "/mnt" if scheme == "file" else "lake@published"
    location = Location.parse(f"{scheme}://{start}/shop/{path}")
    assert location is not None
    details = ConnectionDetails(conn_id="lake", conn_type="aws", login="a", password="b")
    with pytest.raises(SetupError, match="a lake's table has no"):
        find_stored_table(location, details)


def test_a_location_may_have_spaces_and_letters_of_all_languages() -> None:
    location = Location.parse("s3://lake@published/été d'Ünal/日本 (1)+{x}")
    assert location is not None
    details = ConnectionDetails(conn_id="lake", conn_type="aws", login="a", password="b")
    assert find_stored_table(location, details).uri == "s3://published/été d'Ünal/日本 (1)+{x}"
