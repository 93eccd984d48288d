"""Files of any format that `formats.table` has; one or many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, create_model

from medallion.disk import is_passing
from medallion.errors import SourceRefused, SourceUnavailable
from medallion.model import OneOf
from medallion.records import RecordLayout
from medallion.sources.base.found_files import (
    FoundFile,
    NoFiles,
    hold_to_state,
    not_too_many,
    part_name,
    part_names,
)
from medallion.sources.base.interval_words import fill_interval
from medallion.sources.base.locations import Location
from medallion.sources.base.source import (
    ConnectionDetails,
    ExtractRequest,
    Landing,
    PartWriter,
    SourceModel,
    SourcePlace,
)
from medallion.sources.file.ahead import copy_ahead
from medallion.sources.file.archived import ArchivedFile, files_in
from medallion.sources.file.copying import copying
from medallion.sources.file.layouts import choose_layout
from medallion.sources.file.local import find_mounted_files, project_files
from medallion.sources.file.places import place_of_location
from medallion.sources.file.remarks import note
from medallion.sources.file.remote import remote_files
from medallion.sources.file.united import drift, layout_of_several, one_layout
from medallion.sources.file.web import find_web_file
from medallion.sources.formats.archives import is_tar, tar_without_member
from medallion.sources.formats.compressions import (
    CHUNK_BYTES,
    Compression,
    compression_of,
    open_compressed,
)
from medallion.sources.formats.encodings import EncodingWatch
from medallion.sources.formats.file_format import FileAtHand, Remarks
from medallion.sources.formats.layout_keys import LayoutsKeys
from medallion.sources.formats.lost_letters import LostLetterWatch, count_lost_letters
from medallion.sources.formats.table import FORMATS
from medallion.sources.formats.table_keys import UNITED, TableKeys
from medallion.unpivot import UnpivotSpec, unpivot_layout

Watch = EncodingWatch | LostLetterWatch


class AnyFile(SourceModel):
    """The keys of a file source in any format; each format's own keys are in its file."""

    format: Annotated[str, OneOf(FORMATS)] = "csv"
    """csv: delimited text with a header. fixed_width: text whose columns are places in a line.
    jsonl: one JSON object a line. json: one JSON document a file. xml: one XML document a file.
    excel: one sheet of a workbook (.xlsx, .xlsm, .xlsb, .xls, .ods). parquet: values with their
    types."""
    path: str
    """Relative to the project's root. Its own files are in include/data/<domain>/, those of all
    domains in include/data/shared/, and operators may allow other folders. Or a URL: abfs://CONN_ID@container/…,
    sftp://CONN_ID@/…, ftp://CONN_ID@/…, s3://CONN_ID@bucket/…, file:///mounted/folder/….
    https://host/path is one file of a web server that operators allow, https://CONN_ID@/path one of
    a connection's.
    `sales/2026-*.csv` and `**/*.csv` name several files: they are laid out alike, and each is a
    part of the landing. It may hold the words of the data interval:
    `sales/:data_interval_start_date.csv` is the day's own file."""
    compression: Compression | None = None
    """By the name's ending (.gz, .bz2, .zip, .zst) where it is not given. A zip holds one file.
    With `member` it is how the members are compressed."""
    member: str | None = Field(default=None, min_length=1, max_length=500)
    """Which files of an archive are landed, each as a part: `*.csv`. The archive is a zip or a tar,
    plain or as .tar.gz, .tar.bz2, .tar.xz or .tar.zst. A pattern without a slash is held against
    the last part of a name, as in `sales/**/*.csv` each slash counts."""


if TYPE_CHECKING:

    class WithFormatKeys(TableKeys, LayoutsKeys, AnyFile):
        """With the keys of formats that are read here."""
else:
    _KEYS = [format_.keys for format_ in FORMATS.values() if format_.keys]
    WithFormatKeys = create_model("WithFormatKeys", __base__=(*reversed(_KEYS), AnyFile))


