"""`make up` with the project's own DAGs: triggered and backfilled over Airflow's API, to gold."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, Page
from tests.conftest import fresh_database
from tests.deploy.monitoring.dashboards import queries
from tests.kafka_broker import Broker
from tests.local import approvals, waits
from tests.local import catalogue_in_browser as desk
from tests.local.live_monitoring import MISSING, StatsdExporter, ask, watched
from tests.operations.alerts.receivers import Hook, web_server

from medallion.bank.rates_server import RATES_KEY
from medallion.cli.live_run import LiveRun, trigger
from medallion.local import stack
from medallion.local.journal import Journal
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.settings import StackSettings
from medallion.spec.models.alerts import AlertEvent
from medallion.steps.log_lines import WIDTH
from medallion.warehouse.registry.incidents import NewIncident, close_incidents, open_incident

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]

DAG_ID = "cinema.box_office"
PATIENCE_SECONDS = 800
OF_A_STACK = ("AIRFLOW", "MEDALLION_")
"""How the variables begin that a shell beside a stack need not have."""
MAY_BE_EMPTY = {("domain", "Checks that did not pass")}
"""Panels of the dashboards that show nothing while all is well."""


@pytest.fixture(scope="module")
def statsd() -> Iterator[StatsdExporter]:
    """Where the stack's Airflow sends its own metrics."""
    exporter = StatsdExporter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDALLION_STATSD", f"127.0.0.1:{exporter.port}")
        yield exporter
    exporter.close()


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    """Where the messages about cinema go."""
    with web_server() as opened, pytest.MonkeyPatch.context() as patch:
        address = f"http://127.0.0.1:{opened.port}/cinema"
        connection = json.dumps({"conn_type": "http", "host": address})
        patch.setenv(f"AIRFLOW_CONN_{approvals.HOOK.upper()}", connection)
        yield opened


