"""A small warehouse that is published for real, the specs over it, and people at work in Superset.

Everything that is unique in a Superset (project, database, tables, slugs) has a name of its own, so
that tests may share one.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.conftest import fresh_database
from tests.steps.staged import REPLACE
from tests.warehouse.registry.test_freshness import plan as any_plan

from medallion.bi.superset.client import SupersetClient
from medallion.bi.superset.objects import AssetKind, RowRule, SupersetObject
from medallion.bi.superset.server import SupersetServer
from medallion.bi.sync.objects import Objects, read_objects
from medallion.bi.sync.project import Job, Plans, sync_project
from medallion.bi.sync.run import Outcome
from medallion.bi.sync.send import parse
from medallion.names import (
    BI_READER,
    SUPERSET_CONN_ID,
    SUPERSET_WAREHOUSE_CONN_ID,
    DagId,
    Layer,
    PublishedTable,
    TableName,
)
from medallion.plan.bi import BiChart, BiDashboard, BiDimension, BiMetric, BiTable, RowFilter
from medallion.plan.model import FreshnessLimits, Plan, PublishStep
from medallion.run import Run
from medallion.sources.base.source import ConnectionDetails
from medallion.warehouse.registry import bi
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.declared_tables import declare
from medallion.warehouse.registry.records import NewPublication, TaskRecord

if TYPE_CHECKING:
    from tests.bi.live.conftest import RunningSuperset

AnyBazaar = TypeVar("AnyBazaar", bound="Bazaar")
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@dataclass
class Bazaar:
    """The domain `<name>` with the gold table `sales`."""

    name: str
    url: str
    """Its warehouse, as the loader."""
    reader_url: str
    """As Superset reads it."""
    server: SupersetServer
    root: Path
    tables: list[BiTable] = field(default_factory=list)
    dashboards: list[BiDashboard] = field(default_factory=list)
    unknown: tuple[str, ...] = ()

    @property
    def sales(self) -> TableName:
        return TableName(f"gold_{self.name}", "sales")

    def open(self) -> None:
        """Publish, and declare a dataset with two metrics and a dashboard with two charts."""
        with psycopg.connect(self.url) as connection:
            registry.ensure(connection)
            schema, reader = sql.Identifier(self.sales.schema), sql.Identifier(BI_READER)
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
            connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, reader))
            bi.let_read_freshness(connection, BI_READER)
            plan = replace(any_plan(self._step()), dag_id=DagId(self.name, "all"))
            declare(connection, plan, "d")
        self.execute("CREATE TABLE {} (brand text, country text, amount numeric(18,2), email text)")
        self.execute(
            "INSERT INTO {} SELECT 'brand ' || n, 'FR', n, 'a@b.org' FROM generate_series(1, 5) n"
        )
        self.execute("GRANT SELECT ON {} TO bi_reader")
        self.execute("COMMENT ON COLUMN {}.amount IS 'Without taxes.'")
        self.publish()
        self.tables = [self.table()]
        self.dashboards = [self.dashboard()]

    def table(self, **more: Any) -> BiTable:
        said: dict[str, Any] = {
            "table": self.sales,
            "description": "One row a sale.",
            "owner": "bazaar-data",
            "certified_by": "Bazaar data",
            "dimensions": (BiDimension(name="brand", label="Brand"),),
            "metrics": (
                BiMetric(name="takings", expression="sum(amount)", label="Takings", format=",.0f"),
                BiMetric(name="sales", expression="count(*)", label="Sales"),
            ),
            "protected": frozenset(("email",)),
        }
        return BiTable(**{**said, **more})

    def dashboard(self, name: str = "overview", **more: Any) -> BiDashboard:
        chart = BiChart(
            name="takings", kind="big_number", title="Takings", table=self.sales,
            metrics=("takings",),
        )  # fmt: skip
        brands = replace(
            chart, name="brands", kind="bar", title="Takings by brand", dimensions=("brand",)
        )
        said: dict[str, Any] = {
            "domain": self.name, "name": name, "title": "The bazaar", "owner": "bazaar-data",
            "charts": (chart, brands),
        }  # fmt: skip
        return BiDashboard(**{**said, **more})

    def plan(self) -> Plan:
        """What its specs have become."""
        return replace(
            any_plan(self._step()),
            dag_id=DagId(self.name, "all"),
            spec_path=f"specs/{self.name}/all.yaml",
            bi_tables=tuple(self.tables),
            dashboards=tuple(self.dashboards),
        )

    def sync(self, **more: Any) -> Outcome:
        """As the command does it."""
        job = Job(
            root=self.root,
            warehouse_url=self.url,
            connection=self.connection,
            plans=Plans(known=(self.plan(),), unknown=self.unknown),
            **more,
        )
        return sync_project(job)

    def connection(self, conn_id: str) -> ConnectionDetails:
        """The two that a sync asks for."""
        if conn_id == SUPERSET_CONN_ID:
            return ConnectionDetails(
                conn_id=conn_id,
                conn_type="http",
                host=self.server.url,
                login=self.server.username,
                password=self.server.password,
                extra={"project": self.name, "database_name": f"Warehouse of {self.name}"},
            )
        assert conn_id == SUPERSET_WAREHOUSE_CONN_ID
        found = conninfo_to_dict(self.reader_url)
        return ConnectionDetails(
            conn_id=conn_id,
            conn_type="postgres",
            host=str(found["host"]),
            port=int(str(found["port"])),
            schema=str(found["dbname"]),
            login=str(found["user"]),
            password=str(found["password"]),
        )

    def execute(self, statement: str) -> None:
        """Of the table `sales`, in its own transaction."""
        table = sql.Identifier(self.sales.schema, self.sales.table)
        with psycopg.connect(self.url) as connection:
            connection.execute(sql.SQL(statement).format(table))

    def publish(self) -> None:
        """Say in the registry that `sales` has just been published."""
        gold = PublishedTable(layer=Layer.GOLD, domain=self.name, name="sales")
        new = NewPublication(
            version=1, physical_table="p", write_disposition="merge", load_id=None, rows_read=1,
            rows_published=1, rows_quarantined=0, rows_deduplicated=0, rows_discarded=0,
            rows_deleted=0, rows_total=1, digest="d", as_of=NOW, is_current=True, is_whole=True,
        )  # fmt: skip
        with psycopg.connect(self.url) as connection:
            number = connection.execute("SELECT count(*) FROM medallion.publications").fetchone()
            registry.add_publication(connection, self._run(f"r{number}"), gold, new)

    def fail(self) -> None:
        """Say in the registry that a gate has failed since."""
        now = datetime.now(UTC)
        record = TaskRecord(
            task_id="sales.gate_gold", try_number=1, step="gate", status="failed", started_at=now,
            finished_at=now, error="3 rows fail",
        )  # fmt: skip
        with psycopg.connect(self.url) as connection:
            registry.record_task(connection, self._run("failed"), record)

    def _run(self, run_id: str) -> Run:
        return Run(
            dag_id=f"{self.name}.all", run_id=run_id, interval_start=NOW - DAY, interval_end=NOW
        )

    def _step(self) -> PublishStep:
        gold = PublishedTable(layer=Layer.GOLD, domain=self.name, name="sales")
        return replace(REPLACE, table=gold, freshness=FreshnessLimits(warn_after=DAY))

    def ask_in_sql_lab(self, client: SupersetClient, column: str) -> set[object]:
        """The values of a column of `sales`, by a query that somebody writes himself."""
        (database,) = [one for one in client.objects(AssetKind.DATABASE)
                       if one.name == f"Warehouse of {self.name}"]  # fmt: skip
        body = {
            "database_id": database.id, "sql": f"SELECT {column} FROM {self.sales}",
            "client_id": secrets.token_hex(5), "runAsync": False, "queryLimit": 100,
        }  # fmt: skip
        answer = client._session.ask("POST", "sqllab/execute/", "asking in SQL Lab", body=body)
        return {row[column] for row in answer["data"]}

    def row_filter(self, clause: str = "country = 'FR'") -> RowFilter:
        return RowFilter(name="own_country", clause=clause, roles=(f"{self.name}_france",))


@contextmanager
def warehouse_of_its_own(
    kind: type[AnyBazaar], running: RunningSuperset, root: Path
) -> Iterator[AnyBazaar]:
    """Nothing is published in it; its ledger is its own, too."""
    with fresh_database(running.postgres, running.admin_url) as url:
        database = str(conninfo_to_dict(url)["dbname"])
        with psycopg.connect(url) as owner:
            named = sql.Identifier(database)
            owner.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO bi_reader").format(named))
        yield kind(
            name=f"b{secrets.token_hex(3)}",
            url=url,
            reader_url=make_conninfo(running.settings.warehouse_url, dbname=database),
            server=running.server(),
            root=root,
        )


@dataclass
class People:
    """Who works in Superset by hand, through the API that its pages use."""

    client: SupersetClient

    def export(self) -> Objects:
        return read_objects(parse(self.client.export_assets()))

    def find(self, kind: AssetKind, name: str, schema: str = "") -> SupersetObject:
        """The one object of this name."""
        (one,) = [
            one
            for one in self.client.objects(kind)
            if one.name == name and (not schema or one.schema == schema)
        ]
        return one

    def owners_of(self, one: SupersetObject) -> set[str]:
        """The names of the users."""
        users = {user.id: user.username for user in self.client.users()}
        return {users[row["id"]] for row in self.client.details(one.kind, one.id)["owners"]}

    def post(self, path: str, body: Mapping[str, object]) -> int:
        answer = self.client._session.ask("POST", path, f"making {path}", body=dict(body))
        return int(answer["id"])

    def make_user(self, name: str, email: str, *roles: str) -> SupersetServer:
        """Somebody who has only these roles, and how he logs in."""
        known, password = {one.name: one for one in self.client.roles()}, secrets.token_hex(8)
        ids = [(known.get(one) or self.client.create_role(one)).id for one in roles]
        self.post("security/users/", {
            "username": name, "first_name": name, "last_name": "", "email": email, "active": True,
            "password": password, "roles": ids,
        })  # fmt: skip
        return SupersetServer(url=self.client.url, username=name, password=password)

    def make_chart(self, name: str, dataset_id: int, dashboards: tuple[int, ...] = ()) -> int:
        params = {"viz_type": "table", "query_mode": "raw", "all_columns": ["brand"]}
        return self.post("chart/", {
            "slice_name": name, "viz_type": "table", "datasource_id": dataset_id,
            "datasource_type": "table", "params": json.dumps(params),
            "dashboards": list(dashboards),
        })  # fmt: skip

    def make_dashboard(
        self, name: str, slug: str | None = None, uses: SupersetObject | None = None
    ) -> int:
        """With a chart of ours in it."""
        position: dict[str, object] = {"DASHBOARD_VERSION_KEY": "v2"}
        if uses is not None:
            position["CHART-1"] = {
                "type": "CHART", "id": "CHART-1", "children": [],
                "meta": {"chartId": uses.id, "uuid": uses.uuid, "width": 4, "height": 50},
            }  # fmt: skip
        body = {"dashboard_title": name, "slug": slug, "position_json": json.dumps(position)}
        return self.post("dashboard/", {k: v for k, v in body.items() if v is not None})

    def edit_dataset(self, number: int, what: str, edit: Any) -> None:
        """Change the list of columns or metrics as the dataset's editor does."""
        details = self.client.details(AssetKind.DATASET, number)
        keys = {
            "columns": ("id", "column_name", "verbose_name", "description", "expression", "type",
                        "is_dttm", "groupby", "filterable", "is_active"),
            "metrics": ("id", "metric_name", "verbose_name", "description", "expression",
                        "d3format"),
        }[what]  # fmt: skip
        items = [{key: one[key] for key in keys if key in one} for one in details[what]]
        self.client.update(AssetKind.DATASET, number, {what: edit(items)})


