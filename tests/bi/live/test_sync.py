"""Syncs with a real Superset: what is made, what follows a publication, what people made stays."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.bi.live.bazaar import Bazaar, Edits, People, warehouse_of_its_own
from tests.bi.live.conftest import RunningSuperset

from medallion.bi.superset.client import SupersetClient
from medallion.bi.superset.objects import AssetKind, RowRule
from medallion.bi.sync import run as run_module
from medallion.bi.sync.merge import NO_LONGER
from medallion.errors import SupersetRefused, SupersetUnavailable
from medallion.warehouse.registry import bi

pytestmark = pytest.mark.slow
DATASET, CHART, DASHBOARD = AssetKind.DATASET, AssetKind.CHART, AssetKind.DASHBOARD


@pytest.fixture
def people(superset: SupersetClient) -> People:
    return People(superset)


@pytest.fixture
def bazaar(running_superset: RunningSuperset, tmp_path: Path) -> Iterator[Bazaar]:
    """With a warehouse of its own, and so a ledger of its own."""
    with warehouse_of_its_own(Bazaar, running_superset, tmp_path) as found:
        found.open()
        yield found


def words(lines: tuple[str, ...]) -> list[str]:
    """What is done to which kind."""
    return [" ".join(line.split()[:2]) for line in lines]


def test_a_project_is_made_shown_to_its_roles_and_then_left_alone(
    bazaar: Bazaar, people: People
) -> None:
    role = f"{bazaar.name}_team"
    bazaar.tables = [bazaar.table(row_filters=(bazaar.row_filter(),))]
    bazaar.dashboards = [bazaar.dashboard(roles=(role,))]
    planned = bazaar.sync(dry_run=True)
    assert not planned.is_in_step
    assert people.client.dashboard_by_slug(f"{bazaar.name}-overview") is None
    done = bazaar.sync()
    assert done.problems == ()
    assert words(planned.lines)[:3] == words(done.lines)[:3] == [
        "create database", "create dataset", "create dataset",
    ]  # fmt: skip
    assert sorted(planned.lines) == sorted(done.lines)
    again = bazaar.sync()
    assert (again.lines, again.is_in_step) == ((), True)

    dataset = people.find(DATASET, "sales", bazaar.sales.schema)
    details = people.client.details(DATASET, dataset.id)
    named = {one["column_name"]: one for one in details["columns"]}
    assert sorted(named) == ["amount", "brand", "country"], "a protected column is not offered"
    assert named["amount"]["description"] == "Without taxes."
    assert "as of " in details["extra"]
    assert details["is_managed_externally"] is True
    dashboard = people.client.dashboard_by_slug(f"{bazaar.name}-overview")
    assert dashboard is not None
    shown = people.client.details(DASHBOARD, dashboard.id)
    assert ([one["name"] for one in shown["roles"]], shown["published"]) == ([role], True)
    (rule,) = [one for one in people.client.row_rules() if one.dataset_ids == (dataset.id,)]
    assert (rule.clause, len(rule.role_ids)) == ("country = 'FR'", 1)
    takings = people.find(CHART, "Takings by brand")
    (data,) = people.client.chart_data(takings.id)
    assert {row["brand"] for row in data.rows} == {f"brand {n}" for n in range(1, 6)}


def test_nobody_reads_a_new_dataset_before_its_rules_are_there(
    bazaar: Bazaar, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody with every right on the data looks after each import. So does who kills the sync
    when the dataset is there, and its rule is not."""
    bazaar.execute("INSERT INTO {} VALUES ('brand 6', 'US', 6, 'u@b.org')")
    rule, email = bazaar.row_filter(), f"jo@{bazaar.name}.example"
    bazaar.tables = [bazaar.table(row_filters=(rule,), contacts=(email,))]
    jo = people.make_user(f"{bazaar.name}_jo", email, "Alpha", "sql_lab", *rule.roles)
    whole, seen = run_module.Sender._import, list[set[Any]]()

    with SupersetClient(jo) as looker:

        def look(client: SupersetClient = looker) -> set[Any]:
            found = [one for one in people.client.objects(DATASET)
                     if one.schema == bazaar.sales.schema]  # fmt: skip
            if not found:
                return set()
            context = {"datasource": {"id": found[0].id, "type": "table"}, "force": True,
                       "queries": [{"columns": ["country"], "metrics": []}]}  # fmt: skip
            try:
                (data,) = client.query_data(context)
            except SupersetRefused:  # it has no such column yet
                return set()
            return {row["country"] for row in data.rows}

        def import_and_look(self: Any, files: Any) -> None:
            whole(self, files)
            seen.append(look())

        monkeypatch.setattr(run_module.Sender, "_import", import_and_look)
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(run_module.Rules, "make", killed)
            bazaar.sync()
        assert look(people.client) == set(), "it is there, and closed to everybody"
        done = bazaar.sync()
        assert done.problems == ()
        assert len(seen) > 2
        assert set.union(*seen) == {"FR"}
        assert look(people.client) == {"FR", "US"}
        assert bazaar.ask_in_sql_lab(looker, "country") == {"FR"}, "SQL Lab does not read past it"
        assert bazaar.ask_in_sql_lab(people.client, "country") == {"FR", "US"}

        # Somebody deletes it: it comes back with its rule, too.
        people.client.delete(DATASET, people.find(DATASET, "sales", bazaar.sales.schema).id)
        assert bazaar.sync().problems == ()
        assert look() == {"FR"}
        assert set.union(*seen) == {"FR"}
    assert bazaar.sync().is_in_step


def killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_whom_a_spec_names_is_an_owner_if_superset_knows_him(
    bazaar: Bazaar, people: People
) -> None:
    ana, ben = f"ana@{bazaar.name}.example", f"{bazaar.name}_ben"
    for name, email in ((f"{bazaar.name}_ana", ana), (ben, f"{ben}@other.example")):
        people.make_user(name, email, "Gamma")
    bazaar.tables = [bazaar.table(contacts=(ana.upper(), "#bazaar"))]
    bazaar.dashboards = [bazaar.dashboard(owner=ben)]
    done = bazaar.sync()
    assert done.problems == ()
    dataset = people.find(DATASET, "sales", bazaar.sales.schema)
    board = people.client.dashboard_by_slug(f"{bazaar.name}-overview")
    chart = next(one for one in people.client.objects(CHART) if one.dataset_id == dataset.id)
    assert board is not None
    assert f"{bazaar.name}_ana" in people.owners_of(dataset)
    assert ben in people.owners_of(board)
    assert ben in people.owners_of(chart)
    assert people.client.details(DASHBOARD, board.id)["published"] is True
    assert bazaar.sync().is_in_step

    # A dry run names what no file has, too: who sees it, and whose it is.
    bazaar.dashboards = [bazaar.dashboard(owner=ben, roles=(f"{bazaar.name}_team",))]
    planned = bazaar.sync(dry_run=True)
    assert not planned.is_in_step
    assert planned.lines == bazaar.sync().lines
    assert words(planned.lines) == ["create role", "change dashboard"]

    people.client.update(CHART, chart.id, {"owners": []})
    assert bazaar.sync().is_in_step
    assert people.owners_of(chart) == set(), "what people make of it is theirs"
    bazaar.dashboards = [bazaar.dashboard(contacts=(ana,))]
    bazaar.sync()
    assert f"{bazaar.name}_ana" in people.owners_of(board)
    assert ben not in people.owners_of(board)


def test_datasets_caches_and_banner_follow_what_is_published(
    bazaar: Bazaar, people: People
) -> None:
    bazaar.sync()
    number = next(
        one for one in people.client.objects(CHART)
        if one.name == "Takings" and one.dataset_id
        == people.find(DATASET, "sales", bazaar.sales.schema).id
    ).id  # fmt: skip

    def takings() -> tuple[Any, bool]:
        (data,) = people.client.chart_data(number)
        (row,) = data.rows
        return next(iter(row.values())), data.is_cached

    assert takings() == (15, False)
    assert takings() == (15, True)
    bazaar.execute("UPDATE {} SET amount = amount * 2")
    bazaar.execute("ALTER TABLE {} ADD COLUMN size integer")
    bazaar.execute("ALTER TABLE {} DROP COLUMN country")
    assert takings() == (15, True), "a cache shows yesterday until it is told"
    bazaar.publish()
    done = bazaar.sync()
    assert next(line for line in done.lines if "dataset" in line).endswith(
        ": column size; dropped: column country"
    )
    assert takings() == (30, False)

    # Published again with the same interval and columns: the words stay, the cache does not.
    bazaar.execute("UPDATE {} SET amount = amount * 2")
    bazaar.publish()
    assert bazaar.sync().lines == ()
    assert takings() == (60, False)
    assert takings() == (60, True)

    bazaar.fail()
    bazaar.sync()
    dataset = people.find(DATASET, "sales", bazaar.sales.schema)
    assert "last run failed: checks of sales failed" in str(
        people.client.details(DATASET, dataset.id)["extra"]
    )
    tile = next(one for one in people.client.objects(CHART) if one.name == "How fresh the data are"
                and bazaar.name in str(people.client.details(CHART, one.id)["params"]))  # fmt: skip
    (banner,) = people.client.chart_data(tile.id)
    assert "last run failed: checks of sales failed" in str(banner.rows)
    assert takings()[0] == 60