@pytest.fixture(scope="module")
def servers(
    kafka_broker: Broker, embedded_postgres: EmbeddedPostgres, pg_url: str
) -> Iterator[waits.Servers]:
    """What pipelines wait for in the triggerer."""
    with (
        fresh_database(embedded_postgres, pg_url) as loads,
        waits.serving(kafka_broker, loads) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def running(
    project_root: Path,
    tmp_path_factory: pytest.TempPathFactory,
    statsd: StatsdExporter,
    hook: Hook,
    servers: waits.Servers,
) -> Iterator[StackSettings]:
    state = tmp_path_factory.mktemp("live")
    project = approvals.project_with_approvals(project_root, tmp_path_factory.mktemp("project"))
    waits.write_specs(project)
    paths = LocalPaths(project_root=project, state_root=state, dags_folder=project / "dags")
    try:
        yield stack.up(paths)
    finally:
        stack.down(paths)


def triggered(
    settings: StackSettings, dag_id: str = DAG_ID, conf: dict[str, object] | None = None
) -> LiveRun:
    """Trigger as soon as the DAG is there."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return trigger(settings, dag_id, conf)
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def ended(run: LiveRun) -> None:
    """Wait for it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not run.has_finished():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_the_dag_is_triggered_and_backfilled_to_gold(running: StackSettings, hook: Hook) -> None:
    run = triggered(running)
    ended(run)
    assert run.has_succeeded()
    assert_airflow_shows_what_was_published(run)
    started = run.client.post(
        "/api/v2/backfills",
        json={
            "dag_id": DAG_ID,
            "from_date": "2026-01-01T00:00:00Z",
            "to_date": "2026-01-02T00:00:00Z",
            "reprocess_behavior": "none",
            "max_active_runs": 1,
        },
    )
    assert started.status_code == httpx.codes.OK, started.text
    backfilled = wait_for_backfill(run)
    assert [entry["state"] for entry in backfilled] == ["success", "success"]
    with psycopg.connect(running.databases.warehouse_url) as warehouse:
        intervals = warehouse.execute(
            "SELECT DISTINCT data_interval_start::date::text, data_interval_end::date::text"
            " FROM medallion.publications WHERE run_id LIKE 'backfill%%' ORDER BY 1"
        ).fetchall()
        films = warehouse.execute("SELECT count(*) FROM silver_cinema.movies").fetchone()
        # What is older than the state that is there has not overwritten it.
        older = warehouse.execute(
            "SELECT count(*) FROM silver_cinema.movies WHERE _data_interval_end < '2026-06-01'"
        ).fetchone()
    assert intervals == [("2026-01-01", "2026-01-02"), ("2026-01-02", "2026-01-03")]
    assert films is not None
    assert films[0] > 500
    assert older == (0,)
    assert_the_end_of_the_backfill_is_reported(running, hook)


def assert_the_end_of_the_backfill_is_reported(running: StackSettings, hook: Hook) -> None:
    """Once, by a message."""
    ended(triggered(running, "medallion.freshness"))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not hook.posts:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    ((_, _, message),) = hook.posts
    assert (message["event"], message["dag_id"]) == ("backfill_finished", DAG_ID)
    assert "2 runs, 0 of them failed" in message["message"]


def assert_airflow_shows_what_was_published(run: LiveRun) -> None:
    """In its own pages: the log, the buttons of a task, the asset, its event, its lineage."""
    task = f"/api/v2/dags/{DAG_ID}/dagRuns/{run.run_id}/taskInstances/brand_performance.publish"
    log = run.client.get(f"{task}/logs/1", headers={"Accept": "application/json"}).json()
    ours = [line["event"] for line in log["content"] if line.get("logger") == "medallion"]
    assert any(line.startswith("published gold_cinema.brand_performance version") for line in ours)
    assert all(len(line) <= WIDTH for line in ours)
    page = "/medallion/tables/gold_cinema.brand_performance"
    buttons = run.client.get(f"{task}/links").json()["extra_links"]
    dashboard = {"Dashboard brand_review": "https://bi.example.org/brands"}
    assert buttons == {"Table": page, "Quarantine": f"{page}/quarantine", **dashboard}
    known = run.client.get("/api/v2/assets", params={"limit": 100}).json()["assets"]
    assets = {one["name"]: one for one in known}
    asset = assets["gold_cinema.brand_performance"]
    assert (asset["group"], asset["extra"]["owner"]) == ("gold", "cinema-data")
    assert asset["extra"]["documentation"].endswith(page)
    event = run.client.get(
        "/api/v2/assets/events", params={"asset_id": asset["id"], "source_run_id": run.run_id}
    ).json()["asset_events"][-1]["extra"]
    assert (event["rows"], event["quarantined"], event["columns"] > 5) == (85, 0, True)
    assert event["documentation"] == asset["extra"]["documentation"]
    graph = run.client.get(
        "/ui/dependencies",
        params={"node_id": f"asset:{asset['id']}", "dependency_type": "data"},
    ).json()
    names = {node["label"] for node in graph["nodes"]}
    # From the source's table over gold to the other domain's pipeline that reads it.
    assert {"silver_cinema.movies", "gold_finance.brand_spending"} <= names


def wait_for_backfill(run: LiveRun) -> list[dict[str, str]]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = run.client.get(f"/api/v2/dags/{DAG_ID}/dagRuns").json()
        found = [entry for entry in answer["dag_runs"] if entry["run_type"] == "backfill"]
        ended = [entry for entry in found if entry["state"] in ("success", "failed")]
        if len(found) == 2 and len(ended) == 2:
            return found
        assert time.monotonic() < deadline, answer
        time.sleep(1)


def test_freshness_is_evaluated_and_a_pipeline_recovers_when_a_run_succeeds(
    running: StackSettings,
) -> None:
    with psycopg.connect(running.databases.warehouse_url) as warehouse:
        warehouse.execute(
            "INSERT INTO medallion.incidents (key, event, domain, dag_id, run_id, problem,"
            " is_passing) SELECT 'k', 'run_failed', 'cinema', dag_id, run_id, 'p', false"
            " FROM medallion.publications WHERE layer = 'gold' AND domain = 'cinema' LIMIT 1"
        )
    run = triggered(running, "medallion.freshness")
    ended(run)
    assert run.has_succeeded()
    with psycopg.connect(running.databases.warehouse_url) as warehouse:
        over = warehouse.execute(
            "SELECT closed_at IS NOT NULL, closing_routed FROM medallion.incidents WHERE key = 'k'"
        ).fetchone()
        assert over == (True, True)
        states = warehouse.execute(
            "SELECT table_name, state FROM medallion.freshness_states"
            " WHERE layer = 'gold' AND domain = 'cinema' ORDER BY 1"
        ).fetchall()
    assert ("brand_performance", "fresh") in states


def quarantine_a_row(
    running: StackSettings, number: int = 1, reason: str = "x", record: str = "{}"
) -> None:
    """Of the brands, in their latest run: the record with this number."""
    with psycopg.connect(running.databases.warehouse_url) as warehouse:
        warehouse.execute(
            "INSERT INTO quarantine_silver_cinema.brands (dag_id, run_id, data_interval_start,"
            " data_interval_end, stage, reasons, record, _load_id, _bronze_part, _bronze_record)"
            " SELECT dag_id, run_id, data_interval_start, data_interval_end, 'clean', ARRAY[%s],"
            " %s, load_id, 0, %s FROM medallion.publications"
            " WHERE is_current AND layer = 'silver' AND table_name = 'brands'",
            [reason, record, number],
        )


def test_quarantine_is_replayed_from_the_ui(running: StackSettings) -> None:
    """Rows that are open although nothing is wrong with them any more, as after a fixed spec."""
    quarantine_a_row(running)
    replayed = triggered(running, "medallion.replay_quarantine", {"table": "silver_cinema.brands"})
    ended(replayed)
    assert replayed.has_succeeded()
    reported = result_of(replayed, "replay")
    assert reported["rows_replayed"] == 1
    assert "gold_cinema.brand_performance: built again" in reported["what"]
    assert journal_of(running, replayed.run_id) == [("admin", "replay")]
    events = replayed.client.get(
        "/api/v2/assets/events", params={"source_dag_id": replayed.dag_id}
    ).json()["asset_events"]
    names = {event["name"] for event in events}
    assert {"silver_cinema.brands", "gold_cinema.brand_performance"} <= names
    wrong = triggered(running, "medallion.replay_quarantine", {"table": "brands"})
    ended(wrong)
    assert not wrong.has_succeeded()
    assert_its_note_says_why(wrong)


def journal_of(running: StackSettings, run_id: str) -> list[tuple[Any, ...]]:
    """What it has of a run of Airflow."""
    with psycopg.connect(running.databases.warehouse_url) as warehouse:
        return warehouse.execute(
            "SELECT done_by, action FROM medallion.operator_actions"
            " WHERE details -> 'dag_runs' ? %s",
            [run_id],
        ).fetchall()


def assert_its_note_says_why(run: LiveRun) -> None:
    """On the run, and on the task."""
    place = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}"
    noted = run.client.get(place).json()["note"]
    assert noted.startswith("replay: ✗ ")
    task = run.client.get(f"{place}/taskInstances/replay").json()["note"]
    assert task == noted.removeprefix("replay: ")


