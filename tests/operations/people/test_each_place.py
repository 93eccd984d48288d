"""She is erased once, and each place is looked at: what runs have staged and not published, gold of
another domain and its quarantine, pages of an API, packed CSV, the registry's texts, statistics.
"""

from __future__ import annotations

import gzip
import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from tests.docs.pages import Project
from tests.operations.people.shop import KEY, search_lake, search_warehouse
from tests.steps.staged import query
from tests.web_server import WebServer, serve_files

from medallion.errors import StagingLost
from medallion.operations.people.erase import Erasure, erase_person
from medallion.operations.surroundings import Surroundings
from medallion.sources.base.source import ConnectionDetails
from medallion.warehouse.registry.erasures import SQL
from medallion.warehouse.session.statements import statements

SALES = """\
description: Members of a shop, from its API, and what they order.
datasets:
  members:
    source:
      type: rest
      conn_id: shop_api
      path: members
      records: data.members
      pagination: {type: next_url, url: next, left_out_at_end: true}
    silver:
      primary_key: [mail]
      write_disposition: merge
      share_with: [ads]
      guard: {max_shrink_percent: null}
      columns:
        mail:
          type: text
          clean: [trim, lower]
          classification: {pii: email, protect: none, identifies: email}
        name: {type: text, classification: {pii: name, protect: none}}
        born: {type: date}
        page: {type: text}
  orders:
    source: {type: file, path: include/data/shop/orders.csv.gz, format: csv}
    silver:
      primary_key: [number]
      write_disposition: append
      share_with: [ads]
      guard: {max_shrink_percent: null}
      columns:
        number: {type: bigint}
        mail:
          type: text
          clean: [trim, lower]
          classification: {pii: email, protect: none, identifies: email}
        amount: {type: "decimal(8,2)"}
        note: {type: text, nullable: true}
  rates:
    source: {type: file, path: include/data/shop/rates.csv, format: csv}
    silver: {columns: {name: {type: text}}}
"""
ADS = """\
description: Whom to write to.
gold:
  audience:
    sql: audience.sql
    primary_key: [number]
    checks: [{between: {column: amount, max_value: 100, on_failure: quarantine}}]
    guard: {max_shrink_percent: null, max_quarantined_percent: 100}
  lookalikes:
    sql: audience.sql
    primary_key: [number]
    checks: [{between: {column: amount, max_value: 100, on_failure: quarantine}}]
"""
AUDIENCE = (
    "select o.number, m.name, m.page, o.amount from silver_shop.members as m"
    " join silver_shop.orders as o on o.mail = m.mail"
)
PERSON = ("ada@example.org", "lovelace", "lady-note", "/ada-page")
BOB = {"mail": "bob@example.org", "name": "Bob", "born": "1990-01-01", "page": "/bob"}
ADA = {
    "mail": " ADA@example.org",
    "name": "Ada Lovelace",
    "born": "1815-12-10",
    "page": "/ada-page",
}


