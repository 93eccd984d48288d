"""How the running stack is: from Airflow's own health report and from the processes."""

from __future__ import annotations

from medallion.local.components import RATES, REPLAY, REPORTED_HEALTH
from medallion.local.journal import Entry, Journal
from medallion.local.ports import port_is_free
from medallion.local.settings import StackSettings

HEALTHY = "healthy"


def health(settings: StackSettings, journal: Journal) -> dict[str, str]:
    """One word for each component: `healthy`, or what is the matter."""
    entries = journal.components()
    reported = _reported(settings.api_url)
    states = {
        component: _state(entries.get(component), reported.get(key, "starting"))
        for key, component in REPORTED_HEALTH.items()
    }
    servers = {RATES: settings.ports.rates}
    if settings.uses_replay:
        servers[REPLAY] = settings.ports.replay
    for name, port in servers.items():
        answers = "starting" if port_is_free(port) else HEALTHY
        states[name] = _state(entries.get(name), answers)
    return states


def _state(entry: Entry | None, reported: str) -> str:
    # The report lags behind by the heartbeat's threshold: a dead process is dead now.
    if entry is None or not entry.family.members():
        return "not running"
    return reported


def _reported(api_url: str) -> dict[str, str]:
    """The health report of the API server, {} while it does not answer."""
    import httpx

    try:
        # No proxy, whatever the environment says: it is this machine. While Airflow starts, or the
        # machine is busy, the report takes its time: healthy must not read as `starting`.
        with httpx.Client(trust_env=False, timeout=15.0) as client:
            report = client.get(f"{api_url}/api/v2/monitor/health").json()
    except (httpx.HTTPError, ValueError):
        return {}
    return {key: (part or {}).get("status") or "starting" for key, part in report.items()}
