"""The lineage graph of 500 tables, from the request to the drawn page in Chromium."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from bench.airflow_home import parsing_environment
from bench.child import run_side
from bench.claims import Bound, Claim, Result
from bench.rounds import Say
from bench.warehouse import warehouse
from bench.workspace import Workspace

DOMAINS, SILVER, GOLD = 10, 30, 20
"""Of each domain one spec, with so many datasets and gold tables."""

CLAIMS = (
    Claim(
        name="lineage.draw",
        what=f"The lineage graph of {DOMAINS * (SILVER + GOLD)} tables, drawn in Chromium",
        how=f"{DOMAINS} domains with {SILVER} datasets and {GOLD} gold tables each, of which each "
        "reads two datasets and every third another gold table too; the app of the pages behind "
        "uvicorn, an empty registry. Chromium without a window loads the page; the time is from "
        "the start of the navigation to the second frame after everything has been loaded and the "
        "page's script has run (performance.now()), with the browser's cache empty.",
        bound=Bound.AT_MOST,
        target=2.0,
        unit="s",
    ),
)

_HEAD = """\
description: The shops of {domain}.
owner: team-{domain}
schedule: "@daily"
start_date: 2026-01-01
"""
_DATASET = """\
  orders_{n}:
    source: {{type: file, format: csv, path: include/data/{domain}/orders_{n}.csv}}
    silver:
      primary_key: [order_id]
      columns:
        order_id: {{type: bigint}}
        amount: {{type: "decimal(18,2)"}}
        status: {{type: text, clean: [trim]}}
"""
_GOLD = """\
  revenue_{n}:
    sql: revenue_{n}.sql
"""
_SQL = """\
select a.status, sum(a.amount) as amount, count(b.order_id) as others
from silver_{domain}.orders_{one} as a
join silver_{domain}.orders_{other} as b on b.order_id = a.order_id
{join}
group by a.status
"""


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Write the project, serve its pages, and look at the graph."""
    claim = CLAIMS[0].name
    if importlib.util.find_spec("playwright") is None:
        return [Result(claim=claim, skipped="playwright is not installed")]
    project = workspace.fresh("lineage")
    domains = 2 if workspace.quick else DOMAINS
    for number in range(domains):
        write_domain(project, f"domain_{number}")
    with warehouse(workspace) as server:
        found = run_side(
            "lineage_page",
            {"root": str(project), "rounds": workspace.rounds(7, 2)},
            parsing_environment(workspace, project) | server.environment,
        )
    say(f"{found['nodes']} nodes, {found['edges']} edges, {found['bytes'] / 1024:.0f} KiB")
    tables = domains * (SILVER + GOLD)
    return [
        Result(
            claim=claim,
            values=found["seconds"],
            size=f"{tables} tables",
            note=f"{found['nodes']} nodes and {found['edges']} edges",
        )
    ]


def write_domain(root: Path, domain: str) -> None:
    """One domain's spec and SQL."""
    sql = root / "include/sql" / domain
    for folder in (sql, root / "specs" / domain):
        folder.mkdir(parents=True, exist_ok=True)
    datasets = "".join(_DATASET.format(n=n, domain=domain) for n in range(SILVER))
    gold = "".join(_GOLD.format(n=n) for n in range(GOLD))
    text = f"{_HEAD.format(domain=domain)}datasets:\n{datasets}gold:\n{gold}"
    (root / "specs" / domain / "shops.yaml").write_text(text)
    for n in range(GOLD):
        other = f"left join gold_{domain}.revenue_{n - 1} as c on c.status = a.status"
        query = _SQL.format(
            domain=domain,
            one=n,
            other=(n * 7 + 3) % SILVER,
            join=other if n % 3 == 2 else "",
        )
        (sql / f"revenue_{n}.sql").write_text(query)
