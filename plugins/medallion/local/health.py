"""The state of the running stack, from Airflow's health report and from the processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medallion.local.celery.processes import BROKER, worker_names
from medallion.local.celery.settings import SLOTS
from medallion.local.components import API_SERVER, RATES, REPLAY, REPORTED_HEALTH, SUPERSET
from medallion.local.journal import Entry, Journal
from medallion.local.ports import port_is_free, somebody_listens
from medallion.local.settings import StackSettings

HEALTHY = "healthy"
STARTING = "starting"
NOT_RUNNING = "not running"
TAKEN = "is another program's"


def health(settings: StackSettings, journal: Journal) -> dict[str, str]:
    """One word for each component: `healthy`, or what is the matter.

    An answer counts only from a process of ours: another stack's, on the port that both have found
    free, would answer just as well.
    """
    entries = journal.components()
    servers = {API_SERVER: settings.ports.api, RATES: settings.ports.rates}
    if settings.uses_replay:
        servers[REPLAY] = settings.ports.replay
    if settings.superset is not None:
        servers[SUPERSET] = settings.superset.port
    if settings.celery is not None:
        servers[BROKER] = settings.celery.port
    answers = {name: _answers(entries.get(name), port) for name, port in servers.items()}
    if settings.celery is not None:
        answers |= {name: _has_its_pool(entries.get(name)) for name in worker_names()}
    if answers.get(SUPERSET) == HEALTHY and settings.superset is not None:
        answers[SUPERSET] = _serves(settings.superset.url)
    api = answers.pop(API_SERVER)
    reported = read_report(settings.api_url) if api == HEALTHY else {}
    states = {
        component: reported.get(key, {}).get("status") or STARTING
        for key, component in REPORTED_HEALTH.items()
    }
    if api != HEALTHY:
        states[API_SERVER] = api
    return {name: _state(entries.get(name), state) for name, state in {**states, **answers}.items()}


def find_lost_port(states: Mapping[str, str]) -> str:
    """The component whose port is somebody else's; empty where there is none."""
    return next((name for name, state in states.items() if state.endswith(TAKEN)), "")


def _answers(entry: Entry | None, port: int) -> str:
    """Whether the component listens on its port, or somebody else does.

    A port that is bound, and not yet listened on, is nobody else's.
    """
    if entry is None or port_is_free(port):
        return STARTING
    somebody = somebody_listens(port)  # before our own are looked at: they may begin just then
    if entry.family.listens_on(port):
        return HEALTHY
    return f"port {port} {TAKEN}" if somebody else STARTING


def _has_its_pool(entry: Entry | None) -> str:
    """A worker of Celery forks a process for each slot when it has imported what tasks need."""
    is_ready = entry is not None and len(entry.family.members()) > SLOTS
    return HEALTHY if is_ready else STARTING


def _state(entry: Entry | None, reported: str) -> str:
    # The report lags behind by the heartbeat's threshold: a dead process is dead now.
    dead = entry is None or not entry.family.members()
    return NOT_RUNNING if dead and not reported.endswith(TAKEN) else reported


def _serves(superset_url: str) -> str:
    """gunicorn listens before its worker has imported Superset."""
    import httpx

    try:
        with httpx.Client(trust_env=False, timeout=15.0) as client:
            return HEALTHY if client.get(f"{superset_url}/health").text == "OK" else STARTING
    except httpx.HTTPError:
        return STARTING


def read_report(api_url: str) -> dict[str, Mapping[str, Any]]:
    """What Airflow's health report says of each of its parts; {} while the API server does not
    answer.
    """
    import httpx

    try:
        # No proxy, whatever the environment says: it is this machine. While Airflow starts, or the
        # machine is busy, the report takes its time: healthy must not read as `starting`.
        with httpx.Client(trust_env=False, timeout=15.0) as client:
            report = client.get(f"{api_url}/api/v2/monitor/health").json()
    except (httpx.HTTPError, ValueError):
        return {}
    return {key: part for key, part in report.items() if isinstance(part, dict)}
