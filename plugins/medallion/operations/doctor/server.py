"""Whether the warehouse has moved on from the server that answers."""

from __future__ import annotations

from medallion.errors import MedallionError
from medallion.lake.servers import read_servers
from medallion.lake.storage import lake_path
from medallion.steps.publish.primary import read_server, refuse_former
from medallion.warehouse.doctor.examine import SUBJECT
from medallion.warehouse.doctor.finding import Finding, Verdict
from medallion.warehouse.session.connection import connect, translate_errors


def examine_server(lake_root: str, warehouse_url: str) -> Finding:
    """Hold it to what the lake has seen. Nothing is written."""
    try:
        with translate_errors("looking which server this is"), connect(warehouse_url) as session:
            server = read_server(session)
        if server is None:
            return _judge(
                "skipped", "it does not say which one it is, so a former primary may pass"
            )
        refuse_former(read_servers(lake_path(lake_root)), server)
    except MedallionError as error:
        return _judge("failed", error.problem, str(error.remedy))
    return _judge("ok", f"{server}: the warehouse has not moved on from it")


def _judge(verdict: Verdict, says: str, cause: str = "") -> Finding:
    return Finding(
        subject=SUBJECT,
        layer="server",
        verdict=verdict,
        says=says,
        cause=cause,
        confirm="SELECT pg_walfile_name(pg_current_wal_lsn())" if verdict == "failed" else "",
    )
