"""A database and a lake that last as long as a `with` block."""

from __future__ import annotations

import logging
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from medallion.local.postgres import EmbeddedPostgres
from medallion.local.scratch_databases import hold_new_scratch
from medallion.names import TableName
from medallion.operations.surroundings import Surroundings
from medallion.private_files import private_folder
from medallion.sources.base.source import ConnectionDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class Scratch:
    """Where a try lands, stages and publishes."""

    warehouse_url: str = field(repr=False)
    folder: Path
    made: Mapping[TableName, Scratch] = field(default_factory=dict)
    """Tables that are not read here as they are published: each has its rows in another scratch."""

    @property
    def lake_root(self) -> str:
        """The folder of its lake, which goes with it."""
        return str(self.folder / "lake")


def surround(project: Path, scratch: Scratch, *, key: str, logger: str, level: int) -> Surroundings:
    """What tasks run with that are tried on a project's folder: no connection leads anywhere.

    Args:
        project: the folder that has the specs and the data.
        scratch: where they land, stage and publish.
        key: of hashes: equal values have equal ones.
        logger: the name of what they write to.
        level: what is logged of it, as `logging` has it.
    """
    log = logging.getLogger(logger)
    log.setLevel(level)
    return Surroundings(
        project_root=project,
        lake_root=scratch.lake_root,
        warehouse_url=scratch.warehouse_url,
        connection=lambda conn_id: ConnectionDetails(
            conn_id=conn_id, conn_type="generic", password=key
        ),
        log=log,
    )


@contextmanager
def open_scratch(server: EmbeddedPostgres) -> Iterator[Scratch]:
    """A fresh database on the embedded server, and a fresh folder; both are gone afterwards.

    What a try that was killed has left is dropped by the next one.

    Raises:
        SetupError: the server does not start.
    """
    server.start()
    name, password = f"scratch_{secrets.token_hex(6)}", secrets.token_urlsafe(24)
    with (
        hold_new_scratch(server, name, password),
        tempfile.TemporaryDirectory(prefix="medallion-scratch-") as folder,
    ):
        private_folder(Path(folder) / "lake")
        url = server.info().url(name, user=name, password=password)
        yield Scratch(warehouse_url=url, folder=Path(folder))
