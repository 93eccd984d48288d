"""An environment beside a shop's production: what is built, what is shown, what is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from tests.workbench.environments.shop import FILES, SALES, TOTALS, Shop, query

from medallion.errors import LakeError, SetupError, WarehouseRefused
from medallion.lake.landing import LandingPlace
from medallion.local.postgres import EmbeddedPostgres
from medallion.names import base_domain
from medallion.operations.environments.tidying import tidy_environments
from medallion.operations.environments.upkeep import (
    drop_environment,
    drop_unused,
    get_environment,
    holding,
    list_environments,
)
from medallion.warehouse.environments import dropping
from medallion.warehouse.registry.measures import read_measures
from medallion.workbench.environments.build import Outcome

CHANGED = "its spec or SQL has changed"
READS = "it reads {}"


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory,
    module_warehouse_db: str,
    embedded_postgres: EmbeddedPostgres,
) -> Shop:
    return Shop(tmp_path_factory.mktemp("shop"), module_warehouse_db, embedded_postgres)


@pytest.fixture
def shop(shared: Shop) -> Iterator[Shop]:
    """Each test finds production as it was, leaves it so, and leaves no environment."""
    before = shared.production()
    yield shared
    assert shared.production() == before
    for (name,) in query(shared.url, "SELECT name FROM medallion.environments"):
        drop_environment(get_environment(shared.url, str(name)), shared.surroundings)
    assert shared.production() == before
    assert query(shared.url, "SELECT nspname FROM pg_namespace WHERE nspname ~ '__'") == []
    assert list((shared.root / "lake" / "bronze").glob("*__*")) == []


def built(outcome: Outcome) -> dict[str, str]:
    for one in outcome.built:
        assert one.is_published, [t.error for t in one.tried]
    return {str(one.table.public): one.why for one in outcome.built}


def rows(shop: Shop, table: str, columns: str = "*") -> list[tuple[object, ...]]:
    return query(shop.url, f"SELECT {columns} FROM {table} ORDER BY 1")


def test_what_has_not_changed_is_production_s_and_copied_nowhere(shop: Shop) -> None:
    assert built(shop.run()) == {}
    for table in ("silver_shop{}.orders", "gold_shop{}.totals", "gold_lab{}.judged"):
        assert rows(shop, table.format("__alice")) == rows(shop, table.format(""))
    assert query(shop.url, "SELECT * FROM pg_tables WHERE schemaname ~ '__alice$'") == []
    assert built(shop.run()) == {}, "and again"


def test_changed_sql_is_built_of_production_s_tables(shop: Shop) -> None:
    with shop.edited({TOTALS: ("sum(amount)", "sum(amount) * 2")}):
        assert built(shop.run()) == {"gold_shop.totals": CHANGED}
    theirs = rows(shop, "gold_shop.totals", "note, total * 2, orders")
    assert rows(shop, "gold_shop__alice.totals") == theirs
    assert ("silver_shop.none",) in [row[:1] for row in theirs], "a text is no name"
    kinds = query(
        shop.url, "SELECT tablename FROM pg_tables WHERE schemaname ~ '^store_.*__alice$'"
    )
    assert {str(name).partition("__v")[0] for (name,) in kinds} == {"totals"}


def test_a_table_that_becomes_a_view_is_one_in_the_environment_alone(shop: Shop) -> None:
    """Its SELECT reads the environment's names, by the rights of the environment's domain."""
    with shop.edited({SALES: ("sql: totals.sql", "sql: totals.sql\n    materialization: view")}):
        assert built(shop.run()) == {"gold_shop.totals": CHANGED}
        assert built(shop.run()) == {"gold_shop.totals": CHANGED}, "and again"
    assert rows(shop, "gold_shop__alice.totals") == rows(shop, "gold_shop.totals")
    stored = "SELECT viewname FROM pg_views WHERE schemaname ~ '^store_'"
    assert query(shop.url, stored) == [("totals__v1",)]
    assert built(shop.run()) == {}
    assert query(shop.url, stored) == []


def test_a_view_is_made_again_where_what_it_reads_begins_again(shop: Shop) -> None:
    """Its SELECT goes with the table that it reads, and the table's former shape with it."""
    view = FILES[SALES].replace("sql: totals.sql", "sql: totals.sql\n    materialization: view")
    stricter = view.replace("min_value: 0", "min_value: 3")
    both = {"silver_shop.orders", "gold_shop.totals"}
    with shop.edited({SALES: (FILES[SALES], view)}):
        assert built(shop.run()) == {"gold_shop.totals": CHANGED}
    with shop.edited({SALES: (FILES[SALES], stricter)}):
        assert set(built(shop.run())) == both
        fewer = rows(shop, "gold_shop__alice.totals", "orders")
    other_shape = {
        SALES: (FILES[SALES], stricter.replace("min_value: 3", "min_value: 2.5")),
        TOTALS: ("count(silver_shop.orders.*)", "count(silver_shop.orders.*)::text"),
    }
    with shop.edited(other_shape):
        assert set(built(shop.run())) == both
    with shop.edited({SALES: (FILES[SALES], view)}):
        assert built(shop.run()) == {"gold_shop.totals": CHANGED}, "orders are production's again"
        assert rows(shop, "gold_shop__alice.totals") == rows(shop, "gold_shop.totals")
    assert sum(int(str(orders)) for (orders,) in fewer) == 3


