"""The sample that `new` infers from: a source, landed in a folder that goes again; and how a file
is laid out."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from medallion.cli.surroundings import airflow_connection
from medallion.errors import MedallionError, SourceRefused
from medallion.lake.filesystems import open_storage
from medallion.roots import lake_root
from medallion.sources.base.found_files import FoundFile
from medallion.sources.base.interval_words import fill_interval
from medallion.sources.base.reach import FileReach, file_reach
from medallion.sources.base.source import ConnectionDetails, ExtractRequest, SourceModel
from medallion.sources.file.layouts import find_encoding
from medallion.sources.file.source import FileSource, files_of
from medallion.sources.formats.archives import is_tar, members
from medallion.sources.formats.compressions import (
    CHUNK_BYTES,
    compression_of,
    open_compressed,
)
from medallion.sources.formats.encodings import BOMS
from medallion.sources.formats.file_format import FileAtHand
from medallion.sources.formats.table import FORMATS, format_of_name
from medallion.sources.formats.workbooks import look_at_rows
from medallion.spec.files.access import load_access
from medallion.workbench.inference.file_shape import find_shape, has_delimiter
from medallion.workbench.inference.fixed_shape import find_places
from medallion.workbench.inference.json_head import close_document
from medallion.workbench.inference.json_shape import find_json_shape
from medallion.workbench.inference.layouts import FileLook
from medallion.workbench.inference.sample import DataSample, land, run_now, sample_of
from medallion.workbench.inference.sheet_shape import find_sheet_shape
from medallion.workbench.inference.xml_shape import find_record

LOOKED_AT = 256 * 1024
"""Bytes of a file's beginning and of its end, for how it is laid out."""
MOST_LOOKED_AT = 200
"""Files of a pattern."""
MOST_FETCHED = 20
"""The same of a server: each is copied to this machine for it."""
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
        downloads=Path(_downloads().name),
        log=LOG,
    )


@cache
def _downloads() -> tempfile.TemporaryDirectory[str]:
    """Goes with the process."""
    return tempfile.TemporaryDirectory(prefix="medallion-downloads-")


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


def shape_of(
    path: str,
    domain: str,
    root: Path,
    format_: str,
    *,
    member: str | None = None,
    sheet: str | None = None,
) -> dict[str, Any]:
    """How the first of the files of a path is laid out; empty where it cannot be read: landing it
    says why.

    Args:
        path: of the source.
        domain: that reads it.
        root: the project's folder.
        format_: as the source has it. A text that no delimiter cuts may be of fixed width.
        member: of an archive: which of its files are meant; the first of them is looked at.
        sheet: of a workbook; the first one by default.
    """
    try:
        file = _find_files(path, domain, root)[0]
        if FORMATS[format_].has_sheets:
            return {} if member else _find_in_sheet(file, sheet)
        if format_ not in _SHAPES:
            return {}
        with _open_member(file, member) if member else _open_file(file) as content:
            head, tail = _ends(content)
        return _SHAPES[format_](head, tail)
    except (MedallionError, OSError, ValueError, RecursionError):
        return {}


def members_of(path: str, domain: str, root: Path) -> tuple[str, str | None]:
    """Of the first of the archives of a path: the `member` that means its data, empty where it has
    one file; and their format, None where no name says it.

    Raises:
        SourceRefused, SourceUnavailable: there is no such file, it cannot be read, or it is not an
            archive.
    """
    file = _find_files(path, domain, root)[0]
    with file.at_hand() as archive:
        names = [one.name for one in members(archive, file.name, "**")]
    endings = Counter(_ending_of(name) for name in names if format_of_name(name))
    if not endings:
        return "", None
    ((ending, _),) = endings.most_common(1)
    found = format_of_name(f"member{ending}")
    packed = compression_of(names[0], None) != "none"  # a packed file in a zip is a member
    one = len(names) == 1 and not is_tar(file.short_name) and not packed
    return ("" if one else f"*{ending}"), found


def pattern_of(path: str, domain: str, root: Path) -> str:
    """What means the data of a folder of the project: a pattern of the commonest kind of its files;
    in folders below too, where some are there. The path itself, where there is no such folder.

    Raises:
        SourceRefused: the domain may not read it, or it has no file of a known kind.
    """
    if "://" in path or not (root / path).is_dir():
        return path
    folder = path.rstrip("/")
    files = _find_files(f"{folder}/**/*", domain, root)
    known = [file.name for file in files if format_of_name(file.name)]
    if not known:
        raise SourceRefused(
            f"no file in {folder} has a name of a format that is known",
            remedy="name the files with a pattern, and say --format",
        )
    ((ending, _),) = Counter(_ending_of(name) for name in known).most_common(1)
    meant = [name for name in known if name.endswith(ending)]
    if len(meant) == 1:
        return str(meant[0])
    is_flat = all(str(PurePosixPath(name).parent) == folder for name in meant)
    return f"{folder}/{'' if is_flat else '**/'}*{ending}"


