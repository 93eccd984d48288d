"""Whether the lake takes a file, gives it back and lets it be deleted."""

from __future__ import annotations

import secrets
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from medallion.warehouse.doctor.finding import Finding

if TYPE_CHECKING:
    from medallion.lake.storage import LakePath

SUBJECT = "lake"
_CONTENT = b"medallion doctor\n"


def examine_lake(root: LakePath) -> Finding:
    """Write, read and delete one small file; its folder stays where it was missing."""
    place = root / f".doctor-{secrets.token_hex(6)}"
    try:
        if isinstance(root, Path):
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.write_bytes(_CONTENT)
        is_same = place.read_bytes() == _CONTENT
        place.unlink()
    except Exception as error:  # of any file system's own kind
        return _describe_failure(root, error)
    if not is_same:
        return _describe_failure(root, ValueError("what was written is not what is read"))
    return Finding(
        subject=SUBJECT, layer="write", verdict="ok", says=f"{root} takes, gives and deletes a file"
    )


def _describe_failure(root: LakePath, error: Exception) -> Finding:
    words = f"{type(error).__name__}: {getattr(error, 'strerror', None) or _first_line(error)}"
    if isinstance(root, Path):
        cause = (
            "the folder is not of the user that Airflow runs as (a volume without fsGroup), is "
            "mounted read-only, or the disk is full"
        )
        confirm = f"id; ls -ld {quote(str(root))}; df -h {quote(str(root))}"
    else:
        cause = (
            "the identity lacks the right to write (Storage Blob Data Contributor), the container "
            "is not there, or a private endpoint's name leads elsewhere"
        )
        confirm = (
            "airflow connections get the one that is named before the @ of MEDALLION_LAKE_ROOT"
        )
    return Finding(
        subject=SUBJECT,
        layer="write",
        verdict="failed",
        says=f"{root} cannot be written: {words}",
        cause=cause,
        confirm=confirm,
    )


def _first_line(error: Exception) -> str:
    """Of an object store's message: what follows has the request, with its signature."""
    return str(error).partition("\n")[0].partition("?")[0][:200]