def test_a_changed_dataset_is_made_of_production_s_landing_with_all_that_reads_it(
    shop: Shop,
) -> None:
    with shop.edited({SALES: ("min_value: 0", "min_value: 3")}):
        outcome = shop.run()
    assert built(outcome) == {
        "silver_shop.orders": CHANGED,
        "gold_shop.totals": READS.format("silver_shop.orders"),
    }
    orders = outcome.built[0]
    # The source has one other row by now: nobody has asked it.
    assert orders.landing is not None and orders.landing.run_id == "scheduled__2026-01-02"
    assert rows(shop, "silver_shop__alice.orders", "buyer")[0] == ("a****@example.org",)
    assert len(rows(shop, "silver_shop__alice.orders")) == 3
    assert len(rows(shop, "quarantine_silver_shop__alice.orders")) == 3


def test_a_changed_source_and_another_interval_ask_the_source(shop: Shop) -> None:
    more = {SALES: ("orders.csv}", "orders.csv, encoding: utf-8}")}
    with shop.edited(more):
        changed = shop.run()
    assert changed.built[0].landing is None
    assert rows(shop, "silver_shop__alice.orders", "order_id") == [(9,)]
    with shop.edited({SALES: ("min_value: 0", "min_value: 1")}):
        asked = shop.run("bob", moment=datetime(2026, 1, 5, 6, tzinfo=UTC))
        kept = shop.run("carol", moment=datetime(2026, 1, 1, tzinfo=UTC))
    assert built(asked) and asked.built[0].landing is None
    assert kept.built[0].landing is not None
    assert rows(shop, "silver_shop__bob.orders", "order_id") == [(9,)]
    assert len(rows(shop, "silver_shop__carol.orders")) == 4
    lake = {path.name for path in (shop.root / "lake" / "bronze").iterdir()}
    assert lake == {"shop", "lab", "shop__alice", "shop__bob"}, "carol has landed nothing"


def test_a_change_reaches_other_domains_and_stops_where_it_is_not_asked_for(shop: Shop) -> None:
    edit = {SALES: ("pieces: {type: integer}", "pieces: {type: integer, expression: counted}\n"
                    "        counted: {from: pieces, type: integer}")}  # fmt: skip
    with shop.edited(edit):
        only = shop.run("alice", "shop.sales")
        assert set(built(only)) == {"silver_shop.stock", "gold_shop.shelf"}
        assert [str(table.public) for table in only.choice.left_out] == ["gold_lab.judged"]
        with pytest.raises(psycopg.errors.UndefinedTable):
            rows(shop, "gold_lab__alice.judged")
        # The pipeline of the laboratory alone needs what it reads.
        whole = shop.run("alice", "lab.tests")
    assert list(built(whole)) == ["silver_shop.stock", "gold_shop.shelf", "gold_lab.judged"]
    # A merge has the rows of the intervals that have run in it: of the second day there is a pot.
    assert rows(shop, "gold_shop__alice.shelf") == [("pot", 5)]
    assert rows(shop, "gold_lab__alice.judged") == [("pot", 2, 5)]


def test_what_goes_back_to_production_s_spec_is_a_view_again(shop: Shop) -> None:
    with shop.edited({TOTALS: ("sum(amount)", "sum(amount) * 2")}):
        shop.run()
    assert built(shop.run()) == {}
    assert rows(shop, "gold_shop__alice.totals") == rows(shop, "gold_shop.totals")
    mine = "SELECT 1 FROM medallion.publications WHERE domain = 'shop__alice'"
    assert query(shop.url, mine) == []


