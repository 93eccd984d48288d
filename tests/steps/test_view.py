"""Gold as a view: readers get what its SELECT gives, by the rights of its domain, gated before."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.steps.staged import READINGS, REPLACE, Run, query

from medallion.checks.declaration import CheckSpec
from medallion.errors import CannotRead, DataRejected, SetupError, WarehouseRefused
from medallion.names import Layer, PublishedTable
from medallion.operations.rollback import rollback, versions
from medallion.operations.snapshots import take_snapshot
from medallion.plan.model import BuildStep, PlannedTask, PublishStep
from medallion.plan.tasks import gate
from medallion.publish.declaration import BreakingChange
from medallion.publish.disposition import WriteDisposition
from medallion.publish.replace import REPLACE as AS_TABLE
from medallion.publish.view import AS_VIEW
from medallion.steps.publish import step as publish
from medallion.steps.run import run_step
from medallion.warehouse.reading.pinned import Pin
from medallion.warehouse.reading.versions import open_version
from medallion.warehouse.registry import freshness
from medallion.warehouse.roles import readers
from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.transaction import session

COLD = "select id, value from silver_lab.readings where id < 10"


@dataclass(frozen=True, kw_only=True)
class Gold:
    """A gold table on a warehouse, and how runs of it are made."""

    url: str
    text: str = COLD
    how: WriteDisposition = AS_VIEW
    checks: tuple[CheckSpec, ...] = ()
    grants: tuple[str, ...] = ()
    keep: int = 3
    breaking: BreakingChange = BreakingChange.REFUSE
    reads: Gold | None = None
    name: str = "cold"
    domain: str = "lab"

    @property
    def table(self) -> PublishedTable:
        return PublishedTable(layer=Layer.GOLD, domain=self.domain, name=self.name)

    def tasks(self) -> tuple[PlannedTask, ...]:
        inputs = ((self.reads.table if self.reads else READINGS).public,)
        if "silver_" not in self.text and self.reads is None:
            inputs = ()
        build = BuildStep(
            table=self.table,
            sql=self.text,
            sql_path="include/sql/lab/cold.sql",
            upstream=inputs,
            primary_key=("id",),
            is_view=self.how is AS_VIEW,
        )
        publishing = PublishStep(
            table=self.table,
            write_disposition=self.how,
            primary_key=("id",),
            guard=REPLACE.guard,
            keep_versions=self.keep,
            grants=self.grants,
            description="Cold ones.",
            column_descriptions={"value": "In degrees."},
            breaking_change=self.breaking,
            inputs=inputs,
        )
        steps = {
            "build": build,
            "gate": gate(Layer.GOLD, self.table, self.checks, None),
            "publish": publishing,
        }
        return tuple(
            PlannedTask(group=self.name, name=name, step=step, upstream=())
            for name, step in steps.items()
        )

    def run(self, day: int = 0, *, until: str = "publish", only: str = "") -> None:
        context, before = Run(url=self.url, day=day, table=self.table).context(), []
        for task in self.tasks():
            if only in ("", task.name):
                run_step(task.step, replace(context, task_id=task.task_id), tuple(before))
            before.append(task)
            if task.name == until:
                return

    def rows(self) -> list[tuple[object, ...]]:
        return query(self.url, f"SELECT * FROM {self.table.public} ORDER BY 1")

    def version(self) -> object:
        asked = f"SELECT version FROM medallion.current_versions WHERE table_name = '{self.name}'"
        return query(self.url, asked)[0][0]


def arrive(url: str, day: int, rows: list[tuple[object, ...]], columns: str = "") -> None:
    """Publish the input as of a day."""
    run = Run(url=url, day=day)
    run.stage(rows, **({"columns": columns} if columns else {}))
    publish.run(replace(REPLACE, breaking_change=BreakingChange.ALLOW), run.context())


def share(url: str, *domains: str) -> None:
    """As a publication of the input does whose spec says `share_with`."""
    with session(url, "sharing") as loader:
        readers.share(loader, READINGS, "public" if domains == ("public",) else domains)


@pytest.fixture
def url(warehouse_db: str) -> str:
    arrive(warehouse_db, 0, [(1, "a"), (2, "b"), (30, "warm")])
    return warehouse_db


@pytest.fixture
def reader(url: str, pg_url: str) -> Iterator[str]:
    """A role with no rights yet, that may log in: its name."""
    name, database = f"reader_{secrets.token_hex(4)}", str(conninfo_to_dict(url)["dbname"])
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute(
            sql.SQL(
                "CREATE ROLE {} LOGIN PASSWORD 'x'; GRANT CONNECT, TEMP ON DATABASE {} TO {}"
            ).format(sql.Identifier(name), sql.Identifier(database), sql.Identifier(name))
        )
    yield name
    with psycopg.connect(make_conninfo(pg_url, dbname=database), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(name)))


def ask_as(url: str, role: str, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(make_conninfo(url, user=role, password="x")) as connection:
        return connection.execute(sql.SQL(text)).fetchall()


def test_readers_get_what_the_inputs_hold_now(url: str) -> None:
    gold = Gold(url=url)
    gold.run()
    assert gold.rows() == [(1, "a"), (2, "b")]
    arrive(url, 1, [(1, "a"), (3, "c"), (4, "d")])
    assert gold.rows() == [(1, "a"), (3, "c"), (4, "d")]
    gold.run(1)  # judged again: the same SELECT is the same version
    assert gold.version() == 1
    asked = "SELECT rows_total, version FROM medallion.publications WHERE layer = 'gold' ORDER BY"
    assert query(url, f"{asked} publication_id") == [(2, 1), (3, 1)]
    view = "'gold_lab.cold'::regclass"
    comments = query(url, f"SELECT obj_description({view}), col_description({view}, 2)")
    assert comments == [("Cold ones.", "In degrees.")]
    left = (
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'staging_gold_lab'::regnamespace"
    )
    assert query(url, left) == []


def test_a_gate_that_shuts_keeps_the_former_select(url: str) -> None:
    gold = Gold(url=url)
    gold.run()
    worse = replace(
        gold,
        text="select id, value from silver_lab.readings",
        checks=(CheckSpec(name="between", arguments={"column": "id", "max_value": 10}),),
    )
    with pytest.raises(DataRejected, match="between"):
        worse.run(1)
    assert gold.rows() == [(1, "a"), (2, "b")]


def test_another_select_is_a_version_and_can_be_left_again(url: str) -> None:
    gold = Gold(url=url)
    gold.run()
    both = replace(gold, text="select id, value from silver_lab.readings")
    both.run(1)
    assert (both.version(), len(both.rows())) == (2, 3)
    rollback(url, gold.table)
    assert (gold.version(), len(gold.rows())) == (1, 2)
    assert [one.version for one in versions(url, gold.table)] == [2, 1]
    both.run(2)
    assert (both.version(), len(both.rows())) == (3, 3)


def test_only_as_many_selects_stay_as_the_spec_says(url: str) -> None:
    for number in range(1, 6):
        gold = Gold(url=url, text=f"{COLD} and {number} > 0", keep=2)
        gold.run(number)
    views = "SELECT viewname::text FROM pg_views WHERE schemaname = 'store_gold_lab' ORDER BY 1"
    assert query(url, views) == [("cold__v4",), ("cold__v5",)]
    assert [one.version for one in versions(url, gold.table)] == [5, 4]


@pytest.mark.parametrize("first", [AS_VIEW, AS_TABLE])
def test_a_table_becomes_a_view_and_a_view_a_table(url: str, first: WriteDisposition) -> None:
    other = AS_TABLE if first is AS_VIEW else AS_VIEW
    gold = Gold(url=url, how=first)
    gold.run()
    then = replace(gold, how=other, text="select id, value from silver_lab.readings")
    then.run(1)
    assert len(then.rows()) == 3
    rollback(url, gold.table)
    assert len(gold.rows()) == 2
    then.run(2)
    assert len(then.rows()) == 3


def test_a_new_column_comes_and_a_former_select_has_none(url: str) -> None:
    gold = Gold(url=url)
    gold.run()
    wider = replace(
        gold, text="select id, value, upper(value) as loud from silver_lab.readings where id < 10"
    )
    wider.run(1)
    assert wider.rows() == [(1, "a", "A"), (2, "b", "B")]
    rollback(url, gold.table)
    assert gold.rows() == [(1, "a", None), (2, "b", None)]


def test_another_shape_that_is_meant_takes_the_former_selects_away(url: str) -> None:
    gold = Gold(url=url)
    gold.run()
    narrow = replace(gold, text="select id from silver_lab.readings")
    with pytest.raises(WarehouseRefused, match="value: text → gone"):
        narrow.run(1)
    meant = replace(narrow, breaking=BreakingChange.ALLOW)
    meant.run(1)
    assert meant.rows() == [(1,), (2,), (30,)]
    assert [one.version for one in versions(url, gold.table)] == [2]


def test_a_reader_sees_what_the_select_gives_and_nothing_of_its_inputs(
    url: str, reader: str
) -> None:
    gold = Gold(url=url, grants=(reader,))
    gold.run()
    assert len(ask_as(url, reader, "SELECT * FROM gold_lab.cold")) == 2
    for hidden in ("silver_lab.readings", "store_gold_lab.cold__v1", "store_gold_lab.cold"):
        with pytest.raises(errors.InsufficientPrivilege):
            ask_as(url, reader, f"SELECT * FROM {hidden}")


def test_no_function_of_a_readers_own_sees_rows_that_the_select_leaves_out(
    url: str, reader: str
) -> None:
    """Without `security_barrier` PostgreSQL calls a cheap function first, for every row."""
    gold = Gold(url=url, grants=(reader,))
    gold.run()
    with psycopg.connect(make_conninfo(url, user=reader, password="x")) as connection:
        heard: list[str] = []
        connection.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
        connection.execute(
            "CREATE FUNCTION pg_temp.spy(text) RETURNS boolean LANGUAGE plpgsql COST 0.000001 AS"
            " $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$"
        )
        connection.execute("SELECT * FROM gold_lab.cold WHERE pg_temp.spy(value)").fetchall()
    assert sorted(heard) == ["a", "b"]


def test_the_view_reads_by_the_rights_of_its_domain_alone(url: str, reader: str) -> None:
    """What is shared with the domain no longer, its view shows to nobody any longer."""
    gold = Gold(url=url, grants=(reader,))
    gold.run()
    (owner,) = query(url, "SELECT viewowner::text FROM pg_views WHERE viewname = 'cold__v1'")[0]
    assert owner != conninfo_to_dict(url)["user"]
    with psycopg.connect(url) as loader:
        loader.execute(
            sql.SQL("REVOKE SELECT ON silver_lab.readings FROM {}").format(
                sql.Identifier(str(owner))
            )
        )
    with pytest.raises(errors.InsufficientPrivilege, match="readings"):
        ask_as(url, reader, "SELECT * FROM gold_lab.cold")
    gold.run(1)  # which brings the rights in step
    assert len(ask_as(url, reader, "SELECT * FROM gold_lab.cold")) == 2


def test_an_input_changes_its_shape_below_a_view(url: str) -> None:
    """Columns that the view does not use go; the view stays the domain's, and former SELECTs, which
    use them, hold nothing up."""
    narrow = Gold(url=url, text="select id from silver_lab.readings where value <> ''")
    narrow.run(1)
    again = replace(narrow, text="select id from silver_lab.readings where id < 99")
    again.run(2)
    owner = "SELECT viewowner FROM pg_views WHERE viewname = 'cold__v2'"
    before = query(url, owner)
    arrive(url, 3, [(1, 5), (3, 7), (30, 6)], columns="id bigint, degrees integer")
    assert again.rows() == [(1,), (3,), (30,)]
    assert query(url, owner) == before
    assert [one.version for one in versions(url, again.table)] == [2]
    again.run(3)
    assert again.version() == 2


def test_a_second_try_after_the_commit_publishes_nothing_twice(url: str) -> None:
    gold = Gold(url=url)
    gold.run()
    context = Run(url=url, day=0, table=gold.table).context()
    publish.run(gold.tasks()[-1].step, context)  # type: ignore[arg-type]
    assert query(url, "SELECT count(*) FROM medallion.publications WHERE layer = 'gold'") == [(1,)]


def test_a_staged_select_that_somebody_has_changed_is_not_published(url: str) -> None:
    gold = Gold(url=url)
    gold.run(until="gate")
    staged = gold.table.as_select(Run(url=url, day=0, table=gold.table).context().run_key)
    with psycopg.connect(url) as loader:
        loader.execute(sql.SQL(f"ALTER VIEW {staged} RESET (security_barrier)"))
    with pytest.raises(WarehouseRefused, match="is not a plain view"):
        gold.run(only="publish")


def test_a_view_is_as_fresh_as_the_oldest_table_it_shows_and_never_behind(url: str) -> None:
    """Also through another view; that the view is judged again makes its rows no younger."""
    gold = Gold(url=url)
    gold.run()
    loud = "select id, upper(value) as value from gold_lab.cold"
    Gold(url=url, name="upper", text=loud, reads=gold).run()
    with connect(url) as loader:
        loader.execute(
            "INSERT INTO medallion.declared_pipelines (dag_id, domain, owner, plan)"
            " VALUES ('lab.sensors', 'lab', 'lab', '')"
        )
        loader.execute(
            "INSERT INTO medallion.declared_tables (layer, domain, table_name, dag_id, warn_after)"
            " SELECT 'gold', 'lab', name, 'lab.sensors', '1 day'"
            " FROM unnest('{cold,upper}'::text[]) AS name"
        )
        loader.execute(
            "UPDATE medallion.publications SET published_at = now() - interval '2 days'"
            " WHERE layer = 'silver'"
        )
        found = freshness.table_freshness(loader)
    assert [(one.table.name, str(one.state)) for one in found] == [
        ("cold", "stale"),
        ("upper", "stale"),
    ]
    arrive(url, 1, [(1, "a"), (2, "b"), (3, "c")])
    with connect(url) as loader:
        found = freshness.table_freshness(loader)
    assert [(str(one.state), one.behind_since) for one in found] == [("fresh", None)] * 2


@pytest.mark.parametrize("pin", [Pin(version=1), Pin(run="scheduled__2026-01-01")], ids=str)
def test_former_rows_of_a_view_are_refused_and_present_ones_read(url: str, pin: Pin) -> None:
    gold = Gold(url=url)
    gold.run()
    with open_version(url, gold.table, Pin()) as found:
        assert found.batches.read_all().num_rows == 2
    with pytest.raises(CannotRead, match="is a view"), open_version(url, gold.table, pin):
        pass


def test_a_view_has_no_snapshot(url: str, tmp_path: Path) -> None:
    gold = Gold(url=url)
    gold.run()
    with pytest.raises(SetupError, match="is a view: what it shows now"):
        take_snapshot(url, str(tmp_path), gold.table, Pin())


def test_what_is_shared_no_longer_no_view_shows_from_that_moment(url: str, reader: str) -> None:
    """Not only from the next run of the domain on: readers ask meanwhile."""
    gold = Gold(url=url, domain="desk", grants=(reader,))
    share(url, "desk")
    gold.run()
    assert len(ask_as(url, reader, "SELECT * FROM gold_desk.cold")) == 2
    share(url)
    with pytest.raises(errors.InsufficientPrivilege, match="readings"):
        ask_as(url, reader, "SELECT * FROM gold_desk.cold")
    share(url, "public")
    gold.run(1)
    assert len(ask_as(url, reader, "SELECT * FROM gold_desk.cold")) == 2


def test_a_former_select_of_what_is_shared_no_longer_keeps_no_reader_out(
    url: str, reader: str
) -> None:
    gold = Gold(url=url, domain="desk", grants=(reader,))
    share(url, "desk")
    gold.run()
    own = replace(gold, text="select generate_series(1, 2)::bigint as id, 'own' as value")
    own.run(1)
    share(url)
    assert len(ask_as(url, reader, "SELECT * FROM gold_desk.cold")) == 2
    assert [one.version for one in versions(url, gold.table)] == [2]


def test_another_select_lets_readers_in_again_where_the_current_one_may_read_no_longer(
    url: str, reader: str
) -> None:
    gold = Gold(url=url, domain="desk", grants=(reader,))
    share(url, "desk")
    gold.run()
    share(url)
    own = replace(gold, text="select generate_series(1, 2)::bigint as id, 'own' as value")
    own.run(1)
    assert len(ask_as(url, reader, "SELECT * FROM gold_desk.cold")) == 2
    assert [one.version for one in versions(url, gold.table)] == [2]