def test_a_publication_waits_for_a_person_and_holds_no_slot(running: StackSettings) -> None:
    """Approved: it is published. Rejected: it is not, and clearing it asks again."""
    log = running.paths.logs / "scheduler.log"
    approvals.make_pool(triggered(running, "medallion.freshness").client)
    first = triggered(running, approvals.DAG_ID)
    approvals.wait_until_asked(first, "readings.publish", log)
    second = triggered(running, approvals.DAG_ID)  # its tasks get the slot
    approvals.wait_for(second, "readings.gate_silver", "success")
    assert "| readers have | nothing |" in approvals.request_of(first, "readings.publish")["body"]
    assert approvals.state_of(second, "readings.publish") != "awaiting_input", "one at a time"
    approved = approvals.answer(first, "readings.publish", "Approve", "as agreed")
    assert approved.status_code == httpx.codes.OK, approved.text
    approvals.wait_until_asked(second, "readings.publish", log)
    shown = approvals.request_of(second, "readings.publish")
    assert "| readers have | 2 rows (version 1) |" in shown["body"]
    approvals.wait_until_asked(first, "warm.publish", log)
    refused = approvals.answer(first, "warm.publish", "Approve")
    assert refused.status_code == httpx.codes.FORBIDDEN, "its approver is somebody else"
    approvals.answer(second, "readings.publish", "Reject")
    ended(second)
    assert not second.has_succeeded()
    noted = second.client.get(f"/api/v2/dags/{second.dag_id}/dagRuns/{second.run_id}").json()
    assert "admin has rejected the publication" in noted["note"]
    approvals.clear(second, "readings.publish")
    approvals.wait_until_asked(second, "readings.publish", log)
    again = approvals.request_of(second, "readings.publish")
    assert again["created_at"] > shown["created_at"], "not the text of the first request"
    with psycopg.connect(running.databases.warehouse_url) as warehouse:
        decided = warehouse.execute(
            "SELECT decision, decided_by, comment FROM medallion.approvals"
            " WHERE table_name = 'readings' ORDER BY approval_id"
        ).fetchall()
        rows = warehouse.execute("SELECT count(*) FROM silver_lab.readings").fetchone()
    assert decided == [
        ("approved", "admin", "as agreed"),
        ("rejected", "admin", ""),
        (None, None, ""),
    ]
    assert rows == (2,)


