"""Whose a table of a lake is: two warehouses that publish into one folder would overwrite each
other with every run.
"""

from __future__ import annotations

from medallion.errors import LakeError
from medallion.lake.published_as import PublishedAs
from medallion.lake.servers import read_servers
from medallion.lake.storage import lake_path
from medallion.plan.model import LakeTableStep
from medallion.warehouse.session.server import find_warehouse
from medallion.warehouse.session.transaction import session


def read_warehouse(url: str) -> str:
    """Which warehouse a connection leads to; empty: the server does not say."""
    with session(url, "reading which warehouse this is") as connection:
        return find_warehouse(connection)


def hold_to_warehouse(
    there: PublishedAs | None, warehouse: str, step: LakeTableStep, lake_root: str
) -> None:
    """Leave a table alone whose newest version another warehouse has published. One that has moved
    to another server is the same: the lake's root has the servers that it was on.

    Args:
        there: what the table's newest version is.
        warehouse: the one that would publish now; see `read_warehouse`.
        lake_root: where bronze is; empty: nowhere.

    Raises:
        LakeError: another warehouse publishes there.
    """
    if there is None or not there.warehouse or not warehouse or there.warehouse == warehouse:
        return
    system, here = (one.partition("/")[0] for one in (there.warehouse, warehouse))
    former = read_servers(lake_path(lake_root)) if lake_root else ()
    if system != here and any(one.system == system for one in former):
        return
    raise LakeError(
        f"{step.table.public} cannot be published to {step.target.location}: another warehouse "
        f"({there.warehouse}) publishes its {there.table} there, last at {there.published_at}; "
        f"this one is {warehouse}",
        remedy="name a folder of its own in `publish_to`. Where that warehouse is no more, move "
        "the folder away: the next run writes the table again, whole",
    )
