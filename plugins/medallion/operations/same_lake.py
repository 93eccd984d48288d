"""Whether this host sees the lake that belongs to the warehouse.

Where several hosts run tasks, one lands and another one cleans. A host with a folder of its own in
the lake's place would land where nobody looks: so each task that works with the lake compares the
mark at its root with the one that the registry has.
"""

from __future__ import annotations

import socket

from medallion.errors import LakeUnavailable
from medallion.lake.mark import NAME, keep_mark, read_mark
from medallion.lake.storage import lake_path
from medallion.warehouse.registry.lakes import (
    RegisteredLake,
    claim_lakes,
    find_current_lake,
    register_lake,
)
from medallion.warehouse.session.transaction import Session, session

ADOPT = "python -m medallion.cli doctor --adopt-lake"


class AnotherLake(LakeUnavailable):
    """The operator must act: a host has another lake than the others. Retried: another host may
    take the next try."""

    acts = "the operator"


def hold_to_lake(warehouse_url: str, lake_root: str) -> None:
    """Make sure of the lake. The first host that asks registers the one that it sees.

    Args:
        warehouse_url: of the loader.
        lake_root: a folder, or an ObjectStoragePath's URL.

    Raises:
        AnotherLake: it is not the warehouse's.
        LakeError: its mark cannot be read or written.
    """
    with session(warehouse_url, "looking which lake is the warehouse's") as one:
        known = find_current_lake(one) or _claim(one, lake_root)
        compare(known, lake_root)


def adopt_lake(warehouse_url: str, lake_root: str) -> RegisteredLake:
    """Make the lake that this host sees the warehouse's, whichever was before.

    Raises:
        LakeError: its mark cannot be read or written.
    """
    with session(warehouse_url, "registering the lake") as one:
        claim_lakes(one)
        return _register(one, lake_root)


def compare(known: RegisteredLake, lake_root: str) -> None:
    """Raise AnotherLake unless the lake has the mark that is registered."""
    mark = read_mark(lake_path(lake_root))
    if mark == known.mark:
        return
    here = f"{socket.gethostname()} sees {lake_root} as the lake"
    what = f"{NAME} is not in it" if mark is None else f"{NAME} in it has another mark"
    raise AnotherLake(
        f"{here}, and that is not the warehouse's: {what}. The warehouse's was registered by "
        f"{known.host} as {known.root}",
        remedy="mount the same volume on every host, or name the same storage by "
        f"MEDALLION_LAKE_ROOT. If the lake was replaced on purpose: {ADOPT}",
    )


def _claim(one: Session, lake_root: str) -> RegisteredLake:
    """Register the first one; who was faster counts."""
    claim_lakes(one)
    return find_current_lake(one) or _register(one, lake_root)


def _register(one: Session, lake_root: str) -> RegisteredLake:
    mark = keep_mark(lake_path(lake_root))
    lake = RegisteredLake(mark=mark, root=lake_root, host=socket.gethostname())
    register_lake(one, lake)
    return lake
