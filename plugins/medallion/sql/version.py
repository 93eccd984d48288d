"""What the answers of this folder depend on, for those who keep them on disk."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path


@cache
def reader_version(*modules: str) -> str:
    """Another text whenever SQL may be read otherwise.

    Args:
        modules: those that read it by means of this folder, by their names.
    """
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.[pt][yx]*")):
        digest.update(file.read_bytes())
    for module in modules:
        found = find_spec(module)
        digest.update(Path(found.origin).read_bytes() if found and found.origin else b"")
    return f"{version('postgast')} {version('sqlglot')} {digest.hexdigest()}"
