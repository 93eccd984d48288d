"""The sample that `new` infers from: a source, landed in a folder that goes again; and how a file
is laid out."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from medallion.errors import MedallionError
from medallion.lake.filesystems import open_storage
from medallion.roots import lake_root
from medallion.sources.base.reach import FileReach, file_reach
from medallion.sources.base.source import ConnectionDetails, ExtractRequest, SourceModel
from medallion.sources.file.local import project_files
from medallion.sources.file.source import FileSource
from medallion.sources.formats.compressions import (
    CHUNK_BYTES,
    compression_of,
    open_compressed,
)
from medallion.sources.formats.encodings import BOMS
from medallion.spec.files.access import load_access
from medallion.workbench.inference.file_shape import find_shape
from medallion.workbench.inference.sample import DataSample, land, run_now, sample_of

LOOKED_AT = 256 * 1024
"""Bytes of a file's beginning and of its end, for how it is laid out."""
LOG = logging.getLogger("medallion.new")


def request_of(
    domain: str, root: Path, connection: Callable[[str], ConnectionDetails] | None = None
) -> ExtractRequest:
    """An extraction by hand, held to what the domain may read.

    Args:
        domain: of the spec that is to be.
        root: the project's folder.
        connection: gives details of connections; by default Airflow's.
    """
    return ExtractRequest(
        dataset="new",
        run=run_now(domain),
        project_root=root,
        reach=_reach(domain, root),
        connection=connection or airflow_connection,
        storage=open_storage,
        log=LOG,
    )


@contextmanager
def landed_sample(source: FileSource, domain: str, root: Path) -> Iterator[DataSample]:
    """What is in the files that a domain's source reads.

    Raises:
        SourceRefused, SourceUnavailable, DataRejected: a file cannot be read.
    """
    with landed(source, request_of(domain, root), domain) as sample:
        yield sample


@contextmanager
def landed(source: SourceModel, request: ExtractRequest, domain: str) -> Iterator[DataSample]:
    """The records that a request brings; cut where it asks for the first ones, and there are as
    many.

    Raises:
        SourceRefused, SourceUnavailable, SetupError, DataRejected: it cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="medallion-new-") as folder:
        manifest = land(source, request, Path(folder), domain, LOG)
        cut = request.first is not None and manifest.records >= request.first
        yield replace(sample_of(manifest), is_cut=cut)


def shape_of(path: str, domain: str, root: Path) -> dict[str, Any]:
    """How the first of the project's files of a path is laid out (`find_shape`); empty where it
    lies elsewhere, or cannot be read: landing it says why."""
    if "://" in path:
        return {}
    try:
        file = project_files(root, path, _reach(domain, root))[0]
        with (
            file.at_hand() as found,
            open_compressed(found, compression_of(file.name, None), file.name) as content,
        ):
            head, tail = _ends(content)
    except (MedallionError, OSError, ValueError):
        return {}
    return find_shape(_text(head).rpartition("\n")[0] if tail else _text(head), _text(tail))


def _ends(content: BinaryIO) -> tuple[bytes, bytes]:
    """The first bytes, and the last ones where there are more; read once, since content may be
    compressed."""
    head = content.read(LOOKED_AT)
    tail = b""
    while chunk := content.read(CHUNK_BYTES):
        tail = (tail + chunk)[-LOOKED_AT:]
    return head, tail


def _text(content: bytes) -> str:
    """As far as letters do not matter: delimiters and digits are ASCII."""
    codec = next((codec for mark, codec, _ in BOMS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(codec)
    except UnicodeError:
        return content.decode("latin-1")


def _reach(domain: str, root: Path) -> FileReach:
    return file_reach(domain, root, load_access(root).folders_of(domain), lake_root())


def airflow_connection(conn_id: str) -> ConnectionDetails:
    """The details of an Airflow connection."""
    from medallion.airflow.connections import connection_details

    return connection_details(conn_id)
