"""Which database a connection leads to, from whichever of its texts says it."""

from __future__ import annotations

from typing import Any

import pytest

from medallion.sources.base.source import ConnectionDetails
from medallion.steps.domain.addresses import Address, addresses

THERE = Address("db.example", 5433, "shop")
HERE = Address("", 5432, "shop")


@pytest.mark.parametrize(
    ("keys", "address"),
    [
        ({"host": "DB.example.", "port": 5433, "schema": "shop"}, THERE),
        ({"host": "jdbc:postgresql://db.example:5433/shop"}, THERE),
        ({"host": "jdbc:postgresql://db.example:5433/shop?ssl=true&user=a"}, THERE),
        ({"host": "jdbc:postgresql://first:1,db.example:5433/shop"}, THERE),
        ({"host": "jdbc:postgresql://db.example/?PGPORT=5433&PGDBNAME=shop"}, THERE),
        ({"host": "jdbc:postgresql:shop"}, HERE),
        ({"host": "jdbc:postgresql://[::1]/shop"}, HERE),
        ({"host": "jdbc:redshift://db.example:5433/shop"}, THERE),
        ({"host": "postgresql+psycopg2://me:a%40b@db.example:5433/shop"}, THERE),
        ({"host": "postgres:///shop?host=/run/postgresql"}, HERE),
        ({"extra": {"url": "jdbc:postgresql://127.0.0.1/sh%6fp"}}, HERE),
        ({"host": "jdbc:postgresql://db.example:5433/", "schema": "shop"}, THERE),
        (
            {"host": "Driver={PostgreSQL Unicode};Server=db.example;Port=5433;Database=shop;"},
            THERE,
        ),
        (
            {"extra": {"dsn_text": "driver=psql; servername = {db.example};port=5433;db=shop"}},
            THERE,
        ),
        ({"host": "db.example", "schema": "shop", "extra": {"Port": 5433}}, THERE),
        ({"extra": {"Server": "db.example", "PORT": "5433", "Database": "shop"}}, THERE),
    ],
)
def test_an_address_is_found_in_fields_urls_and_words(
    keys: dict[str, Any], address: Address
) -> None:
    assert address in addresses(ConnectionDetails(conn_id="erp", **keys))


@pytest.mark.parametrize(
    "host", ["db.example/5433/shop", "jdbc:oracle:thin:@//db.example:5433/shop", "https://shop", ""]
)
def test_what_names_another_database_does_not(host: str) -> None:
    assert THERE not in addresses(ConnectionDetails(conn_id="erp", host=host))
