"""Who was erased, once more beside the landings: a warehouse that is restored from an older backup
does not know it, and the lake does. Keyed hashes alone.

    <lake>/erased/shop/<digest>.json
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from medallion.errors import LakeError
from medallion.lake.storage import children, ensure_folder, lake_path, write_whole, writing

FOLDER = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedPerson:
    """One erasure: by identifier, keyed hashes, and a name of the key that says nothing of it."""

    key_id: str
    hashes: Mapping[str, Sequence[str]]


def keep_erased_person(lake_root: str, domain: str, person: ErasedPerson) -> None:
    """Write it down; once more is the same file.

    Raises:
        LakeError, LakeUnavailable: by who must act.
    """
    hashes = {name: sorted(some) for name, some in sorted(person.hashes.items())}
    content = json.dumps({"key_id": person.key_id, "hashes": hashes}, indent=1).encode()
    folder = lake_path(lake_root) / FOLDER / domain
    path = folder / f"{hashlib.sha256(content).hexdigest()[:24]}.json"
    with writing(path):
        ensure_folder(folder)
        write_whole(path, content)


def list_erased_people(lake_root: str, domain: str) -> Iterator[ErasedPerson]:
    """All that were written down of a domain.

    Raises:
        LakeError: a file cannot be read.
    """
    for path in children(lake_path(lake_root) / FOLDER / domain):
        if path.suffix != ".json":
            continue
        try:
            said = json.loads(path.read_bytes())
            yield ErasedPerson(key_id=str(said["key_id"]), hashes=dict(said["hashes"]))
        except (ValueError, KeyError, TypeError) as error:
            raise LakeError(
                f"{path} does not say who was erased: {error}",
                remedy="restore the file; without it that person would not be found again",
            ) from None
