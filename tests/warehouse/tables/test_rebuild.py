"""A table whose shape changes has its views made again: as they were, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace

import psycopg
import pytest
from psycopg import sql
from tests.steps.staged import REPLACE, Run, query

from medallion.errors import WarehouseRefused
from medallion.publish.declaration import BreakingChange
from medallion.steps.publish import step as publish
from medallion.warehouse.session.connection import connect
from medallion.warehouse.tables.views import View, read_view

ALLOWED = replace(REPLACE, breaking_change=BreakingChange.ALLOW)
BEFORE, AFTER = "id bigint, value text, room text", "id bigint, value integer, room text"
VIEWS = ("silver_lab.readings", "silver_lab.plain", "silver_lab.top")
HANGING = """
CREATE FUNCTION silver_lab.nothing() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN RETURN NULL; END';
CREATE VIEW silver_lab.plain WITH (security_barrier = true, security_invoker = true)
    AS SELECT id, room, value FROM silver_lab.readings WHERE id > 0;
COMMENT ON VIEW silver_lab.plain IS 'It''s plain.';
COMMENT ON COLUMN silver_lab.plain.room IS 'Where 100% of it was.';
ALTER VIEW silver_lab.plain ALTER COLUMN room SET DEFAULT 'attic';
CREATE RULE kept AS ON DELETE TO silver_lab.plain DO INSTEAD NOTHING;
COMMENT ON RULE kept ON silver_lab.plain IS 'Nobody deletes.';
CREATE VIEW silver_lab.top WITH (check_option = local) AS SELECT id, room FROM silver_lab.plain;
CREATE TRIGGER reported INSTEAD OF UPDATE ON silver_lab.top
    FOR EACH ROW EXECUTE FUNCTION silver_lab.nothing();
COMMENT ON TRIGGER reported ON silver_lab.top IS 'Nobody updates.';
ALTER VIEW silver_lab.readings SET (security_barrier = true);
ALTER VIEW silver_lab.readings ALTER COLUMN room SET DEFAULT 'cellar';
GRANT SELECT (id), UPDATE (room), REFERENCES (id) ON silver_lab.plain TO {role};
GRANT SELECT (room) ON silver_lab.readings TO {role} WITH GRANT OPTION;
GRANT SELECT, INSERT, DELETE ON silver_lab.top TO {role};
GRANT SELECT ON silver_lab.top TO PUBLIC;
"""


def execute(url: str, statements: str, role: str = "") -> None:
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL(statements).format(role=sql.Identifier(role)))


def published(url: str, day: int, value: object, columns: str) -> None:
    run = Run(url=url, day=day)
    run.stage([(1, value, "attic")], columns=columns)
    publish.run(ALLOWED, run.context())


def seen(url: str) -> dict[str, View]:
    with connect(url) as connection:
        return {name: read_view(connection, name) for name in VIEWS}


def kept(view: View) -> dict[str, object]:
    """All but the SELECT and the columns' types."""
    columns = [asdict(column) | {"type": ""} for column in view.columns]
    return asdict(view) | {"definition": "", "columns": columns}


@pytest.fixture
def url(warehouse_db: str) -> str:
    published(warehouse_db, 0, "20", BEFORE)
    return warehouse_db


@pytest.fixture
def role(warehouse_db: str, pg_url: str) -> Iterator[str]:
    """A role that the loader's has nothing to do with."""
    name = "somebody_of_the_views"
    execute(pg_url, "CREATE ROLE {role}", name)
    yield name
    in_this_database = (
        pg_url.rpartition("/")[0] + "/" + psycopg.conninfo.conninfo_to_dict(warehouse_db)["dbname"]
    )
    execute(in_this_database, "DROP OWNED BY {role} CASCADE", name)
    execute(pg_url, "DROP ROLE {role}", name)


def test_all_that_hangs_on_a_view_comes_back(url: str, role: str) -> None:
    execute(url, HANGING, role)
    before = seen(url)
    published(url, 1, 21, AFTER)
    after = seen(url)
    assert {n: kept(v) for n, v in after.items()} == {n: kept(v) for n, v in before.items()}
    plain = {column.name: column for column in after["silver_lab.plain"].columns}
    assert (plain["value"].type, plain["room"].default) == ("integer", "'attic'::text")
    assert query(url, "SELECT id, room, value FROM silver_lab.plain") == [(1, "attic", 21)]