def _ending_of(name: str) -> str:
    """A member's ending, with that of its compression.

    >>> _ending_of("2026/a.csv.gz"), _ending_of("a.b.csv")
    ('.csv.gz', '.csv')
    """
    path = PurePosixPath(name)
    packed = compression_of(name, None) != compression_of(path.stem, None)
    return "".join(path.suffixes[-2:]) if packed else path.suffix


def looks_of(source: FileSource, domain: str, root: Path) -> list[FileLook]:
    """How each of the files of a pattern is laid out; empty where there is one or too many, or one
    of them has no header that could be found.

    Args:
        source: what is known of the files, without what the first one alone has shown.
        domain: that reads it.
        root: the project's folder.
    """
    format_ = FORMATS[source.format]
    if source.member or not format_.has_header:
        return []
    try:
        files = _find_files(source.path, domain, root)
        most = MOST_FETCHED if source.conn_ids() else MOST_LOOKED_AT
        if not 1 < len(files) <= most:
            return []
        return [_look(file, source) for file in files]
    except (MedallionError, OSError, ValueError, RecursionError):
        return []


def _find_files(path: str, domain: str, root: Path) -> list[FoundFile]:
    """Those that a run would read now, wherever they are."""
    request = request_of(domain, root)
    return files_of(fill_interval(path, *request.run.local_interval()), request)


def _look(file: FoundFile, source: FileSource) -> FileLook:
    format_ = FORMATS[source.format]
    has_shape = format_.has_sheets or source.format in _SHAPES
    shape = _shape(file, source.format) if has_shape else {}
    if "column_names" in shape or "columns" in shape:
        raise ValueError("it has no header")
    said = FileSource.model_validate({**source.model_dump(exclude_unset=True), **shape})
    compression = compression_of(file.short_name, source.compression)
    with file.at_hand() as path:
        encoding = find_encoding(path, file.name, compression) if format_.is_text else ""
        at_hand = FileAtHand(path=path, name=file.name, compression=compression, encoding=encoding)
        return FileLook(header=format_.find_header(at_hand, said), shape=shape)


def _find_in_sheet(file: FoundFile, sheet: str | None) -> dict[str, Any]:
    with file.at_hand() as path:
        compression = compression_of(file.short_name, None)
        at_hand = FileAtHand(path=path, name=file.name, compression=compression)
        return find_sheet_shape(*look_at_rows(at_hand, sheet))


def _shape(file: FoundFile, format_: str) -> dict[str, Any]:
    if FORMATS[format_].has_sheets:
        return _find_in_sheet(file, None)
    with _open_file(file) as content:
        head, tail = _ends(content)
    return _SHAPES[format_](head, tail)


@contextmanager
def _open_file(file: FoundFile) -> Iterator[BinaryIO]:
    with (
        file.at_hand() as found,
        open_compressed(found, compression_of(file.short_name, None), file.name) as content,
    ):
        yield content


@contextmanager
def _open_member(archive: FoundFile, pattern: str) -> Iterator[BinaryIO]:
    """The first file of an archive that is meant."""
    with archive.at_hand() as found, tempfile.TemporaryDirectory(prefix="medallion-new-") as folder:
        member = next(members(found, archive.name, pattern))
        copy = Path(folder) / "member"
        with member.open() as content, copy.open("wb") as target:
            shutil.copyfileobj(content, target, CHUNK_BYTES)
        with open_compressed(copy, compression_of(member.name, None), member.name) as content:
            yield content


def _find_delimited(head: bytes, tail: bytes) -> dict[str, Any]:
    text = _whole_lines(head, tail)
    if not has_delimiter(text) and (places := _find_fixed_width(head, tail)):
        return places
    return find_shape(text, _text(tail))


def _find_fixed_width(head: bytes, tail: bytes) -> dict[str, Any]:
    return find_places(_whole_lines(head, tail), is_whole=not tail, tail=_text(tail))


def _find_xml(head: bytes, tail: bytes) -> dict[str, Any]:
    return find_record(head)


def _of_json(head: bytes, tail: bytes) -> dict[str, Any]:
    """Where a document that is not the list itself has its records; of a long one by its
    beginning."""
    text = head.decode("utf-8-sig", "ignore")
    return find_json_shape(json.loads(close_document(text) if tail else text))


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
    access = load_access(root)
    return file_reach(domain, root, access.folders_of(domain), lake_root(), access.hosts_of(domain))
