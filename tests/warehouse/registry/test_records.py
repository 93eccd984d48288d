from __future__ import annotations

import threading

import psycopg

from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.migrate import list_released


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
        versions = connection.execute(
            "SELECT version FROM medallion.registry_version ORDER BY version"
        ).fetchall()
    assert versions == [(migration.version,) for migration in list_released()]
