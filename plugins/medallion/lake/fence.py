"""The lake's second wall. While an environment works, its process changes nothing of the lake but
the folders of that environment: `bronze/shop__alice`. The first wall are the names in its plans.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.errors import LakeError
from medallion.names import IN_ENVIRONMENT

if TYPE_CHECKING:
    from medallion.lake.storage import LakePath

BRONZE = "bronze"


@dataclass(frozen=True, slots=True)
class _Fence:
    """What may be changed: `<bronze>/<domain>__<environment>` and what is below."""

    bronze: LakePath
    environment: str


_up: list[_Fence] = []
"""Of the whole process, with its threads: the last one holds. Empty: production works."""


@contextmanager
def fence_in(root: LakePath, environment: str) -> Iterator[None]:
    """Hold this process to the folders of one environment while the block lasts.

    Args:
        root: of the lake.
        environment: its name.
    """
    fence = _Fence(root / BRONZE, environment)
    _up.append(fence)
    try:
        yield
    finally:
        _up.remove(fence)


def hold_to_fence(path: LakePath) -> None:
    """Refuse to change a file or folder that is not the environment's. Neither `..` nor a link
    leads out. In production everything may be changed.

    Raises:
        LakeError: it is not below a folder of the environment.
    """
    if not _up:
        return
    fence = _up[-1]
    domain, _, name = _folder_in(fence.bronze, path).rpartition(IN_ENVIRONMENT)
    if not domain or name != fence.environment:
        raise LakeError(
            f"{path} is not of the environment {fence.environment}: it is left as it is",
            remedy="an environment changes its own folders of the lake alone, and this would be a "
            "defect of Medallion: report it",
        )


def _folder_in(bronze: LakePath, path: LakePath) -> str:
    """The name of the domain's folder that a path is below; empty: it is elsewhere."""
    if isinstance(bronze, Path) and isinstance(path, Path):
        found, root = os.path.realpath(path), os.path.realpath(bronze)
    else:
        found, root = str(path), str(bronze)
    below = found.removeprefix(f"{root}/")
    parts = below.split("/")
    is_below = below != found and not {"", ".", ".."} & set(parts)
    return parts[0] if is_below else ""