def test_what_belonged_to_a_column_that_goes_goes_with_it(url: str, role: str) -> None:
    execute(
        url,
        "GRANT SELECT (id, room) ON silver_lab.readings TO {role};"
        "ALTER VIEW silver_lab.readings ALTER COLUMN room SET DEFAULT 'attic'",
        role,
    )
    run = Run(url=url, day=1)
    run.stage([(1, "20")], columns="id bigint, value text")
    publish.run(ALLOWED, run.context())
    readings = seen_alone(url, "silver_lab.readings")
    assert [g.column_name for g in readings.grants if g.role == role] == ["id"]


def seen_alone(url: str, name: str) -> View:
    with connect(url) as connection:
        return read_view(connection, name)


MATERIALIZED = (
    "CREATE MATERIALIZED VIEW silver_lab.stored AS SELECT id FROM silver_lab.readings",
    r"silver_lab\.stored selects from it: it is a materialized view",
)
FUNCTION = (
    "CREATE FUNCTION silver_lab.hot(silver_lab.readings) RETURNS bool LANGUAGE sql"
    " AS 'SELECT true'",
    r"other objects depend on it: function silver_lab\.hot",
)
A_TABLES_RULE = (
    "CREATE TABLE silver_lab.notes (id bigint);"
    "CREATE RULE heard AS ON INSERT TO silver_lab.notes DO ALSO SELECT id FROM silver_lab.readings",
    r"silver_lab\.notes selects from it: it is a table",
)
A_DEFAULT_OF_THE_FORMER_TYPE = (
    "ALTER VIEW silver_lab.readings ALTER COLUMN value SET DEFAULT 'warm'",
    r"readings cannot change its shape: column \"value\" is of type integer",
)
SOMEBODY_ELSES = (
    "GRANT CREATE, USAGE ON SCHEMA silver_lab TO {role};"
    "GRANT SELECT ON silver_lab.readings TO {role};"
    "SET ROLE {role};"
    "CREATE VIEW silver_lab.theirs AS SELECT id FROM silver_lab.readings",
    r"silver_lab\.theirs selects from it: must be able to SET ROLE",
)
GRANTED_ON = (
    "CREATE VIEW silver_lab.plain AS SELECT id FROM silver_lab.readings;"
    "GRANT USAGE ON SCHEMA silver_lab TO {role};"
    "GRANT SELECT ON silver_lab.plain TO {role} WITH GRANT OPTION;"
    "SET ROLE {role};"
    "GRANT SELECT ON silver_lab.plain TO PUBLIC",
    r"silver_lab\.plain selects from it: grants cannot be given back",
)


@pytest.mark.parametrize(
    ("hanging", "reported"),
    [
        MATERIALIZED,
        FUNCTION,
        A_TABLES_RULE,
        A_DEFAULT_OF_THE_FORMER_TYPE,
        SOMEBODY_ELSES,
        GRANTED_ON,
    ],
    ids=["materialized", "function", "rule", "default", "other owner", "other grantor"],
)
def test_what_cannot_come_back_is_named_and_nothing_changes(
    url: str, pg_url: str, role: str, hanging: str, reported: str
) -> None:
    database = psycopg.conninfo.conninfo_to_dict(url)
    with psycopg.connect(pg_url, dbname=database["dbname"]) as admin:
        admin.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(str(database["user"]))))
        for statement in hanging.split(";"):
            if statement.startswith("SET ROLE"):
                admin.execute(sql.SQL("RESET ROLE"))
            admin.execute(sql.SQL(statement).format(role=sql.Identifier(role)))
    with pytest.raises(WarehouseRefused, match=reported):
        published(url, 1, 21, AFTER)
    assert query(url, "SELECT value FROM silver_lab.readings") == [("20",)]


def test_a_view_keeps_an_owner_that_the_loader_is_a_member_of(
    url: str, pg_url: str, role: str
) -> None:
    database = psycopg.conninfo.conninfo_to_dict(url)
    execute(url, "CREATE VIEW silver_lab.plain AS SELECT id FROM silver_lab.readings")
    with psycopg.connect(pg_url, dbname=database["dbname"]) as admin:
        for statement in (
            "GRANT {role} TO {loader}",
            "GRANT CREATE, USAGE ON SCHEMA silver_lab TO {role}",
            "ALTER VIEW silver_lab.plain OWNER TO {role}",
        ):
            admin.execute(
                sql.SQL(statement).format(
                    role=sql.Identifier(role), loader=sql.Identifier(str(database["user"]))
                )
            )
    published(url, 1, 21, AFTER)
    assert seen_alone(url, "silver_lab.plain").owner == role
