"""Takes people's records out of a landing: blank records stay in their place, and the manifest says
which.

Each part is written beside the old one, and the registry is given its digest before it takes the
old one's place: a process that is killed at any point leaves a landing that the next one finishes.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from medallion.errors import DataRejected
from medallion.lake.manifest import Manifest, PartInfo
from medallion.lake.reader import local_part
from medallion.lake.replaced_parts import digest_of, replace_manifest, replace_part
from medallion.plan.model import CleanStep
from medallion.steps.clean.erased.people import People, join_words, words_of
from medallion.steps.clean.erased.scan import FoundInPart, read_identities
from medallion.steps.context import StepContext
from medallion.steps.parts.erased_records import Erased, Erasing, erase_records, why_not
from medallion.warehouse.registry import erasures
from medallion.warehouse.session.transaction import session

NOTE = "erased"
"""In the manifest's notes: of each part that was written again, how many records are blank, and the
digest that it had."""


def find_obstacle(manifest: Manifest, numbers: Mapping[int, FoundInPart]) -> str:
    """Why the parts with these numbers cannot be written again; empty: they can."""
    for number in numbers:
        part = manifest.parts[number]
        if why := why_not(manifest.layout_of(part)):
            return f"{part.name}: {why}"
    return ""


def erase_from_landing(
    step: CleanStep,
    context: StepContext,
    manifest: Manifest,
    found: Mapping[int, FoundInPart],
    people: People,
) -> Manifest:
    """Blank people's records in the parts that have them; the manifest as it is then.

    Raises:
        DataRejected: a part cannot be written so that every other record stays as it is.
        LakeError, LakeUnavailable, WarehouseUnavailable: by who must act. It continues if
            it is called again.
    """
    for number, one in found.items():
        part = manifest.parts[number]
        with rewritten(step, context, manifest, part, one, people) as (path, erased):
            numbers = tuple(sorted({*part.erased, *erased.numbers}))
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            new = replace(part, sha256=sha256, bytes=path.stat().st_size, erased=numbers)
            with session(context.warehouse_url, "recording an erasure") as connection:
                erasures.plan_part(connection, manifest, number, new)
            manifest = _put(manifest, number, path, new)
        with session(context.warehouse_url, "recording an erasure") as connection:
            erasures.confirm_part(connection, manifest, number)
    return manifest


def finish_landing(step: CleanStep, context: StepContext, manifest: Manifest) -> Manifest:
    """Finish what a process that was killed had begun of a landing; the manifest as it is then."""
    with session(context.warehouse_url, "reading the registry") as connection:
        planned = erasures.list_plans(connection, manifest)
    for number, sha256, size, numbers in planned:
        part = manifest.parts[number]
        # The part's own bytes say whether it had taken the place of the old one.
        if part.sha256 != sha256 and digest_of(manifest, part) == sha256:
            new = replace(part, sha256=sha256, bytes=size, erased=tuple(numbers))
            manifest = _say(manifest, number, part, new)
        if manifest.parts[number].sha256 == sha256:
            with session(context.warehouse_url, "recording an erasure") as connection:
                erasures.confirm_part(connection, manifest, number)
        else:
            with session(context.warehouse_url, "recording an erasure") as connection:
                erasures.forget_plan(connection, manifest, number)
    return manifest


def _put(manifest: Manifest, number: int, path: Path, new: PartInfo) -> Manifest:
    replace_part(manifest, new, path)
    return _say(manifest, number, manifest.parts[number], new)


def _say(manifest: Manifest, number: int, old: PartInfo, new: PartInfo) -> Manifest:
    """Have the manifest say it."""
    parts = (*manifest.parts[:number], new, *manifest.parts[number + 1 :])
    said = manifest.notes.get(NOTE, ())
    assert isinstance(said, list | tuple)  # noqa: S101  # as it was noted here
    note = {"part": new.name, "records": len(new.erased), "former_sha256": old.sha256}
    changed = replace(manifest, parts=parts, notes={**manifest.notes, NOTE: [*said, note]})
    replace_manifest(changed)
    return changed


@contextmanager
def rewritten(
    step: CleanStep,
    context: StepContext,
    manifest: Manifest,
    part: PartInfo,
    found: FoundInPart,
    people: People,
    keep: Callable[[object], None] = lambda record: None,
) -> Iterator[tuple[Path, Erased]]:
    """A file that is a part without people's records, and what went; it lives as long as the block.

    Raises:
        DataRejected: of another record something else would be read.
    """
    layout = manifest.layout_of(part)
    words = join_words(people.words, words_of(found.words))
    erasing = Erasing(numbers=frozenset(found.numbers), words=words, keep=keep)
    with (
        tempfile.TemporaryDirectory(prefix="medallion-erased-") as folder,
        local_part(manifest, part) as landed,
    ):
        target = Path(folder) / part.name
        try:
            erased = erase_records(landed, layout, target, erasing)
        except ValueError as error:
            raise _cannot(manifest, part, str(error)) from None
        if not erased.numbers >= found.numbers:
            raise _cannot(manifest, part, "its records are counted otherwise")
        before = read_identities(step, context, landed, layout)
        after = read_identities(step, context, target, layout)
        for number, (old, new) in enumerate(zip_longest(before, after), start=1):
            is_blank = new is not None and not any(new)
            wrong = not is_blank if number in erased.numbers else old != new
            if wrong:
                raise _cannot(manifest, part, f"record {number} would be read as another one")
        yield target, erased


def _cannot(manifest: Manifest, part: PartInfo, why: str) -> DataRejected:
    return DataRejected(
        f"{manifest.uri}/{part.name} cannot be written without single records: {why}",
        remedy="have the whole landing deleted: `person erase … --apply --delete-landings`",
    )