@dataclass(frozen=True, kw_only=True)
class Shop:
    """Two domains: one has people, the other makes gold of them."""

    project: Project
    web: WebServer

    @property
    def url(self) -> str:
        return self.project.url

    @property
    def lake(self) -> Path:
        return self.project.root / "lake"

    def deliver(self, day: int) -> None:
        """Two pages, and a packed file. Of her: on each page one that can be read and one that
        cannot, an order, one with no amount, and a line that is no record."""
        pages = [[{**BOB, "n": 1.10}, ADA], [{**ADA, "born": "never"}, {**BOB, "mail": "cy@x.org"}]]
        for number, members in enumerate(pages):
            body = {"data": {"members": members}, "of": day}
            more = {} if number else {"next": f"{self.web.url}/members?page=1"}
            self.web.put("/members?page=1" if number else "/members", as_json({**body, **more}))
        lines = [
            "number,mail,amount,note",
            f"{day}1,ada@example.org,2.00,lady-note",
            f"{day}2,ada@example.org,200.00,",
            f"{day}3,bob@example.org,3.00,",
            f"{day}4,ada@example.org,much,lady-note",
            f"{day}5;ada@example.org;4.00",
        ]
        packed = gzip.compress("\n".join([*lines, ""]).encode())
        self.project.write("include/data/shop/orders.csv.gz", packed)

    def stage(self, dag_id: str, *tables: str) -> None:
        """All that the second day does before its publications."""
        only = [f"{table}.{step}" for table in tables for step in BEFORE_PUBLICATION]
        self.project.run(dag_id, 1, only=only)

    def erase(self, *, is_meant: bool = True) -> Erasure:
        where = Surroundings(
            project_root=self.project.root,
            lake_root=str(self.lake),
            warehouse_url=self.url,
            connection=self.project.connections.__getitem__,
            log=logging.getLogger("medallion.test"),
        )
        (done,) = erase_person(
            where, by="dpo", column="email", value="ada@example.org", is_meant=is_meant
        )
        assert done.problems == []
        return done


SILVER = ("members", "orders")
GOLD = ("audience", "lookalikes")
BEFORE_PUBLICATION = ("land", "gate_bronze", "clean", "gate_silver", "build", "gate")
MENTION = "Ada@Example.org was here"
COLUMNS = (
    "SELECT column_name::text, data_type::text, is_nullable = 'NO' AND column_default IS NULL"
    " AND is_identity = 'NO' FROM information_schema.columns"
    " WHERE table_schema = 'medallion' AND table_name = %s"
)
SOME: Mapping[str, object] = {
    "jsonb": Jsonb({}),
    "ARRAY": [],
    "bigint": 1,
    "integer": 1,
    "boolean": True,
    "timestamp with time zone": "2026-01-01",
}
TEXTS = (
    "SELECT c.table_name::text, c.column_name::text FROM information_schema.columns AS c"
    " JOIN information_schema.tables AS t USING (table_schema, table_name)"
    " WHERE c.table_schema = 'medallion' AND t.table_type = 'BASE TABLE' AND c.data_type IN"
    " ('text', 'character varying', 'json', 'jsonb', 'ARRAY', 'bytea')"
)
NO_WORDS = """
# Names: of specs, runs, roles and files. Numbers, digests, places.
action check_id code column_name conn_id connection_id counts dag_id dataset decision digest domain
domains entity event event_time expectation field file file_state fingerprint hash host identifier
input key key_digest key_id kind landing layer log_url manifest_uri mark name notes notice
on_failure owner path physical_table place primary_key protected reader receivers records reference
role roles root run_id sha256 source source_fingerprint spec spec_commit spec_digest sql_digest
state status step stream_id table_name task_id time_column time_digest time_grain tool uri uuid what
write_disposition
# What specs say: checks, plans, alerts; and what Superset has of them.
alerts check_name found kwargs plan sending wanted
# Who works with the product, and how far a source was read.
begun_by decided_by deleted_by done_by made_by pinned_by value_after value_before
"""


@dataclass(frozen=True, kw_only=True)
class Erased:
    """The shop after she was erased: what had her before, and what has her now."""

    shop: Shop
    before: frozenset[str]
    would: Mapping[str, int]
    done: Mapping[str, int]
    left: Sequence[str]
    audience: Sequence[tuple[object, ...]]


