"""Reading a landing back: its manifest, and its parts as local files."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from medallion.errors import LakeError
from medallion.lake.landing import MANIFEST
from medallion.lake.manifest import Manifest, PartInfo
from medallion.lake.storage import below, lake_path

CHUNK_BYTES = 1024 * 1024


def read_manifest(uri: str) -> Manifest:
    """The manifest of the landing in this folder.

    Raises:
        LakeError: there is none, or it cannot be read.
    """
    path = lake_path(uri) / MANIFEST
    try:
        return Manifest.from_json(path.read_text())
    except FileNotFoundError:
        raise LakeError(f"there is no landing in {uri}", remedy=_remedy()) from None
    except (ValueError, KeyError, TypeError) as error:
        raise LakeError(f"{path} cannot be read: {error}", remedy=_remedy()) from None


@contextmanager
def local_part(manifest: Manifest, part: PartInfo) -> Iterator[Path]:
    """A part as a local file: itself, or a copy that lives as long as the block.

    Raises:
        LakeError: it is missing, or not as long as the manifest says.
    """
    path = below(lake_path(manifest.uri), part.name)
    try:
        if isinstance(path, Path):
            _check_size(path, part)
            yield path
            return
        with tempfile.TemporaryDirectory(prefix="medallion-part-") as folder:
            copy = Path(folder) / part.name
            with path.open("rb") as source, copy.open("wb") as target:  # type: ignore[no-untyped-call]
                shutil.copyfileobj(source, target, CHUNK_BYTES)
            _check_size(copy, part)
            yield copy
    except FileNotFoundError:
        if path.exists():
            raise
        raise LakeError(f"the part {path} is missing", remedy=_remedy()) from None


def local_parts(manifest: Manifest) -> list[Path]:
    """Where the parts of a landing are on this machine; empty where the lake is elsewhere."""
    folder = lake_path(manifest.uri)
    if not isinstance(folder, Path):
        return []
    return [folder / part.name for part in manifest.parts]


def verify(manifest: Manifest) -> None:
    """Compare every part's bytes with its SHA-256.

    Raises:
        LakeError: a part is missing or was changed.
    """
    for part in manifest.parts:
        with local_part(manifest, part) as path, path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != part.sha256:
            raise LakeError(
                f"{manifest.uri}/{part.name} was changed after it was landed", remedy=_remedy()
            )


def _check_size(path: Path, part: PartInfo) -> None:
    size = path.stat().st_size
    if size != part.bytes:
        raise LakeError(
            f"{path} has {size} bytes, its manifest says {part.bytes}: it was changed or cut",
            remedy=_remedy(),
        )


def _remedy() -> str:
    return "clear the land task of this dataset: it extracts again"
