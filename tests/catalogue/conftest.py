"""A shop with two days published, which all tests here share; and one of a test's own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.catalogue.shop import Shop, make_shop, two_days
from tests.conftest import fresh_database

from medallion.compiler.project import load_project
from medallion.local.postgres import EmbeddedPostgres

OTHERS = """\
description: What others make of it.
owner: others
gold:
  secret_report:
    description: Nobody else knows of it.
    sql: secret_report.sql
    share_with: public
    exposures:
      secret_board: {type: dashboard, url: "https://bi.example.org/secret"}
"""
MORE = """\
description: What the shop makes of the others' report.
owner: shop-team
gold:
  more:
    description: Both together.
    sql: more.sql
"""


@pytest.fixture(scope="session")
def published(
    tmp_path_factory: pytest.TempPathFactory, embedded_postgres: EmbeddedPostgres, pg_url: str
) -> Iterator[Shop]:
    """Two days, of which the second one differs a little. Tests only look at it."""
    with fresh_database(embedded_postgres, pg_url) as url:
        yield two_days(tmp_path_factory.mktemp("shop") / "project", url)


@pytest.fixture
def shop(tmp_path: Path, warehouse_db: str) -> Shop:
    """A shop where nothing has run."""
    return make_shop(tmp_path / "project", warehouse_db)


@pytest.fixture(scope="session")
def two_domains(
    tmp_path_factory: pytest.TempPathFactory, embedded_postgres: EmbeddedPostgres, pg_url: str
) -> Iterator[Shop]:
    """The shop, another domain that reads its totals, and a table of the shop that reads that.
    Nothing has run."""
    with fresh_database(embedded_postgres, pg_url) as url:
        shop = make_shop(tmp_path_factory.mktemp("two") / "project", url)
        _write(
            shop.root,
            "other/report",
            OTHERS,
            "secret_report",
            "select total as gains from gold_shop.totals",
        )
        joined = "select t.total, r.gains from gold_shop.totals t, gold_other.secret_report r"
        _write(shop.root, "shop/more", MORE, "more", joined)
        project = load_project(shop.root, until=time.monotonic() + 600)
        assert not project.issues, project.issues
        yield shop


def _write(root: Path, name: str, spec: str, table: str, sql: str) -> None:
    domain = name.partition("/")[0]
    for folder in (f"specs/{domain}", f"include/sql/{domain}"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / f"specs/{name}.yaml").write_text(spec)
    (root / f"include/sql/{domain}/{table}.sql").write_text(sql)