def as_json(body: object) -> bytes:
    return json.dumps(body).encode()


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory, module_warehouse_db: str) -> Iterator[Erased]:
    """A day is published, but for one table of gold; the next one is staged, and nothing else."""
    with serve_files() as web:
        connections = {
            "shop_api": ConnectionDetails(conn_id="shop_api", conn_type="http", host=web.url),
            "pii_default": ConnectionDetails(conn_id="pii_default", password=KEY),
        }
        root, url = tmp_path_factory.mktemp("shop"), module_warehouse_db
        project = Project(root=root, url=url, connections=connections)
        project.write("specs/shop/sales.yaml", SALES)
        project.write("specs/ads/mailing.yaml", ADS)
        project.write("include/sql/ads/audience.sql", AUDIENCE)
        project.write("include/data/shop/rates.csv", "name\nflat\n")
        assert project.problems() == []
        shop = Shop(project=project, web=web)
        shop.deliver(0)
        project.run("shop.sales")
        project.run("ads.mailing", group="audience")
        shop.deliver(1)
        shop.stage("shop.sales", *SILVER)
        shop.stage("ads.mailing", *GOLD)
        mention_everywhere(url)
        before = frozenset(one.partition(": ")[0] for one in search_warehouse(url, PERSON))
        assert len(search_lake(shop.lake, PERSON)) > len(PERSON)
        would, done = shop.erase(is_meant=False), shop.erase()
        yield Erased(
            shop=shop,
            before=before,
            would=would.counts,
            done=done.counts,
            left=search_warehouse(url, PERSON),
            audience=query(url, "SELECT number, name FROM gold_ads.audience ORDER BY 1"),
        )


def list_texts(url: str) -> list[tuple[str, str, str]]:
    """Where an erasure looks for words: table, column, type."""
    with psycopg.connect(url) as connection:
        return connection.execute(statements(SQL)["text_columns"]).fetchall()


def mention_everywhere(url: str) -> None:
    """A row of the registry for each of its texts, of a table that has nothing of her: it says her
    address."""
    ids = "SELECT publication_id FROM medallion.publications WHERE table_name = 'rates'"
    ((publication,),) = query(url, ids)
    known: dict[str, object] = {
        "layer": "silver",
        "domain": "shop",
        "table_name": "rates",
        "publication_id": publication,
        "status": "failed",
        "kind": "landing",
        "notice": "opened",
    }
    texts = list_texts(url)
    with psycopg.connect(url) as connection:
        for table, column, kind in sorted(texts, key=lambda one: (one[0] == "notices", one)):
            if table == "notices":
                row = connection.execute("SELECT max(incident_id) FROM medallion.incidents")
                known["incident_id"] = row.fetchone()[0]  # type: ignore[index]
            values = {
                name: known.get(name, SOME.get(type_, f"{table}.{column}"))
                for name, type_, is_required in connection.execute(COLUMNS, [table]).fetchall()
                if is_required or name in known
            }
            said = {"said": [MENTION], "count": 17}
            values[column] = Jsonb(said) if kind == "jsonb" else MENTION
            connection.execute(
                sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                    sql.Identifier("medallion", table),
                    sql.SQL(", ").join(map(sql.Identifier, values)),
                    sql.SQL(", ").join(map(sql.Placeholder, values)),
                ),
                values,
            )


def test_nothing_that_is_staged_has_her(erased: Erased) -> None:
    staged = re.compile(r"staging_(\w+\.\w+?)__[0-9a-f]{10}(__rejects)?")
    found = [one for place in erased.before if (one := staged.fullmatch(place))]
    assert {(one[1], bool(one[2])) for one in found} == {
        (table, rejects)
        for table in ("silver_shop.members", "silver_shop.orders", "gold_ads.audience",
                      "gold_ads.lookalikes")
        for rejects in (False, True)
    }  # fmt: skip
    assert erased.left == []
    assert erased.done["row"] >= erased.would["row"]


def test_gold_of_another_domain_is_built_again_and_its_quarantine_goes(erased: Erased) -> None:
    assert {"quarantine_gold_ads.audience", "store_gold_ads.audience__v1"} <= erased.before
    assert erased.left == []
    assert erased.audience == [(3, "Bob")]
    assert erased.would["gold table"] == 2, "the other one was never published"
    assert erased.done["gold table"] == 1
    asked = "SELECT count(*) FROM quarantine_gold_ads.audience"
    assert query(erased.shop.url, asked) == [(0,)]


