"""Whether the lake takes a file, gives it back and lets it be deleted."""

from __future__ import annotations

import secrets
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from medallion.errors import MedallionError
from medallion.lake.mark import NAME
from medallion.operations.same_lake import compare
from medallion.warehouse.doctor.finding import Finding, Verdict
from medallion.warehouse.doctor.lake import find_registered_lake

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


def examine_mark(lake_root: str, warehouse_url: str) -> Finding:
    """Whether it is the lake that the other hosts have, where they have registered one."""
    try:
        known = find_registered_lake(warehouse_url)
    except MedallionError:
        return _judge_mark("skipped", lake_root, "the registry does not say which lake it is")
    if known is None:
        says = "no host has registered its lake: only tasks of Celery and Kubernetes do"
        return _judge_mark("ok", lake_root, says)
    try:
        compare(known, lake_root)
    except MedallionError as error:
        return _judge_mark("failed", lake_root, error.problem, error.remedy)
    return _judge_mark("ok", lake_root, "it is the one that the other hosts have")


def _judge_mark(verdict: Verdict, root: str, says: str, cause: str = "") -> Finding:
    is_local = "://" not in root
    confirm = f"cat {quote(root)}/{NAME}" if verdict == "failed" and is_local else ""
    return Finding(
        subject=SUBJECT, layer="mark", verdict=verdict, says=says, cause=cause, confirm=confirm
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
            "the identity lacks the right to write (in Azure Storage Blob Data Contributor, in S3 "
            "s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject), the container or "
            "bucket is not there, or a private endpoint's name leads elsewhere"
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