class FileSource(WithFormatKeys):
    """One file, or all that match a pattern."""

    type: Literal["file"]
    unpivot: UnpivotSpec | None = None
    """Columns that become records: a file with a column for each year becomes a record for each
    year."""
    only_new: bool = False
    """Land only the files that are new or have changed since they were published; for `merge` and
    `append`. A run without any publishes nothing, and succeeds."""

    def lands_one_part(self) -> bool:
        return self.member is None and not has_magic(self.path)

    def lands_only_new(self) -> bool:
        return self.only_new

    def unpivots(self) -> UnpivotSpec | None:
        return self.unpivot

    def has_columns(self) -> bool:
        return FORMATS[self.format].has_columns

    def describe(self) -> Mapping[str, object]:
        return {"format": self.format, **self.model_dump(mode="json", exclude_defaults=True)}

    def paths(self) -> Iterable[tuple[str, str]]:
        return () if Location.parse(self.path) else (("path", self.path),)

    def path_on_disk(self) -> str | None:
        """The path of what it reads from the disk of the machine that lands, absolute or relative
        to the project; None: it reads from a server or a store."""
        location = Location.parse(self.path)
        if location is None:
            return self.path
        return location.path if location.scheme == "file" else None

    def conn_ids(self) -> tuple[str, ...]:
        location = Location.parse(self.path)
        return (location.conn_id,) if location and location.conn_id else ()

    def place(
        self, connection: Callable[[str], ConnectionDetails], project_root: Path
    ) -> SourcePlace:
        location = Location.parse(self.path)
        if location is None:
            return SourcePlace(namespace="file", name=str(project_root / self.path))
        return place_of_location(location, connection)

    def preview(self, start: datetime, end: datetime) -> str:
        if self.only_new:
            return "the files that its interval has published, and no new one"
        return fill_interval(self.path, start, end)

    def extract(self, request: ExtractRequest, landing: Landing) -> RecordLayout:
        """Land the files byte for byte, one part each, and count their records.

        Raises:
            SourceRefused: one does not exist, or is not what the spec says.
            SourceUnavailable: one changed while it was read.
        """
        files = self._choose_files(request, landing)
        total = None if self.member else len(files)
        found = _Found()
        with copy_ahead(files if self.member is None else ()) as near:
            for number, (file, part) in enumerate(self._parts(files, near, request)):
                _land(self, file, part, landing, request, found)
                landing.progress(number + 1, total, "files")
        if not found.layouts:
            landing.note("nothing_new", True)
            request.log.info("%s: no file is new or has changed", self.path)
            return RecordLayout(format=self.format)
        return self._conclude(found, request, landing)

    def _conclude(self, found: _Found, request: ExtractRequest, landing: Landing) -> RecordLayout:
        """The layout of all files, with notes about them."""
        layouts = found.by_layout()
        if self.layouts:
            layout = layout_of_several(found.layouts, by_name=self.union_by_name)
            landing.note("layouts", self._list_layouts(found))
        else:
            layout = one_layout(layouts, by_name=set(UNITED) <= set(next(iter(layouts)).own))
            for fact, value in FORMATS[layout.format].facts(layout).items():
                landing.note(fact, value)
        if drifted := drift(layouts):
            landing.note("drift", [asdict(one) for one in drifted])
            found.remarks.warnings += [one.line() for one in drifted]
        if self.unpivot:
            times = unpivot_layout(layout, self.unpivot).times
            landing.note("unpivot", {"columns": times, "records": found.long_records})
        note(found.remarks, request, landing)
        return layout

    def _list_layouts(self, found: _Found) -> list[Mapping[str, object]]:
        """Which files have which of the source's layouts, and what was found out of them."""
        return [
            {
                "layout": number,
                "files": len(files),
                "first": files[0],
                **FORMATS[self.format].facts(layout),
            }
            for (number, layout), files in found.layouts.items()
        ]

    def _parts(
        self, files: Sequence[FoundFile], near: Iterable[FoundFile], request: ExtractRequest
    ) -> Iterator[tuple[FoundFile, str]]:
        """Each file with the name of its part. `near` are the same files, without `member`: some of
        them are on this machine already."""
        if self.member is None:
            yield from zip(near, part_names(files), strict=True)
            return
        is_text = FORMATS[self.format].is_text
        memory = request.files
        found = files_in(files, self.member, self.compression, memory, is_text=is_text)
        with _readable(self.path):
            for number, file in enumerate(found):
                not_too_many(number + 1, f"{self.member} in {self.path}")
                yield file, part_name(number, file)

    def _choose_files(self, request: ExtractRequest, landing: Landing) -> list[FoundFile]:
        if not self.only_new:
            return self._find_files(request, landing)
        try:
            found = self._find_files(request, landing)
        except NoFiles:
            if not request.files.known:  # a misspelt path would be quiet for ever
                raise
            found = []
        wanted = found if self.member else request.files.choose(found)
        landing.note("files_found", len(found))
        return wanted

    def _find_files(self, request: ExtractRequest, landing: Landing) -> list[FoundFile]:
        path = fill_interval(self.path, *request.run.local_interval())
        if path == self.path:
            return files_of(path, request)
        landing.note("path", path)
        try:
            return files_of(path, request)
        except SourceRefused as error:
            raise type(error)(
                f"{error.problem}, which {self.path} is for this data interval",
                remedy="once it has come, clear the task and those after it; later intervals do "
                "not wait for it",
            ) from None