@dataclass
class Edits:
    """What people do to one dataset and its dashboard, and what has to be there afterwards."""

    people: People
    bazaar: Bazaar
    dataset: int
    made: dict[str, Callable[[], object]] = field(default_factory=dict)

    def make_metric(self, at: int) -> None:
        new = {"metric_name": f"mine_{at}", "expression": f"max(amount) + {at}"}
        self.people.edit_dataset(self.dataset, "metrics", lambda items: [*items, new])
        self._keep(f"metric {at}", "metrics", "metric_name", f"mine_{at}", "expression")

    def make_column(self, at: int) -> None:
        new = {"column_name": f"own_{at}", "expression": f"upper(brand) || '{at}'", "type": "TEXT"}
        self.people.edit_dataset(self.dataset, "columns", lambda items: [*items, new])
        self._keep(f"column {at}", "columns", "column_name", f"own_{at}", "expression")

    def edit_label(self, at: int) -> None:
        label = {"verbose_name": f"Marque {at}"}
        self.people.edit_dataset(self.dataset, "columns", lambda items: [
            {**one, **label} if one["column_name"] == "brand" else one for one in items
        ])  # fmt: skip
        self._keep("label", "columns", "column_name", "brand", "verbose_name")

    def edit_title(self, at: int) -> None:
        board = self.people.client.dashboard_by_slug(f"{self.bazaar.name}-overview")
        assert board is not None
        self.people.client.update(AssetKind.DASHBOARD, board.id, {"dashboard_title": f"Bazar {at}"})
        self._keep_fields("title", AssetKind.DASHBOARD, board.id, "dashboard_title")

    def make_chart(self, at: int) -> None:
        chart = self.people.make_chart(f"own {at}", self.dataset)
        self._keep_fields(f"chart {at}", AssetKind.CHART, chart, "slice_name", "params")

    def make_dashboard(self, at: int) -> None:
        board = self.people.make_dashboard(f"own {self.bazaar.name} {at}", uses=self._chart())
        fields = ("dashboard_title", "position_json")
        self._keep_fields(f"dashboard {at}", AssetKind.DASHBOARD, board, *fields)

    def make_rule(self, at: int) -> None:
        name, client = f"own {self.bazaar.name} {at}", self.people.client
        rule = RowRule(name=name, clause=f"amount > {at}", role_ids=(), dataset_ids=(self.dataset,))
        client.create_row_rule(rule)
        self.made[name] = lambda: [one.clause for one in client.row_rules() if one.name == name]

    def spoil_ours(self, at: int) -> None:
        """What the spec decides is set back: this is not among what has to survive."""
        spoilt = {"params": "{}", "viz_type": "table"}
        self.people.client.update(AssetKind.CHART, self._chart().id, spoilt)

    def change_spec(self, at: int) -> None:
        metrics = [
            BiMetric(name="takings", expression="sum(amount)", label=f"Takings {at}"),
            BiMetric(name="sales", expression="count(*)", label="Sales"),
            *[BiMetric(name=f"m{n}", expression=f"min(amount) + {n}") for n in range(at % 3)],
        ]
        text = f"Text {at}"
        self.bazaar.tables = [self.bazaar.table(metrics=tuple(metrics), description=text)]

    def change_table(self, at: int) -> None:
        self.bazaar.execute(f"ALTER TABLE {{}} ADD COLUMN c{at} integer")
        self.bazaar.publish()

    @property
    def all(self) -> tuple[Callable[[int], None], ...]:
        return (
            self.make_metric, self.make_column, self.edit_label, self.edit_title, self.make_chart,
            self.make_dashboard, self.make_rule, self.spoil_ours, self.change_spec,
            self.change_table,
        )  # fmt: skip

    def seen(self) -> dict[str, object]:
        """What is there of all that people made."""
        return {name: ask() for name, ask in self.made.items()}

    def _chart(self) -> SupersetObject:
        charts = self.people.client.objects(AssetKind.CHART)
        return next(one for one in charts if one.dataset_id == self.dataset)

    def _keep(self, what: str, items: str, key: str, name: str, field: str) -> None:
        def ask() -> object:
            listed = self.people.client.details(AssetKind.DATASET, self.dataset)[items]
            return [one.get(field) for one in listed if one[key] == name]

        self.made[what] = ask

    def _keep_fields(self, what: str, kind: AssetKind, number: int, *fields: str) -> None:
        client = self.people.client
        self.made[what] = lambda: [client.details(kind, number)[field] for field in fields]
