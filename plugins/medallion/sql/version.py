"""The version of this folder's answers, for those who keep them on disk."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path


@cache
def reader_version(*modules: str) -> str:
    """A text that changes whenever SQL may be read differently.

    Args:
        modules: names of further modules that the answers depend on.
    """
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.[pt][yx]*")):
        digest.update(file.read_bytes())
    for module in modules:
        found = find_spec(module)
        digest.update(Path(found.origin).read_bytes() if found and found.origin else b"")
    return f"{version('postgast')} {version('sqlglot')} {digest.hexdigest()}"
