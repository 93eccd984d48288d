"""What a view masks is what the cleaning masks, and readers get no more of it than the mask."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlglot import exp
from tests.steps.staged import APPEND, MERGE, REPLACE, Run, query

from medallion.cleaning.declared.classification import ClassificationSpec
from medallion.cleaning.duckdb.protection import protect
from medallion.publish.masked_view import show_value
from medallion.publish.read_mask import ReadMask
from medallion.steps.publish import step as publish
from medallion.warehouse.session.connection import connect

TEXTS = [
    "", "a", "@", "ada@example.org", "ada@b@c.org", "no address", "1234567", "12345678",
    "\u65e5\u672c\u8a9e", "e\u0301te\u0301@x.org", "\U0001f469\u200d\U0001f467@x.org",
    "%s {} \\", "a\tb\n", None,
]  # fmt: skip
EMAIL = ReadMask(column="value", roles=(), is_email=True, keep_last=4)
KINDS = [EMAIL, *(replace(EMAIL, is_email=False, keep_last=kept) for kept in (0, 1, 4, 8))]


@pytest.mark.parametrize("mask", KINDS, ids=lambda one: f"{one.is_email}-{one.keep_last}")
def test_the_view_masks_as_the_cleaning_does(mask: ReadMask, warehouse_db: str) -> None:
    said = ClassificationSpec(
        pii="email" if mask.is_email else "name", protect="mask", keep_last=mask.keep_last
    )
    expression = protect(exp.column("value"), said).sql(dialect="duckdb")
    with duckdb.connect() as engine:
        engine.execute("CREATE TABLE texts (number INTEGER, value VARCHAR)")
        engine.executemany("INSERT INTO texts VALUES (?, ?)", list(enumerate(TEXTS)))
        cleaned = engine.execute(f"SELECT {expression} FROM texts ORDER BY number").fetchall()
    with psycopg.connect(warehouse_db) as connection:
        shown = sql.SQL("SELECT {}, {} FROM unnest(%s::text[], %s::text[]) AS t (value, w)").format(
            show_value(sql.Identifier("value"), "text", mask),
            show_value(sql.SQL("ARRAY[value, w]"), "text[]", mask),
        )
        found = connection.execute(shown, (TEXTS, TEXTS[::-1])).fetchall()
    assert [row[0] for row in found] == [row[0] for row in cleaned]
    assert [row[1][0] for row in found] == [row[0] for row in cleaned]
    assert [row[1][1] for row in found] == [row[0] for row in cleaned[::-1]]


class Readers:
    """A role that reads in clear, one that does not, and what each of them sees."""

    def __init__(self, admin_url: str, url: str) -> None:
        self.url = url
        mark = secrets.token_hex(4)
        self.fraud, self.ana, self.ben = f"fraud_{mark}", f"ana_{mark}", f"ben_{mark}"
        self.password = secrets.token_urlsafe(16)
        with psycopg.connect(admin_url, autocommit=True) as admin:
            database = str(conninfo_to_dict(url)["dbname"])
            admin.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(self.fraud)))
            for role in (self.ana, self.ben):
                admin.execute(
                    sql.SQL("CREATE ROLE {role} LOGIN PASSWORD {word};"
                            "GRANT CONNECT, TEMPORARY ON DATABASE {db} TO {role}").format(
                        role=sql.Identifier(role),
                        word=sql.Literal(self.password),
                        db=sql.Identifier(database),
                    )
                )  # fmt: skip
            admin.execute(
                sql.SQL("GRANT {} TO {}").format(
                    sql.Identifier(self.fraud), sql.Identifier(self.ana)
                )
            )

    def connect(self, role: str) -> psycopg.Connection:
        return psycopg.connect(make_conninfo(self.url, user=role, password=self.password))

    def read(self, role: str, text: str) -> list[tuple[object, ...]]:
        with self.connect(role) as connection:
            return connection.execute(text.encode()).fetchall()


@pytest.fixture
def readers(pg_url: str, warehouse_db: str) -> Iterator[Readers]:
    admin_url = make_conninfo(pg_url, dbname=str(conninfo_to_dict(warehouse_db)["dbname"]))
    found = Readers(admin_url, warehouse_db)
    yield found
    with psycopg.connect(admin_url, autocommit=True) as admin:
        for role in (found.ana, found.ben, found.fraud):
            name = sql.Identifier(role)
            admin.execute(sql.SQL("DROP OWNED BY {}; DROP ROLE {}").format(name, name))


def _step(readers: Readers, base: publish.PublishStep = REPLACE) -> publish.PublishStep:
    roles = (readers.fraud,)
    return replace(
        base,
        grants=(readers.ana, readers.ben),
        masks=(
            ReadMask(column="value", roles=roles, is_email=True, keep_last=4),
            ReadMask(column="paid", roles=roles, is_email=False, keep_last=4),
            ReadMask(column="names", roles=roles, is_email=False, keep_last=4),
        ),
    )


COLUMNS = "id bigint, value text, paid numeric(8,2), names text[]"
ROWS = [(1, "ada@example.org", 10, ["Lovelace", "ada"]), (2, "bob@example.org", None, None)]
CLEAR = [("ada@example.org", 10, ["Lovelace", "ada"]), ("bob@example.org", None, None)]
MASKED = [("a****@example.org", None, ["****lace", "****"]), ("b****@example.org", None, None)]
SELECT = "SELECT value, paid, names FROM silver_lab.readings ORDER BY id"


def _publish(readers: Readers, step: publish.PublishStep, day: int = 0) -> None:
    run = Run(url=readers.url, day=day)
    run.stage(ROWS, columns=COLUMNS)
    publish.run(step, run.context())


@pytest.mark.parametrize(
    "base", [REPLACE, MERGE, APPEND], ids=lambda one: one.write_disposition.name
)
def test_some_roles_read_in_clear_and_others_the_mask(
    readers: Readers, base: publish.PublishStep
) -> None:
    _publish(readers, _step(readers, base))
    assert readers.read(readers.ana, SELECT) == CLEAR
    assert readers.read(readers.ben, SELECT) == MASKED
    # Versions are read through the same view.
    with readers.connect(readers.ben) as ben:
        ben.execute("SET medallion.read_versions = '{\"silver_lab.readings\": 1}'")
        assert ben.execute(SELECT.encode()).fetchall() == MASKED
    types = query(
        readers.url,
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = 'silver_lab.readings'::regclass"
        " AND attname IN ('value', 'paid', 'names')"
        " ORDER BY attnum",
    )
    assert types == [("text",), ("numeric(8,2)",), ("text[]",)]


def test_a_role_that_is_left_reads_the_mask_at_once_also_in_a_prepared_statement(
    readers: Readers, pg_url: str
) -> None:
    _publish(readers, _step(readers))
    with readers.connect(readers.ana) as ana, psycopg.connect(pg_url, autocommit=True) as admin:
        for _ in range(7):  # PostgreSQL has a plan for any value by then
            assert ana.execute(SELECT.encode(), prepare=True).fetchall() == CLEAR
        admin.execute(
            sql.SQL("REVOKE {} FROM {}").format(
                sql.Identifier(readers.fraud), sql.Identifier(readers.ana)
            )
        )
        ana.rollback()
        assert ana.execute(SELECT.encode(), prepare=True).fetchall() == MASKED


def test_a_role_that_does_not_inherit_reads_in_clear_only_as_the_team(
    readers: Readers, pg_url: str
) -> None:
    _publish(readers, replace(_step(readers), grants=(readers.ana, readers.fraud)))
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute(
            sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(
                sql.Identifier(readers.fraud), sql.Identifier(readers.ana)
            )
        )
    with readers.connect(readers.ana) as ana:
        assert ana.execute(SELECT.encode()).fetchall() == MASKED
        ana.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(readers.fraud)))
        assert ana.execute(SELECT.encode()).fetchall() == CLEAR


LEAK = """
CREATE FUNCTION pg_temp.leak(value anyelement) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN RAISE NOTICE 'seen: %', value; RETURN true; END $$
"""


def test_no_side_door_shows_a_masked_reader_the_value(readers: Readers) -> None:
    _publish(readers, _step(readers))
    notices: list[str] = []
    with readers.connect(readers.ben) as ben:
        ben.add_notice_handler(lambda notice: notices.append(str(notice.message_primary)))
        for where in ("value = 'ada@example.org'", "value LIKE 'ada%'", "paid = 10",
                      "'Lovelace' = ANY (names)", "value ~ '^ad'"):  # fmt: skip
            found = ben.execute(f"SELECT id FROM silver_lab.readings WHERE {where}".encode())
            assert found.fetchall() == [], where
        # A function of the reader's own, cheaper than anything else, sees masks alone.
        ben.execute(LEAK.encode())
        ben.execute(
            "SELECT id FROM silver_lab.readings"
            " WHERE pg_temp.leak(value) AND pg_temp.leak(paid) AND pg_temp.leak(names)"
        )
        ben.execute("SELECT readings FROM silver_lab.readings WHERE pg_temp.leak(readings)")
        assert len(notices) >= 5
        # An error shows what it could not read.
        with pytest.raises(psycopg.errors.InvalidTextRepresentation) as raised:
            ben.execute("SELECT value::integer FROM silver_lab.readings")
        notices.append(str(raised.value))
        ben.rollback()
        # Statistics, plans, the store, and the definition of the view.
        for text in (
            "SELECT string_agg(s::text, '') FROM pg_stats AS s WHERE schemaname LIKE '%%lab'",
            "SELECT string_agg(s::text, '') FROM pg_stats_ext_exprs AS s",
            "SELECT pg_get_viewdef('silver_lab.readings')",
        ):
            notices.append(str(ben.execute(text).fetchall()))
        plan = ben.execute(
            "EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) SELECT * FROM silver_lab.readings"
            " WHERE value = 'x'"
        ).fetchone()
        notices.append(json.dumps(plan))
        for closed in ("store_silver_lab.readings__v1", "pg_statistic", "medallion.read_masks"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                ben.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(*closed.split("."))))
            ben.rollback()
    for secret in ("ada@", "bob@", "Lovelace", "10.00"):
        assert not [one for one in notices if secret in one], secret


def test_estimates_say_nothing_of_the_clear_values(readers: Readers) -> None:
    """A planner that knew how often an address occurs would say it in a plan's row count."""
    step = replace(_step(readers, APPEND), primary_key=())
    run = Run(url=readers.url, day=0)
    rows = [(n, "ada@example.org" if n % 2 else f"p{n}@x.org", n, None) for n in range(2000)]
    run.stage(rows, columns=COLUMNS)
    publish.run(step, run.context())
    with connect(readers.url) as loader:
        loader.execute("ANALYZE")

    def estimate(value: str) -> object:
        with readers.connect(readers.ben) as ben:
            asked = "EXPLAIN (FORMAT JSON) SELECT id FROM silver_lab.readings WHERE value = %s"
            row = ben.execute(asked, (value,)).fetchone()
            assert row is not None
            return row[0][0]["Plan"]["Plan Rows"]

    assert estimate("ada@example.org") == estimate("p4@x.org") == estimate("nobody@x.org")


