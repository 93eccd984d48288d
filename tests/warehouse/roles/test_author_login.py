"""What authors' tools read the warehouse as: all that is published, and nothing is changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.steps.staged import READINGS, REPLACE, Run

from medallion.errors import SetupError, WarehouseRefused
from medallion.names import TableName
from medallion.steps.publish import step as publish
from medallion.warehouse.catalogue.failure import last_failure
from medallion.warehouse.roles.author_login import (
    AUTHOR_LOGIN,
    author_session,
    ensure_author_login,
)
from medallion.warehouse.roles.catalogue_reader import catalogue_url
from medallion.warehouse.session.connection import connect
from medallion.warehouse.tables.run_results import sample
from medallion.workbench.inputs import find_unpublished

LIMIT = timedelta(seconds=240)


def test_it_reads_what_is_published_and_the_registry_and_changes_nothing(
    warehouse_db: str, pg_url: str
) -> None:
    run = Run(url=warehouse_db, day=0)
    run.stage([(1, "a")])
    with connect(pg_url) as admin:
        admin.execute("DROP ROLE IF EXISTS reader_lab")
        admin.execute("CREATE ROLE reader_lab NOLOGIN")
    publish.run(replace(REPLACE, grants=("reader_lab",)), run.context())
    catalogue_url(warehouse_db)
    dbname = str(conninfo_to_dict(warehouse_db)["dbname"])
    with connect(make_conninfo(pg_url, dbname=dbname)) as admin:
        ensure_author_login(admin, "secret-of-authors")
        ensure_author_login(admin, "secret-of-authors")
    reader = make_conninfo(warehouse_db, user=AUTHOR_LOGIN, password="secret-of-authors")
    with author_session(reader, "reading", LIMIT) as session:
        assert (found := sample(session, READINGS.public, 5)) is not None
        assert found.total == 1
        assert last_failure(session) is None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("DELETE FROM silver_lab.readings")
    assert find_unpublished([READINGS.public, TableName("silver_lab", "none")], reader) == (
        TableName("silver_lab", "none"),
    )
    with (
        pytest.raises(WarehouseRefused, match="permission denied"),
        author_session(reader, "looking into quarantine", LIMIT) as session,
    ):
        session.execute("SELECT * FROM staging_silver_lab.anything")
    with (
        pytest.raises(SetupError, match="may change it too"),
        author_session(warehouse_db, "reading", LIMIT),
    ):
        pass
    with connect(make_conninfo(pg_url, dbname=dbname)) as admin:
        admin.execute("DROP OWNED BY reader_lab")
        admin.execute("DROP ROLE reader_lab")
