"""The shipped domains: published for real, day by day, and brought to Superset by the command."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.bank.timeline import as_it_comes, finance_domain
from tests.bi.live.bazaar import Bazaar, warehouse_of_its_own
from tests.conftest import fresh_database

from medallion.bi.assets.charts.asset import Place
from medallion.bi.assets.freshness import FRESHNESS_CHART
from medallion.bi.superset.client import SupersetClient
from medallion.bi.superset.objects import AssetKind
from medallion.cli.__main__ import main
from medallion.compiler.project import read_project
from medallion.names import SUPERSET_CONN_ID, SUPERSET_WAREHOUSE_CONN_ID
from medallion.plan.bi import BiDashboard
from medallion.plan.grants import roles_of
from medallion.plan.make import make_plan
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.declared_tables import declare
from medallion.warehouse.roles.reader_roles import ensure_roles

if TYPE_CHECKING:
    from tests.bi.live.conftest import RunningSuperset

GOLD = ("cinema.box_office", "finance.kpis", "finance.fraud", "finance.brand_spending")


@dataclass
class Shipped(Bazaar):
    """A warehouse with what the specs of a project publish, and what they declare for Superset."""

    boards: Mapping[str, BiDashboard] = field(default_factory=dict)
    """By their slugs."""

    def prepare(self) -> None:
        """Make the registry, and write down what the project's specs declare."""
        specs = read_project(self.root).specs
        plans = [make_plan(spec) for spec in specs]
        with psycopg.connect(self.url) as connection:
            registry.ensure(connection)
            for plan in plans:
                declare(connection, plan, plan.digest)
        self.tables = [table for plan in plans for table in plan.bi_tables]
        self.boards = {board.slug: board for plan in plans for board in plan.dashboards}

    def run_command(self, *words: str) -> int:
        """A command of the command line, with the connections that Airflow would have."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MEDALLION_WAREHOUSE_URL", self.url)
            for conn_id in (SUPERSET_CONN_ID, SUPERSET_WAREHOUSE_CONN_ID):
                patch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", self._as_variable(conn_id))
            return main([*words, "--root", str(self.root)])

    def chart_ids(self, client: SupersetClient, slug: str) -> dict[str, int]:
        """Of a dashboard's charts, and of the tile that it begins with, by their names."""
        board = self.boards[slug]
        place = Place(project=self.name, dashboard=board)
        known = {one.uuid: one.id for one in client.objects(AssetKind.CHART)}
        names = (FRESHNESS_CHART, *(chart.name for chart in board.charts))
        return {name: known[place.uuid_of(name)] for name in names}

    def _as_variable(self, conn_id: str) -> str:
        found = self.connection(conn_id)
        return json.dumps(
            {
                "conn_type": found.conn_type, "host": found.host, "schema": found.schema,
                "port": found.port, "login": found.login, "password": found.password,
                "extra": dict(found.extra),
            }
        )  # fmt: skip


@contextmanager
def shipped_domains(running: RunningSuperset, root: Path, project_root: Path) -> Iterator[Shipped]:
    """All that the bank delivers, and the films; in gold, and in Superset."""
    admin_url = running.admin_url
    with psycopg.connect(admin_url, autocommit=True) as admin:
        ensure_roles(admin, roles_of(read_project(project_root).specs))
    with (
        warehouse_of_its_own(Shipped, running, root) as found,
        fresh_database(running.postgres, admin_url) as core_url,
        finance_domain(root, project_root, found.url, core_url) as finance,
    ):
        found.prepare()
        as_it_comes(finance)
        finance.gold(*GOLD)
        assert found.run_command("bi", "sync") == 0
        yield found
