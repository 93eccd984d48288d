"""`new` from a file: the keys of its source, as far as its name, its content and flags say them."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from medallion.cli.new_connections import enter_airflow, hold_allowed
from medallion.cli.new_landing import (
    looks_of,
    members_of,
    pattern_of,
    sample_landing,
    shape_of,
)
from medallion.cli.new_looked import Looked
from medallion.errors import SetupError, SourceRefused
from medallion.lake.manifest import Manifest
from medallion.sources.base.locations import Location
from medallion.sources.base.web_address import file_name_of
from medallion.sources.file.source import FileSource
from medallion.sources.formats.archives import is_archive
from medallion.sources.formats.table import FORMATS, format_of_name
from medallion.workbench.inference.decimal_marks import read_marks
from medallion.workbench.inference.fixed_shape import FEWEST_LINES
from medallion.workbench.inference.layouts import FileLook, find_shared_shape, list_layouts
from medallion.workbench.inference.renamed import merge_names
from medallion.workbench.inference.sample import DataSample, as_records
from medallion.workbench.inference.wide import find_periods

_GUESSES = {
    "columns": "where each column begins and ends, by what is blank or a digit in every line",
    "quote": "quotes are in no order that encloses fields: they are characters like others",
    "sheet": "the sheets have the same columns: they are one table",
    "member": "of the kinds of files in the archive the commonest",
    "path": "of the kinds of files in the folder the commonest",
    "records": "the longest list of the document",
    "single_record": "the document holds no list of objects",
    "keys_as": "each key of the object has a record, or its value: name the field of the keys",
    "union_by_name": "the files have different columns: the table has those of all",
    "layouts": "the files are laid out in several ways, known by names in their headers",
    "record": "the outermost element that comes more than once",
}
"""What is found out by looks."""
_ELSEWHERE = frozenset(("single_record", "keys_as", "values_as"))
"""What is found out of the place of records in JSON: nothing of another place."""
_ONE_COLUMN = (
    "no delimiter cuts its lines, so each is one value. Where columns are places in a line, say "
    "`format: fixed_width` and `columns: {id: [1, 8], name: [9, 30]}`"
)
_UNION, _LAYOUTS = "union_by_name", "layouts"
_FOUND_AGAIN = (None, ",", "utf-8", "utf-8 with a BOM")
"""What every landing finds by itself."""
_USUAL = FileSource.model_fields["format"].default


@contextmanager
def look_at_file(arguments: argparse.Namespace, domain: str, root: Path) -> Iterator[Looked]:
    """The file's records, and how it is laid out.

    Raises:
        SetupError: its format is not known.
        SourceRefused, SourceUnavailable, DataRejected: it cannot be read.
    """
    _enter(arguments.path, domain, root)
    said = _source(arguments, domain, root)
    format_ = said.get("format", _USUAL)
    shape = shape_of(
        said["path"],
        domain,
        root,
        format_,
        member=said.get("member"),
        sheet=said.get("sheet"),
    )
    own = set(said)
    if "records" in said and said["records"] != shape.get("records"):
        own |= _ELSEWHERE
    shape = {key: value for key, value in shape.items() if key not in own}
    said = {key: said.get(key, shape.get(key)) for key in ("type", "format")} | said | shape
    said = {key: value for key, value in said.items() if value is not None}
    if arguments.sheet is None and FORMATS[format_].has_sheets:
        said |= _find_sheets(said, domain, root)
    with _land(said, shape, domain, root) as landed:
        found = merge_names(landed)
        layout, sample = found.manifest.layout, found
        guesses = dict(_guesses(said, {*shape, *_name_unsaid(arguments, said["path"])}, found))
        if FORMATS[layout.format].has_columns and (periods := find_periods(found.fields)):
            said["unpivot"] = periods.said
            sample = as_records(found, periods.columns, periods.said["name"], periods.said["value"])
            guesses |= {"unpivot": periods.guess} if periods.guess else {}
        yield Looked(
            sample=sample,
            source=said | _list_found(sample.manifest),
            origin=said["path"],
            guesses=guesses,
            decimal_comma=FORMATS[layout.format].has_delimiter and layout.delimiter == ";",
        )


def _enter(path: str, domain: str, root: Path) -> None:
    """Let this process use the connection of a path, if it names one that the domain may use.

    Raises:
        SetupError: it may not, or the path is a web address that no spec may have.
    """
    location = Location.parse(path)
    if location and location.is_web and (problem := location.problem()):
        raise SetupError(problem, remedy="write https://host/path, or https://CONN_ID@/path")
    if location and location.conn_id:
        hold_allowed(domain, location.conn_id, root)
        enter_airflow(root)


def _find_sheets(said: Mapping[str, Any], domain: str, root: Path) -> dict[str, Any]:
    """The keys that read all sheets of a workbook as one table, if there are several, and they have
    the same columns."""
    every = {"sheet": "*", "sheet_column": "sheet"}
    try:
        with sample_landing(FileSource.model_validate({**said, **every}), domain, root) as sample:
            (field,) = [one for one in sample.fields if one.name == "sheet"]
            return every if len(field.texts) > 1 else {}
    except SourceRefused:
        return {}


def _name_unsaid(arguments: argparse.Namespace, path: str) -> Iterator[str]:
    """Keys that flags could have said, and have not."""
    if path != arguments.path:
        yield "path"
    if not arguments.member:
        yield "member"
    if not arguments.sheet:
        yield "sheet"


def _guesses(
    said: Mapping[str, Any], found: Collection[str], sample: DataSample
) -> Iterator[tuple[str, str]]:
    """Why keys are as they are, of those that were found by looks alone."""
    for key, guess in _GUESSES.items():
        if key in said and (key in found or key in (_UNION, _LAYOUTS)):
            few = key == "columns" and sample.records < FEWEST_LINES
            yield key, guess + (f"; of {sample.records} lines some are so by chance" if few else "")
    layout = sample.manifest.layout
    if FORMATS[layout.format].has_delimiter and len(layout.columns) == 1:
        (field,) = sample.fields
        if any(" " in text.strip() for text in field.texts):
            yield "path", _ONE_COLUMN


@contextmanager
def _land(
    said: dict[str, Any], shape: Mapping[str, Any], domain: str, root: Path
) -> Iterator[DataSample]:
    """The files' records. Where a pattern's files are not laid out alike, the keys become what says
    so."""
    bare = {key: value for key, value in said.items() if key not in shape or key == "format"}
    looks = looks_of(FileSource.model_validate(bare), domain, root)
    shared = find_shared_shape(looks) if len(looks) > 1 else shape
    with ExitStack() as opened:
        try:
            if shared is None:
                _write_layouts(said, bare, looks)
            else:
                said |= shared
            sample = opened.enter_context(
                sample_landing(FileSource.model_validate(said), domain, root)
            )
        except SourceRefused as refused:
            if shared is None or (_UNION not in refused.remedy and not looks):
                raise
            if _UNION in refused.remedy:
                said[_UNION] = True
            else:
                _write_layouts(said, bare, looks)
            sample = opened.enter_context(
                sample_landing(FileSource.model_validate(said), domain, root)
            )
        _name_dialects(said, sample.manifest)
        yield read_marks(sample, said[_LAYOUTS]) if said.get(_LAYOUTS) else sample


def _write_layouts(
    said: dict[str, Any], bare: Mapping[str, Any], looks: Sequence[FileLook]
) -> None:
    for key in set(said) - set(bare):
        del said[key]
    said[_LAYOUTS] = list_layouts(looks)


def _name_dialects(said: dict[str, Any], manifest: Manifest) -> None:
    """Write to each layout what was found out of its files, if it is one and not the usual."""
    notes = manifest.notes.get(_LAYOUTS, ())
    assert isinstance(notes, list | tuple)  # noqa: S101  # as the source noted it
    for number, layout in enumerate(said.get(_LAYOUTS, ()), start=1):
        of_files = [one for one in notes if one["layout"] == number]
        for key in ("delimiter", "encoding"):
            values = {one.get(key) for one in of_files}
            if len(values) == 1 and (value := _write_value(values.pop())):
                layout[key] = value


def _source(arguments: argparse.Namespace, domain: str, root: Path) -> dict[str, Any]:
    """The keys of `source:`, as far as they are known before the file is read."""
    name = pattern_of(arguments.path, domain, root)
    file_name = file_name_of(name)
    found = arguments.format or format_of_name(arguments.member or file_name)
    member = arguments.member
    if found is None and not member and is_archive(file_name):
        member, found = members_of(name, domain, root)
    if found is None:
        raise _of_no_format(name)
    said: dict[str, Any] = {"type": "file"}
    if found != _USUAL:
        said["format"] = found
    said |= {"path": name, "member": member}
    said |= {key: getattr(arguments, key) for key in ("sheet", "records")}
    return {key: value for key, value in said.items() if value}


def _of_no_format(name: str) -> SetupError:
    """Why nothing says how a path is read. Of a folder that is there a pattern has been made."""
    location = Location.parse(name)
    if not name.endswith("/") or (location and location.is_web):
        api = "; or --url in its place, if an API answers there" if "?" in name else ""
        return SetupError(
            f"the format of {name} is not known by its name",
            remedy=f"say --format: {', '.join(sorted(FORMATS))}{api}",
        )
    if "://" in name:
        return SetupError(
            f"{name} is a folder of a server, and which of its files are the data is not said",
            remedy=f'write a pattern: "{name}*.csv"',
        )
    return SetupError(
        f"there is no folder {name}",
        remedy="name one that is there, as seen from the project's folder",
    )


def _list_found(manifest: Manifest) -> dict[str, Any]:
    """What the landing has found out of a text, where it is not the usual."""
    keys = FORMATS[manifest.layout.format].keys
    known = keys.model_fields if keys else ()
    found = {key: manifest.notes.get(key) for key in ("delimiter", "encoding") if key in known}
    return {key: written for key, value in found.items() if (written := _write_value(value))}


def _write_value(value: object) -> object:
    """A delimiter or an encoding as a spec has it; nothing where every landing finds it."""
    if value == "latin-1":  # all of it is in windows-1252 too, and so may the next be
        return "windows-1252"
    return None if value in _FOUND_AGAIN else value
