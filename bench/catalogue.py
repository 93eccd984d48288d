"""The catalogue's pages and /metrics of a large project, asked of a live API server of Airflow."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median, quantiles

import httpx
import psycopg

from bench import projects, registry_rows
from bench.child import ROOT
from bench.claims import Bound, Claim, Result
from bench.rounds import Say, alternate
from bench.waiting import wait_until
from bench.workspace import Workspace
from medallion.compiler.project import load_project
from medallion.local.environment import airflow_environment, metrics_token_file
from medallion.local.paths import LocalPaths
from medallion.local.ports import HOST
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.processes import start_family, stop_families
from medallion.local.roles import ensure_local_roles
from medallion.local.settings import ADMIN, StackSettings, admin_password, choose_ports, prepare
from medallion.local.stack import migrate
from medallion.names import Layer, PublishedTable

REQUESTS = 40
"""Of each page in a round, one after the other."""
PATIENCE_SECONDS = 120.0
SHOWN = PublishedTable(layer=Layer.SILVER, domain=projects.domain_of(0), name="orders_0")

_HOW = (
    "A project of 1,000 specs (2,000 tables), whose registry has 20 runs of each: 100,000 gate "
    "results, 40,000 publications, 160,000 tasks; a table in fifty has failed. The server is "
    "Airflow's own API server with Medallion's plugin, on the embedded PostgreSQL; the other "
    "components of Airflow do not run. A client that has logged in asks over the loopback "
    f"interface, one request after the other, {REQUESTS} of each page a round, in turn; the time "
    "is from the request to the answer's last byte, so that Airflow's check of who asks, all "
    "queries and the rendering are in it. Each figure is a round's 95th percentile."
)

CLAIMS = (
    Claim(
        name="catalogue.overview",
        what="The catalogue's overview, 1,000 specs and 100,000 gate results: p95",
        how=_HOW,
        bound=Bound.AT_MOST,
        target=300.0,
        unit="ms",
    ),
    Claim(
        name="catalogue.table",
        what="A table's page of it: p95",
        how=f"{_HOW} The table has 1,000 rows, 20 publications, and a profile that is kept.",
        bound=Bound.AT_MOST,
        target=500.0,
        unit="ms",
    ),
    Claim(
        name="catalogue.quality",
        what="A table's page of checks × runs: p95",
        how=_HOW,
        bound=Bound.REPORTED,
        unit="ms",
    ),
    Claim(
        name="catalogue.metrics",
        what="/metrics of it: p95",
        how=f"{_HOW} It is scraped with its token, in Prometheus' own format.",
        bound=Bound.AT_MOST,
        target=500.0,
        unit="ms",
    ),
)
METRICS = "catalogue.metrics"
PAGES: Mapping[str, str] = {
    "catalogue.overview": "/medallion/",
    "catalogue.table": f"/medallion/tables/{SHOWN.public}",
    "catalogue.quality": f"/medallion/tables/{SHOWN.public}/quality",
    METRICS: "/medallion/metrics",
}


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Fill a warehouse, start the server, and ask it for each page in turn."""
    medians: dict[str, list[float]] = {name: [] for name in PAGES}
    with _prepared(workspace, say) as (settings, many), serving(settings) as client:
        scrape = metrics_token_file(settings.paths).read_text().strip()

        def ask(name: str) -> float:
            bearer = {"Authorization": f"Bearer {scrape}"} if name == METRICS else {}
            return _milliseconds(client, PAGES[name], {"Accept": "text/html"} | bearer)

        def asked(name: str) -> float:
            times = [ask(name) for _ in range(REQUESTS)]
            medians[name].append(median(times))
            return quantiles(times, n=20)[-1]

        for name in PAGES:
            say(f"{name}: {ask(name):.0f} ms for the first request")
        sides = {name: (lambda n=name: asked(n)) for name in PAGES}
        rounds = alternate(sides, workspace.rounds(5), say, "ms")
    size = f"{many['specs']:,} specs, {many['results']:,} gate results"
    return [
        Result(
            claim=name,
            values=rounds.of(name),
            ours=f"p50 {median(medians[name]):.0f} ms",
            size=size,
        )
        for name in PAGES
    ]


@contextmanager
def _prepared(workspace: Workspace, say: Say) -> Iterator[tuple[StackSettings, dict[str, int]]]:
    """The project, its databases with all that the pages show, and what there is."""
    root = workspace.fresh("catalogue") / "project"
    say(f"writing {workspace.specs} specs")
    paths = LocalPaths(project_root=root, state_root=root / ".medallion", dags_folder=root / "dags")
    EmbeddedPostgres(paths.postgres).stop()  # of a measurement that was broken off
    projects.write_medallion(root, workspace.specs)
    (root / "plugins").symlink_to(ROOT / "plugins")
    found = load_project(root, until=time.monotonic() + 600)
    if found.issues:
        raise RuntimeError(f"{len(found.issues)} specs are refused: {found.issues[0]}")
    choose_ports(paths)
    settings = prepare(paths)
    try:
        migrate(settings, say)
        ids = [f"{projects.domain_of(n)}.pipeline_{n}" for n in range(workspace.specs)]
        register_dags(settings, ids)
        say("filling the registry")
        many = registry_rows.fill(settings.databases.warehouse_url, root, SHOWN)
        ensure_local_roles(paths)
        say(", ".join(f"{number:,} {word}" for word, number in many.items()))
        yield settings, many
    finally:
        EmbeddedPostgres(paths.postgres).stop()


def register_dags(settings: StackSettings, ids: Sequence[str]) -> None:
    """Have Airflow know the DAGs, as far as it asks who may see which: the DAG processor would
    take minutes to serialize them."""
    with psycopg.connect(settings.databases.metadata_url) as metadata:
        metadata.execute("INSERT INTO dag_bundle (name, active) VALUES ('bench', true)")
        metadata.cursor().executemany(
            "INSERT INTO dag (dag_id, bundle_name, is_paused, is_stale, max_active_tasks,"
            " max_consecutive_failed_dag_runs, has_task_concurrency_limits,"
            " exceeds_max_non_backfill, timetable_type, partition_mapper_info)"
            " VALUES (%s, 'bench', true, false, 16, 0, false, false, '', '[]')",
            [(dag_id,) for dag_id in ids],
        )


@contextmanager
def serving(settings: StackSettings) -> Iterator[httpx.Client]:
    """The API server, and a client that has logged in; stopped at the end."""
    argv = [sys.executable, "-m", "airflow", "api-server", "--host", HOST]
    child, family = start_family(
        [*argv, "--port", str(settings.ports.api)],
        env={**os.environ, **airflow_environment(settings)},
        log=settings.paths.logs / "api-server.log",
        cwd=settings.paths.state_root,
    )
    try:
        # No proxy, whatever the environment says: it is this machine.
        with httpx.Client(base_url=settings.api_url, trust_env=False, timeout=60.0) as client:
            wait_until(lambda: _answers(client), "the API server", PATIENCE_SECONDS)
            login = {"username": ADMIN, "password": admin_password(settings.paths)}
            answer = client.post("/auth/token", json=login).raise_for_status().json()
            client.cookies.set("_token", answer["access_token"])
            yield client
    finally:
        stop_families([family], patience_seconds=20, reap=child.poll)


def _milliseconds(client: httpx.Client, path: str, headers: dict[str, str]) -> float:
    began = time.perf_counter()
    client.get(path, headers=headers).raise_for_status()
    return (time.perf_counter() - began) * 1000


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/api/v2/version").is_success
    except httpx.TransportError:
        return False
