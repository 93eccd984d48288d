"""Deletes landings, and finds folders that are none. Nothing outside bronze is touched."""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.errors import LakeError
from medallion.lake.landing import MANIFEST
from medallion.lake.manifest import Manifest
from medallion.lake.storage import (
    children,
    delete_empty_folder,
    delete_file,
    delete_folder,
    lake_path,
    remove,
)
from medallion.names import Layer, is_of_environment

if TYPE_CHECKING:
    from medallion.lake.storage import LakePath


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseFolder:
    """A folder of bronze that the registry does not know: left by an earlier try.

    `landed_at` is None without a manifest; then `changed_at` is when it was last written to (None:
    the store does not say).
    """

    uri: str
    landed_at: datetime | None
    changed_at: datetime | None


def bronze_of(lake_root: str, domain: str, dataset: str) -> LakePath:
    """The folder of all landings of a dataset."""
    folder: LakePath = lake_path(lake_root) / "bronze" / domain / dataset
    return folder


def place_in_bronze(uri: str) -> tuple[str, str]:
    """(interval, run and try): identifies a landing of a dataset, wherever the lake is.

    >>> place_in_bronze("file:///lake/bronze/cinema/movies/20260131T000000Z/ab12-1")
    ('20260131T000000Z', 'ab12-1')
    """
    interval, _, name = uri.rstrip("/").rpartition("/")
    return interval.rpartition("/")[2], name


def delete_landing(lake_root: str, domain: str, dataset: str, uri: str) -> None:
    """Delete a landing for good, its manifest first: if the process is killed half way, it is no
    longer a landing.

    Raises:
        LakeError: it is not `<lake>/bronze/<domain>/<dataset>/<interval>/<run>`, or it still exists
            afterwards.
    """
    folder = _inside(bronze_of(lake_root, domain, dataset), uri)
    delete_file(folder / MANIFEST)
    if isinstance(folder, Path):
        with suppress(FileNotFoundError):
            _remove_local(folder)
    else:
        remove(folder)
    if folder.exists():
        raise LakeError(
            f"{uri} is still there after it was deleted",
            remedy="may Airflow's user delete in the lake? The next maintenance tries again",
        )


def is_landing_of(lake_root: str, domain: str, dataset: str, uri: str) -> bool:
    """Whether a landing is one of a dataset's own in this lake."""
    try:
        _inside(bronze_of(lake_root, domain, dataset), uri)
    except LakeError:
        return False
    return True


def delete_domain(lake_root: str, domain: str) -> None:
    """Delete every landing of an environment's domain; nothing where there is none.

    Raises:
        LakeError: it is not an environment's, or something is still there afterwards.
    """
    if not is_of_environment(f"{Layer.SILVER}_{domain}"):
        raise LakeError(
            f"{domain} is not a domain of an environment: its landings stay",
            remedy="the retention of its specs deletes them",
        )
    folder: LakePath = lake_path(lake_root) / "bronze" / domain
    if _is_link(folder):
        raise LakeError(f"{folder} is a link: it is left alone", remedy="look where it leads")
    if not folder.exists():
        return
    if isinstance(folder, Path):
        _remove_local(folder)
    else:
        remove(folder)
    if folder.exists():
        raise LakeError(
            f"{folder} is still there after it was deleted",
            remedy="may this user delete in the lake? Drop the environment again",
        )


def loose_folders(
    lake_root: str, domain: str, dataset: str, known: Set[tuple[str, str]]
) -> Iterator[LooseFolder]:
    """The folders of a dataset that are none of the known landings.

    Args:
        known: `place_in_bronze` of every landing in the registry.
    """
    for interval in children(bronze_of(lake_root, domain, dataset)):
        for folder in children(interval):
            if (interval.name, folder.name) in known or _is_link(folder) or not folder.is_dir():
                continue
            yield LooseFolder(
                uri=str(folder),
                landed_at=_read_landing_time(folder),
                changed_at=_find_last_change(folder),
            )


def _inside(bronze: LakePath, uri: str) -> LakePath:
    """The landing's folder, two levels below its dataset's: neither `..` nor a link leads away."""
    interval, name = place_in_bronze(uri)
    folder: LakePath = bronze / interval / name
    proper = not {interval, name} & {"", ".", ".."} and str(lake_path(uri)) == str(folder)
    if proper and isinstance(folder, Path) and isinstance(bronze, Path):
        proper = folder.resolve() == bronze.resolve() / interval / name
    if not proper:
        raise LakeError(
            f"{uri} is not below {bronze}: it is left alone",
            remedy="where the lake was moved, delete it by hand",
        )
    return folder


def _remove_local(folder: Path) -> None:
    try:
        delete_folder(folder)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise LakeError(
            f"{folder} cannot be deleted: {error.strerror or error}",
            remedy="may Airflow's user delete in the lake? The next maintenance tries again",
        ) from error
    delete_empty_folder(folder.parent)  # other runs may have landed the same interval


def _is_link(folder: LakePath) -> bool:
    return isinstance(folder, Path) and folder.is_symlink()


def _read_landing_time(folder: LakePath) -> datetime | None:
    try:
        return Manifest.from_json((folder / MANIFEST).read_text()).extracted_at
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return datetime.now(UTC)  # somebody may want to look at it


def _find_last_change(folder: LakePath) -> datetime | None:
    """When something was last written into it."""
    times = []
    for path in (folder, *children(folder)):
        with suppress(OSError, AttributeError, KeyError, ValueError):
            times.append(float(path.stat().st_mtime))
    return datetime.fromtimestamp(max(times), tz=UTC) if times else None
