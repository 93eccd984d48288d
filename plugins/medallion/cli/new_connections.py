"""The connections that `new` may use: those of the project's Airflow, held to the same lists as a
run."""

from __future__ import annotations

import os
from pathlib import Path

from medallion.errors import SetupError
from medallion.local.environment import airflow_environment
from medallion.local.paths import LocalPaths
from medallion.local.settings import prepare
from medallion.spec.files.access import connection_refusal, load_access
from medallion.spec.load.domain_file import load_domain


def hold_allowed(domain: str, conn_id: str, root: Path) -> None:
    """Refuse a connection that the domain's specs may not use, before it is looked up.

    Raises:
        SetupError: it is the warehouse's own, or not on the operators' list or the domain's.
        SpecError: one of the two lists is broken.
    """
    refusal = connection_refusal(load_access(root), domain, conn_id)
    own = load_domain(root / "specs" / domain, root).spec
    if not refusal and "connections" in own.model_fields_set and conn_id not in own.connections:
        refusal = (
            f"the domain {domain} does not list the connection {conn_id}",
            f"add it to `connections:` in specs/{domain}/domain.yaml",
        )
    if refusal:
        raise SetupError(refusal[0], remedy=refusal[1])


def enter_airflow(root: Path) -> None:
    """Let this process look connections up where the local stack's tasks do."""
    os.environ.update(airflow_environment(prepare(LocalPaths.of(project_root=root))))


def only_here(conn_id: str, connection: str) -> None:
    """Let this process know a connection that Airflow does not have yet: one without secrets."""
    os.environ[f"AIRFLOW_CONN_{conn_id.upper()}"] = connection
