"""Where the lake is: a local folder, or anything that Airflow's ObjectStoragePath reaches."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.errors import LakeError

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

    LakePath = Path | ObjectStoragePath


def lake_path(uri: str) -> LakePath:
    """The path that a URI names. Airflow is only imported for one that is not local."""
    if "://" not in uri or uri.startswith("file://"):
        return Path(uri.removeprefix("file://"))
    from airflow.sdk import ObjectStoragePath

    return ObjectStoragePath(uri)


def below(folder: LakePath, name: str) -> LakePath:
    """A file of a folder.

    Raises:
        LakeError: the name would leave the folder.
    """
    if not name or "/" in name or "\\" in name or name in (".", ".."):
        raise LakeError(f"{name!r} is no name of a part", remedy="the landing is damaged")
    return folder / name


def write_whole(path: LakePath, text: str) -> None:
    """Write a small file so that it is there whole or not at all."""
    if not isinstance(path, Path):
        path.write_text(text)  # an object store puts an object whole
        return
    temporary = path.with_name(f"{path.name}.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
