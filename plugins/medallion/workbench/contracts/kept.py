"""A document of a folder, of a contract or of a data product, beside what its file said before."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from medallion.workbench.contracts.changes import ContractChange


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDocument:
    """What a file should hold now.

    Attributes:
        name: of the table, or `<domain>.<product>`.
        document: what it says now.
        version: that it has now.
        text: of the file as it should be.
        changes: since the file; of a new one none.
        is_new: there was no file.
        same: the file is so already.
    """

    name: str
    document: dict[str, Any]
    version: str
    text: str
    changes: tuple[ContractChange, ...] = ()
    is_new: bool = False
    same: bool = False

    def beside(self, path: Path) -> KeptDocument:
        """The same, compared with the text of its file."""
        return replace(self, same=path.read_text(encoding="utf-8") == self.text)


def write_kept(kept: KeptDocument, path: Path) -> None:
    """Write the file; who reads it meanwhile gets the former one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    draft.write_text(kept.text, encoding="utf-8")
    draft.replace(path)


def find_left_over(folder: Path, names: Iterable[str], ending: str) -> list[str]:
    """The files of a folder that are of none of these names.

    Args:
        folder: it need not be there.
        names: of tables or products that there are.
        ending: of such files: `.odcs.yaml`.
    """
    known = {f"{name}{ending}" for name in names}
    if not folder.is_dir():
        return []
    return sorted(one.name for one in folder.glob(f"*{ending}") if one.name not in known)
