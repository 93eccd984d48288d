"""The record of the running stack, so that any later command finds its processes."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medallion.local.credentials import write_private
from medallion.local.processes import Family
from medallion.private_files import private_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A component as last seen: its processes, and how often it had to be started again."""

    family: Family
    restarts: int


class Journal:
    """Two small JSON files in the state folder, each replaced atomically.

    Whoever starts the supervisor records it; the supervisor records the components.
    """

    def __init__(self, folder: Path) -> None:
        self._supervisor = folder / "supervisor.json"
        self._components = folder / "components.json"

    def write_supervisor(self, family: Family) -> None:
        """Record the supervisor's process."""
        _replace(self._supervisor, asdict(family))

    def supervisor(self) -> Family | None:
        """The supervisor, or the last one; None if there never was one."""
        found = _read(self._supervisor)
        return Family(**found) if found else None

    def write_components(self, running: Mapping[str, tuple[Family, int]]) -> None:
        """Record the processes of the components that run, and how often each was restarted."""
        content = {
            name: {"family": asdict(family), "restarts": restarts}
            for name, (family, restarts) in running.items()
        }
        _replace(self._components, content)

    def components(self) -> dict[str, Entry]:
        """The components, or the last ones, by name."""
        return {
            name: Entry(family=Family(**entry["family"]), restarts=entry["restarts"])
            for name, entry in (_read(self._components) or {}).items()
        }

    def families(self) -> list[Family]:
        """All known process families, the supervisor's first."""
        supervisor = self.supervisor()
        components = [entry.family for entry in self.components().values()]
        return [supervisor, *components] if supervisor else components


def _replace(path: Path, content: Mapping[str, object]) -> None:
    private_folder(path.parent)
    draft = path.with_suffix(f".{os.getpid()}.draft")
    write_private(draft, json.dumps(content))
    draft.replace(path)


def _read(path: Path) -> Any:
    """The JSON value of the file, None when there is none."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return None