def files_of(path: str, request: ExtractRequest) -> list[FoundFile]:
    """The files that a path means, wherever they are.

    Raises:
        SourceRefused, SourceUnavailable, SetupError: there is none, or they cannot be reached.
    """
    location = Location.parse(path)
    if location is not None and location.is_web:
        return [find_web_file(location, request)]
    if location is None:
        return project_files(request.project_root, path, request.reach)
    if location.scheme == "file":
        return find_mounted_files(location, request.reach)
    assert request.storage is not None  # noqa: S101  # the land step hands one in
    details = request.connection(location.conn_id)
    return remote_files(location, details, request.storage, request.reach)


@dataclass(slots=True)
class _Found:
    """What was found in the files that were landed so far."""

    layouts: dict[tuple[int, RecordLayout], list[str]] = field(default_factory=dict)
    """By the number of the source's layout (0: it has none) and what was found out of the file, the
    files in their order."""
    long_records: int = 0
    remarks: Remarks = field(default_factory=Remarks)

    def by_layout(self) -> dict[RecordLayout, list[str]]:
        """The files of each, whatever the number of the source's layout."""
        merged: dict[RecordLayout, list[str]] = {}
        for (_, layout), files in self.layouts.items():
            merged.setdefault(layout, []).extend(files)
        return merged


def _land(
    source: FileSource,
    file: FoundFile,
    name: str,
    landing: Landing,
    request: ExtractRequest,
    found: _Found,
) -> None:
    """Land a file, and note how its records are read and how many there are."""
    with _readable(file.name):
        before = file.state()
        with file.at_hand() as path, landing.part(name) as part:
            number, layout, records = _examine(source, path, file, part, request, found.remarks)
            part.count(records)
            part.copy_of(file.name, file.listed)
            if number:
                part.note_layout(layout)
            if isinstance(file, ArchivedFile):
                part.note_archive(file.archive, file.archive_bytes, file.archive_sha256)
            hold_to_state(file, before)
    found.layouts.setdefault((number, layout), []).append(file.name)
    if source.unpivot:
        found.long_records += records * unpivot_layout(layout, source.unpivot).times


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Say by whom a file that cannot be read is made readable."""
    try:
        yield
    except OSError as error:
        problem = f"{name} cannot be read: {error.strerror or error}"
        if is_passing(error):
            remedy = "make room for temporary files, or bring the disk back"
            raise SourceUnavailable(problem, remedy=remedy) from None
        raise SourceRefused(problem, remedy="may Airflow's user read it?") from None


def _examine(
    source: FileSource,
    path: Path,
    found: FoundFile,
    part: PartWriter,
    request: ExtractRequest,
    remarks: Remarks,
) -> tuple[int, RecordLayout, int]:
    """Copy the bytes as they are; the number of the file's layout, how its records are read, and
    how many there are."""
    name, compression = found.name, _compression_of(source, path, found)
    format_ = FORMATS[source.format]
    number, said = choose_layout(source, format_, path, name, compression)
    declared = format_.read_declared_encoding(said)
    watch = None
    if format_.is_text:
        watch = EncodingWatch(path=name, declared=declared, shows_words=request.shows_values)
    lost = LostLetterWatch(format_.writes_lost_letters)
    with copying(path, part):
        _watch(path, name, compression, (watch, lost) if watch else ())
        encoding = _conclude(watch)
        if watch and watch.doubt:
            remarks.warnings.append(watch.doubt)
        if watch and lost.may_be_in(encoding):
            written = format_.writes_lost_letters
            if counted := count_lost_letters(path, compression, name, written, encoding):
                remarks.lost[name] = counted
        file = FileAtHand(
            path=path, name=name, compression=compression, encoding=encoding, remarks=remarks
        )
        return number, *format_.examine(file, said)


def _compression_of(source: FileSource, path: Path, found: FoundFile) -> Compression:
    """How a file is compressed.

    Raises:
        SourceRefused: it is a tar, of which no member is named.
    """
    if isinstance(found, ArchivedFile):
        return found.compression
    if is_tar(found.short_name) and source.compression is None:
        raise tar_without_member(path, found.name)
    return compression_of(found.short_name, source.compression)


def _conclude(watch: EncodingWatch | None) -> str:
    if watch is None:
        return ""
    watch.feed(b"", final=True)
    return watch.conclude()


def _watch(file: Path, name: str, compression: Compression, watches: Sequence[Watch]) -> None:
    if not watches:
        return
    with open_compressed(file, compression, name) as content:
        while chunk := content.read(CHUNK_BYTES):
            for watch in watches:
                watch.feed(chunk)
