"""A part of a landing, and its manifest, in the place of what they were: an erasure does that."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from medallion.lake.landing import MANIFEST
from medallion.lake.manifest import Manifest, PartInfo
from medallion.lake.storage import below, create, keep, lake_path, write_whole, writing

CHUNK_BYTES = 1024 * 1024
SUFFIX = ".erasing"


def replace_part(manifest: Manifest, part: PartInfo, file: Path) -> None:
    """Put a file in the place of a part: readers see the old one or the new one, whole.

    Raises:
        LakeError, LakeUnavailable: by who must act.
    """
    path = below(lake_path(manifest.uri), part.name)
    with writing(path):
        if not isinstance(path, Path):  # an object store puts an object whole
            with file.open("rb") as source, create(path) as target:
                shutil.copyfileobj(source, target, CHUNK_BYTES)
            return
        beside = path.with_name(f"{path.name}{SUFFIX}")
        with file.open("rb") as source, create(beside) as target:
            shutil.copyfileobj(source, target, CHUNK_BYTES)
            keep(target)
        beside.replace(path)


def replace_manifest(manifest: Manifest) -> None:
    """Write a landing's manifest again, whole."""
    path = lake_path(manifest.uri) / MANIFEST
    with writing(path):
        write_whole(path, manifest.to_json().encode())


def digest_of(manifest: Manifest, part: PartInfo) -> str:
    """The SHA-256 of a part's bytes as they are now, whatever the manifest says; empty: it is not
    there."""
    path = below(lake_path(manifest.uri), part.name)
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:  # type: ignore[no-untyped-call,unused-ignore]
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
    except FileNotFoundError:
        return ""
    return digest.hexdigest()
