"""Makes the server that answers the warehouse's, whichever was before: after a restore."""

from __future__ import annotations

from medallion.errors import SetupError
from medallion.lake.servers import Server, keep_server
from medallion.lake.storage import lake_path
from medallion.steps.publish.primary import read_server
from medallion.warehouse.session.transaction import session


def adopt_server(warehouse_url: str, lake_root: str) -> Server:
    """Have publications go to the server that answers.

    Raises:
        SetupError: it does not say which one it is.
        LakeError, LakeUnavailable: the lake cannot be written.
    """
    with session(warehouse_url, "looking which server this is") as connection:
        server = read_server(connection)
    if server is None:
        raise SetupError(
            "the server does not say which one it is: it is a standby, or a service that hides it",
            remedy="name the primary; where it hides that, no server is refused either",
        )
    keep_server(lake_path(lake_root), server)
    return server
