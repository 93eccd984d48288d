from __future__ import annotations

import threading

import psycopg
import pytest

from medallion.errors import SetupError
from medallion.warehouse import registry


def test_several_at_once_make_one_registry(warehouse_db: str) -> None:
    errors: list[Exception] = []

    def ensure() -> None:
        try:
            with psycopg.connect(warehouse_db) as connection:
                registry.ensure(connection)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=ensure) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with psycopg.connect(warehouse_db) as connection:
        versions = connection.execute("SELECT version FROM medallion.registry_version").fetchall()
    assert versions == [(registry.VERSION,)]


def test_a_registry_of_another_medallion_is_left_alone(warehouse_db: str) -> None:
    with psycopg.connect(warehouse_db) as connection:
        registry.ensure(connection)
        connection.execute("UPDATE medallion.registry_version SET version = 1")
        with pytest.raises(
            SetupError, match=f"of version 1, and this Medallion's is {registry.VERSION}"
        ):
            registry.ensure(connection)