def test_maintenance_says_what_it_would_delete(running: StackSettings) -> None:
    run = triggered(running, "medallion.maintenance", {"dry_run": True})
    ended(run)
    assert run.has_succeeded()
    found = result_of(run, "cinema")
    assert found == {"dry_run": True, "deleted": 0, "what": [], "passed_over": []}


def result_of(run: LiveRun, task_id: str) -> dict[str, Any]:
    place = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/{task_id}"
    answer = run.client.get(f"{place}/xcomEntries/return_value", params={"deserialize": True})
    value = answer.json()["value"]
    found: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with desk.chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def published(running: StackSettings) -> LiveRun:
    """The last of the runs by which a table has two versions."""
    shown = "SELECT count(*) FROM medallion.publications WHERE table_name = 'brands'"
    with psycopg.connect(running.databases.warehouse_url, autocommit=True) as warehouse:
        run = triggered(running)
        ended(run)
        while (warehouse.execute(shown).fetchone() or (0,))[0] < 2:
            run = triggered(running)
            ended(run)
    return run


@pytest.fixture(scope="module")
def page(running: StackSettings, published: LiveRun, browser: Browser) -> Page:
    """A person's page."""
    return desk.opened(browser, running.api_url, token_of(published), 1440, "light")


def token_of(run: LiveRun) -> str:
    """The token of the person who triggered the run."""
    return str(run.client.headers["authorization"]).removeprefix("Bearer ")


@pytest.fixture
def _trouble(running: StackSettings) -> Iterator[None]:
    """An incident, and a row in quarantine, that are open during one test."""
    trouble = NewIncident(
        key="gate_failed:seen_in_the_browser",
        event=AlertEvent.GATE_FAILED,
        domain="cinema",
        dag_id=DAG_ID,
        table=desk.TABLE,
        problem=desk.TROUBLE,
    )
    with psycopg.connect(running.databases.warehouse_url, autocommit=True) as warehouse:
        open_incident(warehouse, trouble)
        quarantine_a_row(running, 1, desk.REASON, desk.RECORD)
        yield
        close_incidents(warehouse, [trouble.key])
        warehouse.execute(
            "DELETE FROM quarantine_silver_cinema.brands WHERE reasons = ARRAY[%s]", [desk.REASON]
        )


