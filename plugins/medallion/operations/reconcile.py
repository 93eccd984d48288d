"""Holds warehouse and lake against each other: after a failover or a restore they may differ.

A standby that did not have the last commits, or a backup, makes the warehouse forget; a lake that
was restored from an older copy lacks landings that the warehouse names. Nothing is changed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from medallion.errors import LakeError
from medallion.lake.landing import MANIFEST
from medallion.lake.manifest import Manifest
from medallion.lake.reader import read_manifest, verify
from medallion.lake.receipts import KEPT, Receipt, list_receipts, read_receipt, sign_in, sign_of
from medallion.lake.retention import loose_folders, place_in_bronze
from medallion.lake.storage import lake_path
from medallion.names import Layer, PublishedTable, run_key
from medallion.operations.ages import registry_age
from medallion.operations.surroundings import Surroundings
from medallion.prose import tally
from medallion.run import Run
from medallion.warehouse.registry.known import (
    KnownLanding,
    find_overtaking_publication,
    list_known_landings,
    list_known_publications,
)
from medallion.warehouse.session.transaction import session


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A publication that the lake has a receipt of, and the warehouse does not know.

    Attributes:
        receipt: what was published.
        overtaken_by: the run that has published the same, or more, since; empty: none has, and
            readers lack these rows.
    """

    receipt: Receipt
    overtaken_by: str = ""

    def __str__(self) -> str:
        one = self.receipt
        since = f". Nothing is to be done: {self.overtaken_by} has published since"
        return (
            f"{one.table.public}: version {one.version} ({tally(one.rows, 'row')}) was published "
            f"by {one.run.dag_id} {one.run.run_id} at {one.published_at:%Y-%m-%d %H:%M:%S} UTC, "
            f"and the warehouse does not know it{since if self.overtaken_by else ''}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A whole landing in the lake that the warehouse does not know, of a run of which it knows no
    other one."""

    table: PublishedTable
    manifest: Manifest

    def __str__(self) -> str:
        one = self.manifest
        return (
            f"{self.table.public}: {one.run.dag_id} {one.run.run_id} has landed "
            f"{tally(one.records, 'record')} at {one.extracted_at:%Y-%m-%d %H:%M:%S} UTC, and the "
            f"warehouse does not know it: {one.uri}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A landing that the warehouse names, and that the lake does not have as it was landed."""

    table: PublishedTable
    landing: KnownLanding
    problem: str

    def __str__(self) -> str:
        rows = "rows of it are published" if self.landing.is_published else "it was not published"
        return (
            f"{self.table.public}: the landing of {self.landing.dag_id} {self.landing.run_id} is "
            f"not in the lake as it was ({rows}): {self.problem}"
        )


Difference = Lost | Unknown | Missing


def find_differences(
    tables: Sequence[PublishedTable], surroundings: Surroundings, *, whole: bool = False
) -> Iterator[Difference]:
    """What the warehouse and the lake do not both know, table by table.

    Args:
        tables: those of the specs.
        surroundings: the lake and the warehouse.
        whole: read every part, and hold it to its digest; else only the manifests are looked for.

    Raises:
        WarehouseUnavailable: the server does not answer.
    """
    for table in tables:
        lost = list(find_lost(table, surroundings))
        yield from lost
        if table.layer is Layer.SILVER:
            said = {one.receipt.landing for one in lost}
            for one in _compare_landings(table, surroundings, whole=whole):
                if not (isinstance(one, Unknown) and one.manifest.uri in said):
                    yield one


def find_lost(table: PublishedTable, surroundings: Surroundings) -> Iterator[Lost]:
    """Publications of a table that have a receipt and no row, the oldest interval first."""
    url, lake = surroundings.warehouse_url, surroundings.lake_root
    names = list_receipts(lake, table)
    if not names:
        return
    with session(url, f"reading the publications of {table.public}") as connection:
        known = list_known_publications(connection, table)
        there = {sign_of(run_key(dag_id, run_id), digest) for dag_id, run_id, digest in known}
        read = [read_receipt(lake, table, name) for name in names if sign_in(name) not in there]
        since = datetime.now(UTC) - min(KEPT, registry_age())
        lost = [one for one in read if one is not None and one.published_at > since]
        lost.sort(key=lambda one: (one.run.interval_end, one.published_at))
        found = [
            Lost(
                receipt=one,
                overtaken_by=find_overtaking_publication(
                    connection, table, one.run, one.published_at
                ),
            )
            for one in lost
        ]
    yield from found


def _compare_landings(
    table: PublishedTable, surroundings: Surroundings, *, whole: bool
) -> Iterator[Difference]:
    url, lake = surroundings.warehouse_url, surroundings.lake_root
    with session(url, f"reading the landings of {table.public}") as connection:
        known = list_known_landings(connection, table)
    runs = {one.run.key for one in known}
    places = {place_in_bronze(one.uri) for one in known}
    for folder in loose_folders(lake, table.domain, table.name, places):
        # Of a run that the warehouse knows it is an earlier try, from which a later one took over.
        is_of_known_run = PurePosixPath(folder.uri).name.rpartition("-")[0] in runs
        if folder.landed_at and not is_of_known_run:
            yield Unknown(table=table, manifest=read_manifest(folder.uri))
    for one in known:
        if one.is_kept and (problem := _look_for(one.uri, whole=whole)):
            yield Missing(table=table, landing=one, problem=problem)


def _look_for(uri: str, *, whole: bool) -> str:
    """What is wrong with a landing; empty: nothing."""
    if not whole:
        there = (lake_path(uri) / MANIFEST).exists()
        return "" if there else f"there is no landing in {uri}"
    try:
        verify(read_manifest(uri))
    except LakeError as error:
        return error.problem
    return ""


def runs_of(differences: Sequence[Difference]) -> dict[Run, list[Lost]]:
    """The publications that have to be made again, by run, the oldest interval first."""
    found: dict[Run, list[Lost]] = {}
    for one in differences:
        if isinstance(one, Lost) and not one.overtaken_by:
            found.setdefault(one.receipt.run, []).append(one)
    return dict(sorted(found.items(), key=lambda pair: pair[0].interval_end))