def test_a_spec_that_changes_again_leaves_no_row_of_its_former_text(shop: Shop) -> None:
    first = ("primary_key: [item]", 'filter: "pieces > 1"\n      primary_key: [item]')
    other = ("primary_key: [item]", "filter: \"item = 'cup'\"\n      primary_key: [item]")
    with shop.edited({SALES: first}):
        built(shop.run("alice", moment=datetime(2026, 1, 1, tzinfo=UTC)))
        built(shop.run("alice", moment=datetime(2026, 1, 2, tzinfo=UTC)))
    assert rows(shop, "silver_shop__alice.stock", "item") == [("cup",), ("pot",)]
    with shop.edited({SALES: other}):
        built(shop.run("alice", moment=datetime(2026, 1, 1, tzinfo=UTC)))
    assert rows(shop, "silver_shop__alice.stock", "item") == [("cup",)]


def test_a_table_that_fails_leaves_those_that_read_it_out(shop: Shop) -> None:
    with shop.edited({SALES: ("min_value: 0, on_failure: quarantine", "min_value: 3")}):
        outcome = shop.run()
    assert [(one.is_published, len(one.tried)) for one in outcome.built] == [(False, 5), (False, 0)]
    assert not outcome.is_whole


def test_two_environments_know_nothing_of_each_other(shop: Shop) -> None:
    with shop.edited({TOTALS: ("sum(amount)", "sum(amount) * 2")}):
        shop.run("alice")
    with shop.edited({TOTALS: ("sum(amount)", "sum(amount) * 3")}):
        shop.run("bob")
    alice, bob = (rows(shop, f"gold_shop__{name}.totals", "total") for name in ("alice", "bob"))
    assert [b for (b,) in bob] == [a * 3 / 2 for (a,) in alice]  # type: ignore[operator]
    drop_environment(get_environment(shop.url, "alice"), shop.surroundings)
    assert rows(shop, "gold_shop__bob.totals", "total") == bob


def test_one_run_at_a_time_and_names_that_are_names(shop: Shop) -> None:
    with holding(shop.url, "alice"), pytest.raises(SetupError, match="something else works in"):
        shop.run()
    for name in ("Alice", "a_b", "1a", "a" * 17, "a-b", ""):
        with pytest.raises(SetupError, match="not the name of an environment"):
            shop.run(name)


def test_it_has_no_readers_but_its_own_and_the_same_masks(shop: Shop) -> None:
    with shop.edited({SALES: ("min_value: 0", "min_value: 1")}):
        shop.run()
    granted = query(
        shop.url,
        "SELECT DISTINCT grantee FROM information_schema.role_table_grants"
        " WHERE table_schema ~ '^(silver|gold)_.*__alice$' AND grantee <> grantor",
    )
    assert {str(name).split("__")[0] for (name,) in granted} <= {"worker_shop", "worker_lab"}
    masked = rows(shop, "silver_shop__alice.orders", "buyer")
    assert masked == rows(shop, "silver_shop.orders", "buyer")
    assert all("****@" in str(buyer) for (buyer,) in masked)


