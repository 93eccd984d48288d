"""The project that a command is for."""

from __future__ import annotations

from pathlib import Path

from medallion.errors import SetupError


def project_folder(root: Path) -> Path:
    """The folder, made absolute.

    Raises:
        SetupError: it has no specs/: a command would find nothing wrong, and nothing to do.
    """
    folder = root.resolve()
    if not (folder / "specs").is_dir():
        raise SetupError(f"there is no folder {folder / 'specs'}", remedy="name it with --root DIR")
    return folder