def test_what_is_not_ours_is_refused_and_adopted_only_when_asked(
    bazaar: Bazaar, people: People
) -> None:
    slug = f"{bazaar.name}-overview"
    theirs = people.make_dashboard("Mine", slug)
    refused = bazaar.sync()
    assert [line.split()[0] for line in refused.problems] == ["dashboard"]
    assert "has its slug" in refused.problems[0]
    kept = people.client.details(DASHBOARD, theirs)
    assert kept["dashboard_title"] == "Mine"
    adopted = bazaar.sync(adopt=True)
    assert adopted.problems == ()
    assert people.client.details(DASHBOARD, theirs)["dashboard_title"] == "The bazaar"
    assert bazaar.sync().is_in_step


def test_what_a_spec_drops_goes_and_what_people_use_becomes_theirs(
    bazaar: Bazaar, people: People
) -> None:
    bazaar.tables = [bazaar.table(row_filters=(bazaar.row_filter(),))]
    bazaar.sync()
    dataset = people.find(DATASET, "sales", bazaar.sales.schema)
    ours = [one for one in people.client.objects(CHART) if one.dataset_id == dataset.id]
    brands = next(one for one in ours if one.name == "Takings by brand")
    people.make_dashboard(f"Mine in {bazaar.name}", uses=brands)
    by_hand = RowRule(name=f"by hand {bazaar.name}", clause="true", dataset_ids=(dataset.id,),
                      role_ids=(), group_key="")  # fmt: skip
    people.client.create_row_rule(by_hand)

    bazaar.tables, bazaar.dashboards = [], []
    bazaar.unknown = ("shop.sales: it is refused",)
    kept = bazaar.sync()
    assert [line.split()[0] for line in kept.lines] == ["unknown"]
    bazaar.unknown = ()
    done = bazaar.sync()
    assert done.problems == ()
    assert people.client.dashboard_by_slug(f"{bazaar.name}-overview") is None
    left = [one for one in people.client.objects(CHART) if one.dataset_id == dataset.id]
    assert [one.name for one in left] == [f"Takings by brand {NO_LONGER}"]
    details = people.client.details(DATASET, dataset.id)
    assert NO_LONGER in details["description"]
    assert details["is_managed_externally"] is False
    rules = [one.name for one in people.client.row_rules() if dataset.id in one.dataset_ids]
    assert rules == [by_hand.name]
    with psycopg.connect(bazaar.url) as connection:
        assert bi.read_ledger(connection) == {}
    (data,) = people.client.chart_data(left[0].id)
    assert len(data.rows) == 5

    bazaar.tables, bazaar.dashboards = [bazaar.table()], [bazaar.dashboard()]
    assert bazaar.sync().problems == ()
    assert people.client.details(CHART, brands.id)["slice_name"] == "Takings by brand"
    assert bazaar.sync().is_in_step


def killed_at(place: str) -> Callable[..., Any]:
    """The first export is the question, and the second one comes after the import."""
    whole, calls = getattr(run_module.Sender, place), count()

    def once(self: Any, *arguments: Any) -> Any:
        if place == "export" and next(calls) == 0:
            return whole(self, *arguments)
        raise KeyboardInterrupt

    return once


def test_a_sync_that_was_killed_or_found_nobody_is_finished_by_the_next(
    bazaar: Bazaar, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("finish", "export"):
        bazaar.tables = [bazaar.table(description=f"before {place}")]
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(run_module.Sender, place, killed_at(place))
            bazaar.sync()
        done = bazaar.sync()
        assert done.problems == ()
        assert done.lines
        assert bazaar.sync().is_in_step

    there, bazaar.server = bazaar.server, replace(bazaar.server, url="http://127.0.0.1:9")
    with pytest.raises(SupersetUnavailable):
        bazaar.sync()
    with psycopg.connect(bazaar.url) as connection:
        last = bi.last_sync(connection)
        assert last is not None
        assert last.failing_since is not None
    bazaar.server = there
    assert bazaar.sync().is_in_step
    with psycopg.connect(bazaar.url) as connection:
        last = bi.last_sync(connection)
        assert last is not None
        assert last.failing_since is None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_people_made_survives_20_imports(bazaar: Bazaar, people: People, seed: int) -> None:
    """Sequences of edits by hand, of changes of the specs and of the table, and of imports. Many
    more, on what an import does to what is there: tests/bi/sync/test_sequences.py."""
    chance = random.Random(seed)  # a sequence that can be had again
    bazaar.sync()
    number = people.find(DATASET, "sales", bazaar.sales.schema).id
    edits = Edits(people=people, bazaar=bazaar, dataset=number)
    once = chance.sample(edits.all, len(edits.all))
    for at in range(20):
        # Each once, two at a time; then as it comes, many between two imports or none.
        for step in once[2 * at : 2 * at + 2] or chance.sample(edits.all, chance.randint(0, 4)):
            step(at)
        before = edits.seen()
        done = bazaar.sync()
        assert done.problems == (), (at, done.lines)
        assert edits.seen() == before, (at, done.lines)
    assert bazaar.sync().is_in_step
    assert len(edits.made) > 10