def test_a_landing_that_would_be_production_s_is_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first wall is switched off: the landing's folder is named as production's is."""

    def of_production(place: LandingPlace) -> object:
        start = place.run.interval_start.strftime("%Y%m%dT%H%M%SZ")
        lake = Path(place.lake_root) / "bronze" / base_domain(place.domain)
        return lake / place.dataset / start

    monkeypatch.setattr(LandingPlace, "interval_folder", property(of_production))
    with shop.edited({SALES: ("orders.csv}", "orders.csv, encoding: utf-8}")}):
        outcome = shop.run()
    (error,) = [one.error for one in outcome.built[0].tried if one.error is not None]
    assert isinstance(error, LakeError)
    assert "is not of the environment alice: it is left as it is" in str(error)
    assert list((shop.root / "lake" / "bronze").glob("*__*")) == []


def test_production_changes_its_shape_though_an_environment_looks_at_it(
    tmp_path: Path, warehouse_db: str, embedded_postgres: EmbeddedPostgres
) -> None:
    shop = Shop(tmp_path, warehouse_db, embedded_postgres)
    orders = "include/data/shop/orders.csv"
    shop.project.write(orders, FILES[orders])
    shop.run("alice")
    with psycopg.connect(shop.url) as loader:
        loader.execute(
            "CREATE VIEW silver_shop__alice.upon AS SELECT note FROM silver_shop__alice.orders"
        )
    by_order = (
        "select order_id::text as note, amount::numeric as total, 1::bigint as orders\n"
        "from silver_shop.orders\n"
    )
    gone = "        note: {from: note, type: text, nullable: true}\n"
    edits = {
        SALES: (gone, ""),
        TOTALS: (FILES[TOTALS], by_order),
    }
    with shop.edited(edits):
        with pytest.raises(WarehouseRefused) as refused:
            shop.project.run("shop.sales", day=2)
        assert "alice" not in str(refused.value), "an environment is nobody's reader"
        allowed = (
            FILES[SALES]
            .replace(gone, "")
            .replace("grants: [reader_shop]", "grants: [reader_shop]\n      breaking_change: allow")
        )
        shop.project.write(SALES, allowed)
        shop.project.run("shop.sales", day=2)
        assert query(shop.url, "SELECT to_regclass('silver_shop__alice.orders')") == [(None,)]
        assert built(shop.run("alice")) == {}
        assert query(shop.url, "SELECT count(*) FROM silver_shop__alice.orders") == [(4,)]


def test_a_drop_that_was_interrupted_is_done_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shop.edited({SALES: ("orders.csv}", "orders.csv, encoding: utf-8}")}):
        shop.run("alice")
    record = get_environment(shop.url, "alice")
    for step in ("drop_schemas", "delete_rows", "drop_roles"):
        with monkeypatch.context() as patch:
            patch.setattr(dropping, step, _interrupted)
            with pytest.raises(KeyboardInterrupt):
                drop_environment(record, shop.surroundings)
        assert get_environment(shop.url, "alice") == record
    drop_environment(record, shop.surroundings)
    with pytest.raises(SetupError, match="there is no environment alice"):
        get_environment(shop.url, "alice")
    roles = "SELECT rolname FROM pg_roles WHERE rolname LIKE '%alice\\_\\_' || current_database()"
    assert query(shop.url, roles) == []


def test_what_nobody_uses_goes_and_what_is_used_stays(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.run("alice")
    shop.run("bob")
    with psycopg.connect(shop.url) as loader:
        loader.execute(
            "UPDATE medallion.environments SET used_at = now() - interval '15 days'"
            " WHERE name = 'alice'"
        )
    where = shop.surroundings
    assert [one.name for one in drop_unused(where, dry_run=True)] == ["alice"]
    monkeypatch.setenv("MEDALLION_ENVIRONMENT_DAYS", "20")
    assert list(drop_unused(where)) == []
    monkeypatch.setenv("MEDALLION_ENVIRONMENT_DAYS", "soon")
    with pytest.raises(SetupError, match="not a number of days"):
        list(drop_unused(where))
    monkeypatch.delenv("MEDALLION_ENVIRONMENT_DAYS")
    assert [one.name for one in drop_unused(where)] == ["alice"]
    assert [one.name for one in list_environments(shop.url)] == ["bob"]


def test_its_old_landings_go_and_those_of_production_that_it_reads_stay(shop: Shop) -> None:
    where, lake = shop.surroundings, shop.root / "lake" / "bronze"
    with shop.edited({SALES: ("min_value: 0", "min_value: 1")}):
        shop.run()  # takes what production has landed
        shop.run(moment=datetime(2026, 1, 5, 6, tzinfo=UTC))  # asks the source
    assert list(tidy_environments(where)) == []
    (own,) = {one.parent.parent for one in lake.glob("shop__alice/*/*/*")}
    with psycopg.connect(shop.url) as loader:
        loader.execute(
            "UPDATE medallion.loads SET extracted_at = now() - interval '15 days'"
            " WHERE domain = 'shop__alice'"
        )
    would = [one.describe() for one in tidy_environments(where, dry_run=True)]
    assert would == [one.describe() for one in tidy_environments(where)]
    assert [text.partition(",")[0] for text in would] == [
        f"silver_shop__alice.{own.name}: 1 landing"
    ]
    assert list(own.glob("*/*")) == []
    assert list(tidy_environments(where)) == []
    kept = query(
        shop.url,
        "SELECT count(*) FROM medallion.loads WHERE domain = 'shop__alice'"
        " AND deleted_at IS NULL AND deleting_at IS NULL",
    )
    assert kept != [(0,)], "what it has taken of production is neither marked nor deleted"


def test_its_runs_move_no_metric_and_no_freshness_of_production_s(shop: Shop) -> None:
    with psycopg.connect(shop.url) as loader:
        before = read_measures(loader)
    with shop.edited({SALES: ("min_value: 0", "min_value: 3")}):
        shop.run()
    with psycopg.connect(shop.url) as loader:
        assert read_measures(loader) == before
        shown = loader.execute("SELECT 1 FROM medallion_client.tables WHERE domain ~ '__'")
        assert shown.fetchall() == []


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt
