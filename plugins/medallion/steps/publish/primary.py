"""Whether the server that a publication goes to is the one that the warehouse is on.

Where a standby was promoted, the former primary knows nothing of it: after a cut of the network, or
when somebody starts it again, it takes writes that nobody will ever read. No server can tell by
itself. The lake can, which both sides see: it keeps which timeline has published last.
"""

from __future__ import annotations

from medallion.errors import WarehouseUnavailable
from medallion.lake.servers import Server, keep_server, read_servers
from medallion.lake.storage import lake_path
from medallion.names import PublishedTable, environment_of
from medallion.steps.context import StepContext
from medallion.warehouse.session.server import find_server
from medallion.warehouse.session.transaction import Session, session

ADOPT = "python -m medallion.cli doctor --adopt-server"


class FormerPrimary(WarehouseUnavailable):
    """The operator must act: the server is one that the warehouse has left. Retried: the next try
    may find the present one."""

    acts = "the operator"


def hold_to_server(context: StepContext, table: PublishedTable) -> None:
    """Make sure that the warehouse has not moved on from this server, and write down a move.

    Raises:
        FormerPrimary: the lake has seen a newer timeline, or another server after this one.
        LakeError, LakeUnavailable: the lake cannot be read or written.
    """
    if not context.lake_root or environment_of(table.domain):
        return
    with session(context.warehouse_url, f"preparing {table.public}") as connection:
        server = read_server(connection)
    if server is None:
        return
    root = lake_path(context.lake_root)
    known = read_servers(root)
    if known and known[-1] == server:
        return
    refuse_former(known, server)
    if known:
        context.log.warning("The warehouse is now on %s; before, on %s.", server, known[-1])
    keep_server(root, server)


def refuse_former_server(warehouse_url: str, lake_root: str, doing: str) -> None:
    """Make sure that the warehouse has not moved on from the server that answers. Nothing is
    written: only a publication says where the warehouse is.

    Args:
        doing: for an error of the server's, "rolling silver_shop.sales back".

    Raises:
        FormerPrimary: it has.
        LakeError, LakeUnavailable: the lake cannot be read.
    """
    known = read_servers(lake_path(lake_root))
    if not known:
        return
    with session(warehouse_url, doing) as connection:
        server = read_server(connection)
    if server is not None:
        refuse_former(known, server)


def refuse_former(known: tuple[Server, ...], server: Server) -> None:
    """Raise FormerPrimary where the warehouse has left a server behind.

    Args:
        known: the servers that the lake has seen, the present one last.
        server: the one that answers.
    """
    seen = next((one for one in known if one.system == server.system), None)
    if seen is None or (seen == known[-1] and server.timeline >= seen.timeline):
        return
    raise FormerPrimary(
        f"this PostgreSQL is a former primary ({server}): the warehouse is on {known[-1]}",
        remedy="stop it, or make it a standby of the present one (pg_rewind), and have the "
        "connection lead to that one. Where it is the right one, after a restore for instance: "
        f"{ADOPT}",
    )


def read_server(connection: Session) -> Server | None:
    """The server of a session; None: it does not say which one it is."""
    found = find_server(connection)
    return Server(system=found[0], timeline=found[1]) if found else None
