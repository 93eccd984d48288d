"""Other domains' files are looked at again and again; their YAML is parsed once.

A spec's own YAML is not kept: its compiled plan is (`compiler.entries`).
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from medallion.spec.cache.disk import cache_folder, entry_path, keep, read_kept
from medallion.spec.yaml import loader as yaml_loader
from medallion.spec.yaml import scalars


def read_yaml_once(data: bytes, root: Path) -> dict[str, Any]:
    """`read_yaml`, from the cache of the project at `root` if it is there.

    Raises:
        YamlRefused: with every problem found. Refusals are not kept.
    """
    path = entry_path(cache_folder(root, "specs"), _loader_version(), data)
    known = read_kept(path)
    if isinstance(known, dict):
        return known
    value = yaml_loader.read_yaml(data)
    keep(path, value)
    return value


@cache
def _loader_version() -> bytes:
    """It changes with the code that reads YAML."""
    sources = (Path(str(module.__file__)).read_bytes() for module in (yaml_loader, scalars))
    return hashlib.sha256(b"".join(sources)).digest()