@pytest.mark.skipif(not Path(desk.CHROMIUM).exists(), reason="chromium is not here")
@pytest.mark.usefixtures("_trouble")
@pytest.mark.parametrize("fact", desk.EXPECTED)
def test_an_operator_finds_in_the_browser(
    fact: str, running: StackSettings, page: Page, tmp_path: Path
) -> None:
    desk.EXPECTED[fact](page, running.api_url)
    picture = tmp_path / f"{fact.replace(' ', '_')}.png"
    page.screenshot(path=picture, full_page=True)
    assert picture.stat().st_size > 10_000, "there is something in it"


@pytest.mark.skipif(not Path(desk.CHROMIUM).exists(), reason="chromium is not here")
def test_rows_are_replayed_and_dropped_by_pressing_their_buttons(
    running: StackSettings, published: LiveRun, browser: Browser
) -> None:
    """One row is tried again, the other one of its run stays, and is dropped by its reason."""
    quarantine_a_row(running, 1, "tried again")
    quarantine_a_row(running, 2, "not wanted")
    page = desk.opened(browser, running.api_url, token_of(published), 1440, "light")
    run_id = desk.replay_a_row(page, running.api_url, desk.REPLACED, "tried again")
    replayed = LiveRun(client=published.client, dag_id="medallion.replay_quarantine", run_id=run_id)
    ended(replayed)
    assert replayed.has_succeeded()
    assert result_of(replayed, "replay")["rows_replayed"] == 1
    desk.drop_a_reason(page, running.api_url, desk.REPLACED, "not wanted")
    page.context.close()
    with psycopg.connect(running.databases.warehouse_url) as warehouse:
        left = warehouse.execute(
            "SELECT count(*) FROM quarantine_silver_cinema.brands WHERE replayed_at IS NULL"
        ).fetchone()
        journal = warehouse.execute(
            "SELECT who, action FROM medallion.access_journal WHERE table_name = 'brands'"
            " AND kind = 'change' AND action IN ('replay', 'drop quarantine') ORDER BY at DESC"
            " LIMIT 2"
        ).fetchall()
        wrong = warehouse.execute(
            "SELECT count(*) FROM medallion.publications WHERE rows_read <> rows_published"
            " + rows_quarantined + rows_deduplicated + rows_discarded"
        ).fetchone()
    assert left == (0,)
    assert journal == [("admin", "drop quarantine"), ("admin", "replay")]
    assert journal_of(running, run_id) == [("admin", "replay")], "once, by the page"
    assert wrong == (0,)


@pytest.mark.skipif(not Path(desk.CHROMIUM).exists(), reason="chromium is not here")
def test_the_catalogue_is_read_and_used_in_a_browser(
    running: StackSettings, published: LiveRun, browser: Browser
) -> None:
    url, token = running.api_url, token_of(published)
    secret = (running.paths.secrets / "jwt.secret").read_text().strip()
    for width, scheme in ((1440, "light"), (800, "dark")):
        desk.look_at_the_overview(browser, url, token, width, scheme)
    desk.walk_by_keyboard(browser, url, token)
    desk.walk_through_the_lineage(browser, url, token)
    desk.look_at_the_lineage(browser, url, token)
    desk.open_the_documentation(browser, url, token)
    desk.leave_for_airflow_and_dashboards(browser, url, token, approvals.TABLE)
    quarantine_a_row(running)
    desk.be_asked_to_select(browser, url, token, desk.REPLACED)
    desk.see_nothing_anonymously(browser, url)
    desk.look_without_rights(browser, url, desk.token_of_a_viewer(token, secret))
    desk.go_back_a_version(browser, url, token, desk.REPLACED)


