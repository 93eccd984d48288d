"""A source is tested with the real lake behind it: what it landed is read back."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from medallion.lake.landing import LandingPlace, LandingWriter
from medallion.lake.manifest import Manifest
from medallion.lake.reader import local_part, verify
from medallion.sources.base import ConnectionDetails, ExtractRequest, SourceModel

DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Landed:
    """What a source landed, read back from the lake."""

    manifest: Manifest

    def bytes_of(self, number: int = 0) -> bytes:
        with local_part(self.manifest, self.manifest.parts[number]) as path:
            return path.read_bytes()

    def bodies(self) -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for number in range(len(self.manifest.parts))
            for line in gzip.decompress(self.bytes_of(number)).splitlines()
        ]

    def records(self) -> list[dict[str, Any]]:
        key = self.manifest.layout.records_path
        return [record for body in self.bodies() for record in body[key]]


Extract = Callable[..., Landed]


@pytest.fixture
def extract(tmp_path: Path) -> Extract:
    """Run a source into a lake of its own; `root` is the project's folder."""

    def run(
        source: SourceModel, *, root: Path = tmp_path, connection: ConnectionDetails | None = None
    ) -> Landed:
        place = LandingPlace(
            lake_root=str(tmp_path / "lake"),
            domain="cinema",
            dataset="movies",
            dag_id="cinema.box_office",
            run_id="manual__1",
            run_key="k1",
            load_id=7,
            interval_start=DAY,
            interval_end=DAY,
            spec_digest="digest",
        )
        log = logging.getLogger("medallion.test")
        landing = LandingWriter(place, log)
        request = ExtractRequest(
            dataset="movies",
            interval_start=DAY,
            interval_end=DAY,
            project_root=root,
            connection={"tmdb_default": connection}.__getitem__,  # type: ignore[arg-type]
            log=log,
        )
        layout = source.extract(request, landing)
        manifest = landing.finish(layout, source.describe())
        verify(manifest)
        return Landed(manifest=manifest)

    return run