def test_pages_of_an_api_and_packed_csv_keep_everybody_else(erased: Erased) -> None:
    lake = erased.shop.lake
    assert search_lake(lake, PERSON) == []
    landed = lake / "bronze/shop"
    packed = (landed / "members").rglob("*.jsonl.gz")
    pages = [json.loads(line) for path in packed for line in unpacked(path)]
    bob, cy = {**BOB, "n": 1.10}, {**BOB, "mail": "cy@x.org"}
    then = {"next": f"{erased.shop.web.url}/members?page=1"}
    assert sorted(pages, key=lambda one: (one["of"], "next" not in one)) == [
        {"data": {"members": members}, "of": day, **more}
        for day in range(2)
        for members, more in (([bob, {}], then), ([{}, cy], {}))
    ]
    (first, second) = sorted((landed / "orders").rglob("*.csv.gz"))
    assert unpacked(first) == ["number,mail,amount,note", ",,,", ",,,", "03,bob@example.org,3.00,",
                               ",,,", "xx;xxx@xxxxxxx.xxx;x.xx"]  # fmt: skip
    assert len(unpacked(second)) == 6


def unpacked(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode().splitlines()


def test_each_text_of_the_registry_says_erased_in_her_place(erased: Erased) -> None:
    url, texts = erased.shop.url, list_texts(erased.shop.url)
    assert {f"medallion.{table}" for table, *_ in texts} <= erased.before
    assert erased.left == []
    with psycopg.connect(url) as connection:
        for table, column, _ in texts:
            counted = sql.SQL("SELECT count(*) FROM {} WHERE {}::text LIKE %s").format(
                sql.Identifier("medallion", table), sql.Identifier(column)
            )
            row = connection.execute(counted, ["%[erased] was here%"]).fetchone()
            assert row and row[0] >= 1, f"{table}.{column}"


def test_of_each_text_of_the_registry_somebody_has_said_whether_it_has_words(
    erased: Erased,
) -> None:
    """A new one goes into `text_columns` of erasures.sql; a name goes into the list here."""
    known = {(table, column) for table, column, _ in list_texts(erased.shop.url)}
    there = {(str(table), str(column)) for table, column in query(erased.shop.url, TEXTS)}
    assert known <= there
    left = sorted((table, one) for table, one in there - known if one not in NO_WORDS.split())
    assert left == [("bi_sync", "problem")], "what Superset answers; of others say what they are"


def test_statistics_forget_her_also_of_tables_that_are_empty_now(erased: Erased) -> None:
    assert "pg_catalog.pg_stats" in erased.before
    assert erased.left == []
    asked = "SELECT schemaname || '.' || tablename FROM pg_stats WHERE schemaname LIKE 'staging%'"
    if "pg_clear_attribute_stats" not in str(query(erased.shop.url, "SELECT proname FROM pg_proc")):
        pytest.skip("this server keeps them until the table has rows again")
    kept = [name for (name,) in query(erased.shop.url, asked)]
    assert [name for name in kept if "_gold_ads." in str(name)] == []


def test_what_was_staged_is_refused_and_the_run_again_has_nobody_erased(erased: Erased) -> None:
    project = erased.shop.project
    for dag_id, table in (("shop.sales", "members"), ("ads.mailing", "lookalikes")):
        with pytest.raises(StagingLost):
            project.run(dag_id, 1, only=[f"{table}.publish"])
    for dag_id in ("shop.sales", "ads.mailing"):
        project.run(dag_id, 1)
    assert search_warehouse(erased.shop.url, PERSON) == []
    assert search_lake(erased.shop.lake, PERSON) == []
    for name in GOLD:
        rows = query(erased.shop.url, f"SELECT number, name FROM gold_ads.{name} ORDER BY 1")
        assert rows == [(3, "Bob"), (13, "Bob")]