def test_a_mask_comes_and_goes_with_the_spec_and_never_uncovers_older_rows(
    readers: Readers,
) -> None:
    plain = replace(_step(readers, MERGE), masks=())
    _publish(readers, plain)
    assert readers.read(readers.ben, SELECT) == CLEAR
    _publish(readers, _step(readers, MERGE), day=1)
    assert readers.read(readers.ben, SELECT) == MASKED
    # The column is masked before it is stored from now on: rows from before are still in clear.
    stored = tuple(replace(mask, roles=()) for mask in _step(readers, MERGE).masks)
    _publish(readers, replace(plain, masks=stored), day=2)
    assert readers.read(readers.ana, SELECT) == MASKED
    _publish(readers, plain, day=3)  # `protect: none`: it is meant
    assert readers.read(readers.ben, SELECT) == CLEAR


def test_a_new_masked_column_and_a_change_of_shape_are_masked_too(readers: Readers) -> None:
    run = Run(url=readers.url, day=0)
    run.stage([(1, "ada@example.org")], columns="id bigint, value text")
    publish.run(_step(readers), run.context())
    _publish(readers, _step(readers), day=1)
    assert readers.read(readers.ben, SELECT) == MASKED
    from medallion.publish.declaration import BreakingChange

    allowed = replace(_step(readers), breaking_change=BreakingChange.ALLOW)
    run = Run(url=readers.url, day=2)
    run.stage(ROWS, columns=COLUMNS.replace("numeric(8,2)", "bigint"))
    publish.run(allowed, run.context())
    assert readers.read(readers.ben, SELECT) == MASKED
    assert readers.read(readers.ana, SELECT) == CLEAR


def test_a_name_that_no_role_has_lets_nobody_read(readers: Readers, tmp_path: Path) -> None:
    masks = (ReadMask(column="value", roles=("nobody_has_it",), is_email=True, keep_last=4),)
    _publish(readers, replace(_step(readers), masks=masks))
    assert readers.read(readers.ana, "SELECT value FROM silver_lab.readings WHERE id = 1") == [
        ("a****@example.org",)
    ]