def test_the_code_tab_shows_the_spec_and_a_broken_one_shows_in_the_banner(
    running: StackSettings, published: LiveRun, project_root: Path
) -> None:
    run = published
    code = run.client.get(f"/api/v2/dagSources/{DAG_ID}", headers={"Accept": "text/plain"})
    assert code.text.strip() == (project_root / "specs/cinema/box_office.yaml").read_text().strip()
    errors = run.client.get("/api/v2/importErrors").json()
    assert errors["total_entries"] == 0


@pytest.mark.skipif(bool(MISSING), reason=f"not here (Debian's packages): {MISSING}")
def test_a_prometheus_that_scrapes_the_stack_answers_every_query_of_the_dashboards(
    running: StackSettings, statsd: StatsdExporter, tmp_path: Path
) -> None:
    """With data where there must be some; the others have some only once something is wrong."""
    ended(triggered(running))
    with watched(running, statsd, tmp_path) as prometheus:
        # A busy machine may miss a scrape: then the next one counts.
        up = [("airflow", "1"), ("medallion", "1"), ("postgres", "1"), ("prometheus", "1")]
        waits.eventually(
            lambda: (
                sorted((o["metric"]["job"], o["value"][1]) for o in ask(prometheus, "up")) == up
            ),
            "each target is up",
        )
        for query in queries():
            if (query.dashboard, query.panel) not in MAY_BE_EMPTY:
                waits.eventually(partial(ask, prometheus, query.sent()), f"data for {query}")
        rules = prometheus.get("/rules").json()["data"]["groups"]
        health = {rule["name"]: rule["health"] for group in rules for rule in group["rules"]}
        assert set(health.values()) <= {"ok", "unknown"}, health  # unknown: not evaluated yet
    address = f"{running.api_url}/medallion/metrics"
    assert httpx.get(address, trust_env=False).status_code == httpx.codes.UNAUTHORIZED


@pytest.mark.parametrize("forking", ["scheduler", "dag-processor"])
def test_what_forks_has_loaded_what_its_children_need(running: StackSettings, forking: str) -> None:
    log = (running.paths.logs / f"{forking}.log").read_text(encoding="utf-8")
    assert "Medallion loaded what its children need" in log


