"""The sample that `new` infers from: a source, landed in a folder that goes again; and how a file
is laid out."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from medallion.cli.surroundings import airflow_connection
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
from medallion.workbench.inference.api_answer import find_listing
from medallion.workbench.inference.file_shape import find_shape, has_delimiter
from medallion.workbench.inference.fixed_shape import find_places
from medallion.workbench.inference.sample import DataSample, land, run_now, sample_of
from medallion.workbench.inference.xml_shape import find_record

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
def sample_landing(source: FileSource, domain: str, root: Path) -> Iterator[DataSample]:
    """What is in the files that a domain's source reads.

    Raises:
        SourceRefused, SourceUnavailable, DataRejected: a file cannot be read.
    """
    with land_sample(source, request_of(domain, root), domain) as sample:
        yield sample


@contextmanager
def land_sample(source: SourceModel, request: ExtractRequest, domain: str) -> Iterator[DataSample]:
    """The records that a request brings; cut where it asks for the first ones, and there are as
    many.

    Raises:
        SourceRefused, SourceUnavailable, SetupError, DataRejected: it cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="medallion-new-") as folder:
        manifest = land(source, request, Path(folder), domain, LOG)
        cut = request.first is not None and manifest.records >= request.first
        yield replace(sample_of(manifest), is_cut=cut)


def shape_of(path: str, domain: str, root: Path, format_: str) -> dict[str, Any]:
    """How the first of the project's files of a path is laid out; empty where it lies elsewhere, or
    cannot be read: landing it says why.

    Args:
        path: of the source.
        domain: that reads it.
        root: the project's folder.
        format_: as the source has it. A text that no delimiter cuts may be of fixed width.
    """
    if "://" in path or format_ not in _SHAPES:
        return {}
    try:
        file = project_files(root, path, _reach(domain, root))[0]
        with (
            file.at_hand() as found,
            open_compressed(found, compression_of(file.name, None), file.name) as content,
        ):
            head, tail = _ends(content)
        return _SHAPES[format_](head, tail)
    except (MedallionError, OSError, ValueError, RecursionError):
        return {}


def _find_delimited(head: bytes, tail: bytes) -> dict[str, Any]:
    text = _whole_lines(head, tail)
    if not has_delimiter(text) and (places := find_places(text, is_whole=not tail)):
        return places
    return find_shape(text, _text(tail))


def _find_fixed_width(head: bytes, tail: bytes) -> dict[str, Any]:
    return find_places(_whole_lines(head, tail), is_whole=not tail)


def _find_xml(head: bytes, tail: bytes) -> dict[str, Any]:
    return find_record(head)


def _of_json(head: bytes, tail: bytes) -> dict[str, Any]:
    """Where a document that is not the list itself has its records."""
    if tail:
        return {}
    document = json.loads(_text(head))
    found = None if isinstance(document, list) else find_listing(document)
    if found is None or not found.records:
        return {}
    return {"single_record": True} if found.single else {"records": found.path}


_SHAPES: Mapping[str, Callable[[bytes, bytes], dict[str, Any]]] = {
    "csv": _find_delimited,
    "fixed_width": _find_fixed_width,
    "json": _of_json,
    "xml": _find_xml,
}
"""By format, what finds out how a file is laid out, from its first and last bytes."""


def _whole_lines(head: bytes, tail: bytes) -> str:
    return _text(head).rpartition("\n")[0] if tail else _text(head)


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
