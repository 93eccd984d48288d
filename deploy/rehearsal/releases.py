"""The next release, whose registry is a version newer: up to it, and back, while somebody reads."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from engine import RehearsalError
from reader import reading
from stack import ROOT

from steps import Rehearsal

_MIGRATIONS = Path("plugins/medallion/warehouse/registry/migrations")
_MIGRATION = """\
-- works from: {version}
-- Of the rehearsal: what a next release may add, so that this one still works with it.
ALTER TABLE medallion.publications ADD COLUMN rehearsed integer NOT NULL DEFAULT 5;
CREATE TABLE medallion.rehearsed (a integer);
"""
_IMAGE = Path(__file__).resolve().parent / "images" / "release.Dockerfile"
_SAID = "and works with it"
_VERSION = "SELECT max(version) FROM medallion.registry_version;"


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """The steps between two images of one stack: `here` is this project's, `later` the next's."""

    rehearsal: Rehearsal
    here: str
    later: str

    def build_next(self) -> str:
        """This image with one more migration of the registry."""
        folder = self.rehearsal.stack.folder / "next"
        folder.mkdir()
        write_migration(folder)
        shutil.copy(_IMAGE, folder)
        words = ("--file", str(folder / _IMAGE.name), "--build-arg", f"HERE={self.here}")
        self.rehearsal.stack.engine.build(self.later, folder, *words)
        return f"{self.later} has a registry of version {_released() + 1}"

    def upgrade(self) -> str:
        """To the next image; its first run upgrades the registry, and no reader notices.

        Raises:
            RehearsalError: a service is not healthy on it, the registry is as before, or a reader
                lost its session, or saw what was never published.
        """
        said = self._change(self.later)
        version = self._version()
        if version != _released() + 1:
            raise RehearsalError(f"the registry is of version {version}")
        return f"the registry is of version {version}; {said}"

    def go_back(self) -> str:
        """To this project's image, on the registry of the next one.

        Raises:
            RehearsalError: as for `upgrade`, or no task says that it works with a newer registry.
        """
        said = self._change(self.here)
        version = self._version()
        if version != _released() + 1:
            raise RehearsalError(f"the registry is of version {version}")
        find = ("grep", "--recursive", "--files-with-matches", _SAID, "/opt/medallion/logs")
        try:
            self.rehearsal.stack.exec("scheduler", *find)
        except RehearsalError:
            raise RehearsalError("no task says that it works with a newer registry") from None
        return f"the registry stays at version {version}, and tasks say so; {said}"

    def _change(self, image: str) -> str:
        rehearsal = replace(self.rehearsal, image=image)
        before = rehearsal.fingerprint()
        with reading(rehearsal) as answers:
            said = rehearsal.upgrade(image)
            rehearsal.run_pipeline()
        return f"{said}; {answers.describe(frozenset({before, rehearsal.fingerprint()}))}"

    def _version(self) -> int:
        """The registry's, as the server's administrator reads it."""
        return int(self.rehearsal.stack.ask_as_administrator(_VERSION))


def write_migration(folder: Path) -> None:
    """A file of the registry's next version, with which this one may work."""
    version = _released()
    (folder / f"{version + 1:04}_rehearsal.sql").write_text(_MIGRATION.format(version=version))


def _released() -> int:
    """The version of this project's registry."""
    names = [path.name for path in (ROOT / _MIGRATIONS).glob("*.sql")]
    return max(int(re.findall(r"^\d+", name)[0]) for name in names)
