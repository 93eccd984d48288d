"""Where people find what a task was about: pages below Airflow's own address.

In the UI an address is a path, with the prefix that Airflow is served below: it is right whatever
host a browser comes by. What is read elsewhere (an event, a message) gets the whole URL.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from medallion.plan.asset_facts import web_address

TABLES = "/medallion/tables"
"""The catalogue's page of a table: `/medallion/tables/gold_cinema.brand_performance`."""

SPECS = "/medallion/specs"
"""The page of refused specs."""


def path_of(path: str) -> str:
    """A path below Airflow's own, as a browser that shows Airflow finds it."""
    return urlsplit(_base()).path.rstrip("/") + path


def url_of(path: str) -> str:
    """The whole URL of a path below Airflow's own; the path where no address is configured."""
    return web_address(_base()).rstrip("/") + path


def table_page(table: object, part: str = "") -> str:
    """The page of a table below Airflow's own address, or one below it: `quarantine`."""
    return f"{TABLES}/{quote(str(table))}" + (f"/{part}" if part else "")


def task_page(dag_id: str, run_id: str, task_id: str, tab: str = "") -> str:
    """Airflow's page of a task in a run, or a tab of it: `xcom`."""
    names = [quote(name, safe="") for name in (dag_id, run_id, task_id)]
    return "/dags/{}/runs/{}/tasks/{}".format(*names) + (f"/{tab}" if tab else "")


def _base() -> str:
    from airflow.sdk.configuration import conf

    return str(conf.get("api", "base_url", fallback="") or "")
