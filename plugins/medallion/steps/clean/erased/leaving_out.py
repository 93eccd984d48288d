"""Each cleaning keeps erased people out: a replay, a backfill or a new landing does not bring them
back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from medallion.cleaning.declared.classification import identifier_of, identifying_columns
from medallion.errors import DataRejected
from medallion.lake.manifest import Manifest
from medallion.lake.reader import read_manifest
from medallion.lake.retention import is_landing_of
from medallion.names import base_domain
from medallion.plan.model import CleanStep
from medallion.prose import tally
from medallion.steps.clean.erased.landing import erase_from_landing, find_obstacle, finish_landing
from medallion.steps.clean.erased.people import People, keys_of
from medallion.steps.clean.erased.scan import scan
from medallion.steps.context import StepContext
from medallion.warehouse.quarantine.left_out import forget_record_drops
from medallion.warehouse.registry import erasures
from medallion.warehouse.registry.accounting import ERASURES_SEEN
from medallion.warehouse.session.transaction import session

ERASED = "erased"
"""In the details of a clean task's record: how many rows were of erased people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedInLanding:
    """What a landing has of erased people.

    Attributes:
        manifest: as it is without them.
        numbers: of their records, or of the blank ones in their place, by part.
        seen: how many hashes of erased people there are of the domain; None: nobody is found by a
            column of the dataset.
    """

    manifest: Manifest
    numbers: Mapping[int, Sequence[int]] = field(default_factory=dict)
    seen: int | None = None

    def describe(self, rows: int) -> dict[str, object]:
        """For the record of the task; `rows`: how many were left out."""
        said: dict[str, object] = {} if self.seen is None else {ERASURES_SEEN: self.seen}
        return said | ({ERASED: rows} if rows else {})


def keep_erased_out(step: CleanStep, context: StepContext, manifest: Manifest) -> ErasedInLanding:
    """Take the records of erased people out of a landing, and say which must not be cleaned.

    A part that cannot be written without single records stays as it is in the lake, and so does the
    landing of another domain: their records are left out all the same.

    Raises:
        SetupError: somebody was erased, and the domain's key is not there to find him by.
        DataRejected, LakeError, LakeUnavailable, WarehouseUnavailable: by who must act.
    """
    columns = identifying_columns(step.columns)
    known = {number: part.erased for number, part in enumerate(manifest.parts) if part.erased}
    if not columns:
        return ErasedInLanding(manifest=manifest, numbers=known)
    domain = base_domain(step.table.domain)
    with session(context.warehouse_url, "reading who was erased") as connection:
        seen = erasures.count_known(connection, domain)
        hashes = erasures.read_people(connection, domain, set(map(identifier_of, columns.values())))
    if not hashes:
        return ErasedInLanding(manifest=manifest, numbers=known, seen=seen)
    people = People(keys=keys_of(step, context), hashes=hashes)
    numbers: dict[int, Sequence[int]] = {}
    with session(context.warehouse_url, "taking erased people out of a landing") as connection:
        erasures.lock_landing(connection, manifest.load_id)
        # Read again: an erasure may have taken somebody out of it meanwhile.
        manifest = finish_landing(step, context, read_manifest(manifest.uri))
        found = scan(step, context, manifest, people)
        numbers = {number: sorted(one.numbers) for number, one in found.items()}
        if found and _is_own(step, context, manifest) and not find_obstacle(manifest, found):
            with suppress(DataRejected):  # it stays, and is left out
                manifest = erase_from_landing(step, context, manifest, found, people)
        for number, part in enumerate(manifest.parts):
            if part.erased:
                place = (manifest.load_id, number)
                forget_record_drops(connection, step.table, *place, part.erased)
    if numbers:
        rows = sum(map(len, numbers.values()))
        context.log.info("left out: %s of people who were erased", tally(rows, "record"))
    blank = {number: part.erased for number, part in enumerate(manifest.parts) if part.erased}
    both = {part: {*numbers.get(part, ()), *blank.get(part, ())} for part in {*numbers, *blank}}
    return ErasedInLanding(
        manifest=manifest, numbers={part: sorted(them) for part, them in both.items()}, seen=seen
    )


def _is_own(step: CleanStep, context: StepContext, manifest: Manifest) -> bool:
    """Whether the landing is the dataset's own: an environment reads those of production."""
    return is_landing_of(context.lake_root, step.table.domain, step.table.name, manifest.uri)
