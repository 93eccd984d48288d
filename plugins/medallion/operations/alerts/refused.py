"""Specs that are refused: what the DAG processor has found, as incidents."""

from __future__ import annotations

from pathlib import Path

from medallion.compiler.refused import read_all_refused
from medallion.errors import Issue
from medallion.prose import tally
from medallion.spec.models.alerts import AlertEvent
from medallion.warehouse.registry import incidents
from medallion.warehouse.registry.incidents import NewIncident
from medallion.warehouse.session.transaction import Session

_MOST = 10


def keep_refused(connection: Session, root: Path) -> None:
    """Open an incident for each file that is refused now, and close those of the others."""
    by_file: dict[tuple[str, str], list[Issue]] = {}
    for domain, issues in read_all_refused(root).items():
        for issue in issues:
            by_file.setdefault((domain, issue.path), []).append(issue)
    found = [_incident(domain, path, issues) for (domain, path), issues in by_file.items()]
    known = {one.key for one in incidents.open_incidents(connection)}
    for one in found:
        if one.key not in known:
            incidents.open_incident(connection, one)
    incidents.close_others(connection, AlertEvent.SPEC_REFUSED, [one.key for one in found])


def _incident(domain: str, path: str, issues: list[Issue]) -> NewIncident:
    """Places and rules only: a problem may repeat what the author wrote."""
    places = [
        f"{issue.path}:{issue.line} [{issue.rule}] {issue.key}".rstrip() for issue in issues[:_MOST]
    ]
    if len(issues) > _MOST:
        places.append(f"… and {len(issues) - _MOST} more")
    return NewIncident(
        key=f"{AlertEvent.SPEC_REFUSED}:{path}",
        event=AlertEvent.SPEC_REFUSED,
        domain=domain,
        dag_id=f"{domain}.{Path(path).stem}",
        problem=f"{path} is refused: {tally(len(issues), 'problem')}; the catalogue's page of "
        "refused specs shows the lines",
        details="\n".join(places),
    )