def others_may(path: Path) -> bool:
    """Whether anybody but its owner has a right on it. The stack goes on working meanwhile: what it
    has deleted since is nobody's."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    return not stat.S_ISLNK(mode) and bool(mode & 0o077)


def test_what_the_stack_makes_is_for_its_owner(
    running: StackSettings, may_stranger_read: Callable[[Path], bool]
) -> None:
    ended(triggered(running))  # there are landings and logs of tasks now
    paths = running.paths
    open_to_others = [
        path
        for folder in (paths.lake, paths.airflow_home, paths.logs, paths.run, paths.secrets)
        for path in (folder, *folder.rglob("*"))
        if others_may(path)
    ]
    assert open_to_others == []
    assert list(paths.airflow_home.rglob("attempt=*.log"))
    for path in (paths.state_root, paths.postgres, paths.lake, paths.logs / "bank-rates.log"):
        assert not may_stranger_read(path), path
    assert RATES_KEY not in (paths.logs / "bank-rates.log").read_text(encoding="utf-8")


def test_doctor_looks_at_the_stack_by_the_connections_that_its_tasks_have(
    running: StackSettings,
) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(OF_A_STACK)}
    places = {
        "MEDALLION_PROJECT_ROOT": str(running.paths.project_root),
        "MEDALLION_STATE_ROOT": str(running.paths.state_root),
    }
    done = subprocess.run(
        [sys.executable, "-m", "medallion.cli", "doctor", "--json"],
        env=kept | places, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = json.loads(done.stdout)
    for subject in ("tmdb_default", "rates_api", "bank_core", "pii_default"):
        verdicts = {one["layer"]: one["verdict"] for one in found if one["subject"] == subject}
        assert set(verdicts.values()) == {"ok"}, (subject, verdicts)


def test_the_stack_listens_on_loopback_only(running: StackSettings) -> None:
    families = Journal(running.paths.run).families()
    listening = set().union(*(family.listeners() for family in families))
    assert running.ports.api in {port for _, port in listening}
    assert {address for address, _ in listening} == {"127.0.0.1"}


@pytest.fixture(scope="module")
def synced(running: StackSettings, servers: waits.Servers) -> LiveRun:
    """A run whose sync has ended while it was waited for in the triggerer."""
    servers.airbyte.next_states = [["running"]]
    run = triggered(running, waits.SYNCED)
    approvals.wait_for(run, waits.SYNC_TASK, "deferred")
    (job,) = servers.airbyte.jobs
    asked = len(servers.airbyte.asked)
    waits.eventually(
        lambda: len(servers.airbyte.asked) > asked, "the triggerer asks what became of the job"
    )
    assert approvals.state_of(run, waits.SYNC_TASK) == "deferred"
    job.states[:] = ["succeeded"]
    ended(run)
    return run


def test_a_sync_is_waited_for_in_the_triggerer_and_then_its_table_is_read(
    running: StackSettings, servers: waits.Servers, synced: LiveRun
) -> None:
    assert synced.has_succeeded()
    assert servers.airbyte.made == [waits.CONNECTION], "one sync"
    assert result_of(synced, waits.SYNC_TASK) == {"job_id": 1, "rows_synced": 12}
    with psycopg.connect(running.databases.warehouse_url) as warehouse:
        assert warehouse.execute("SELECT id FROM silver_waits.customers").fetchall() == [(7,)]


def test_messages_end_a_wait_in_the_triggerer_and_start_what_waits_for_any(
    running: StackSettings, servers: waits.Servers, synced: LiveRun
) -> None:
    """A run looks, finds nothing, and is deferred. Messages that come then are published by it."""
    client = synced.client
    servers.pay(1)
    waits.eventually(
        lambda: client.get(f"/api/v2/dags/{waits.STREAM}").is_success, "the DAG is there"
    )
    waits.pause(client, waits.EITHER, paused=False)
    waits.pause(client, waits.STREAM, paused=False)
    waiting = waits.find_deferred(client, after="")
    servers.pay(2, 3)
    waits.eventually(
        lambda: waits.runs_of(client, waits.STREAM)[waiting] == "success", "the run ends"
    )
    with psycopg.connect(running.databases.warehouse_url) as warehouse:
        published = warehouse.execute(
            "SELECT run_id FROM medallion.publications"
            " WHERE dag_id = %s AND rows_published > 0 ORDER BY publication_id",
            [waits.STREAM],
        ).fetchall()
        numbers = warehouse.execute("SELECT id FROM silver_waits.payments ORDER BY id").fetchall()
    assert published[1] == (waiting,), "the run that was deferred, and none before it"
    assert numbers[:2] == [(1,), (2,)]
    # Its first run takes all events that there have been, those of customers, too.
    waits.find_deferred(client, after=waiting)
    earlier = waits.eventually(
        lambda: waits.runs_that_have_ended(client, waits.EITHER), "what waits for any runs"
    )
    servers.pay(4)

    def has_counted() -> bool:
        with psycopg.connect(running.databases.warehouse_url) as warehouse:
            found = warehouse.execute("SELECT payments, customers FROM gold_waits.totals")
            return found.fetchone() == (4, 1)

    waits.eventually(has_counted, "one of its two tables starts it")
    waits.pause(client, waits.STREAM, paused=True)
    started = waits.runs_of(client, waits.EITHER).keys() - earlier
    assert started
    for run_id in started:
        assert waits.assets_that_started(client, waits.EITHER, run_id) == {"silver_waits.payments"}
