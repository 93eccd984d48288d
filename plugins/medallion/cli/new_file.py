"""`new` from a file: the keys of its source, as far as its name, its content and flags say them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from medallion.cli.new_connections import enter_airflow, hold_allowed
from medallion.cli.new_landing import sample_landing, shape_of
from medallion.cli.new_looked import Looked
from medallion.errors import SetupError, SourceRefused
from medallion.lake.manifest import Manifest
from medallion.sources.file.source import FileSource
from medallion.sources.formats.table import FORMATS, format_of_name
from medallion.workbench.inference.sample import DataSample, as_records
from medallion.workbench.inference.wide import YEARS, year_columns

_GUESSES = {
    "columns": "where each column begins and ends, by what is blank or a digit in every line",
    "records": "the longest list of the document",
    "single_record": "the document holds no list of objects",
    "union_by_name": "the files have different columns: the table has those of all",
    "record": "the outermost element that comes more than once",
}
"""What is found out by looks."""
_UNION = "union_by_name"
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
    said = _source(arguments)
    shape = shape_of(said["path"], domain, root, said.get("format", _USUAL))
    own = {*said, *(["single_record"] if "records" in said else [])}
    shape = {key: value for key, value in shape.items() if key not in own}
    said = {key: said.get(key, shape.get(key)) for key in ("type", "format")} | said | shape
    said = {key: value for key, value in said.items() if value is not None}
    source = FileSource.model_validate(said)
    for conn_id in source.conn_ids():
        hold_allowed(domain, conn_id, root)
        enter_airflow(root)
    with _land(source, said, domain, root) as found:
        layout, sample = found.manifest.layout, found
        if years := year_columns(found):
            sample = as_records(found, years, "year", "value")
            said["unpivot"] = {"columns": YEARS, "name": "year", "value": "value"}
        yield Looked(
            sample=sample,
            source=said | _list_found(sample.manifest),
            origin=said["path"],
            guesses={
                key: guess
                for key, guess in _GUESSES.items()
                if key in shape or key == _UNION in said
            },
            decimal_comma=FORMATS[layout.format].has_delimiter and layout.delimiter == ";",
        )


@contextmanager
def _land(
    source: FileSource, said: dict[str, Any], domain: str, root: Path
) -> Iterator[DataSample]:
    """The files' records; of a pattern's files with different columns, those of all."""
    with ExitStack() as opened:
        try:
            sample = opened.enter_context(sample_landing(source, domain, root))
        except SourceRefused as refused:
            if _UNION not in refused.remedy:
                raise
            united = FileSource.model_validate({**said, _UNION: True})
            sample = opened.enter_context(sample_landing(united, domain, root))
            said[_UNION] = True
        yield sample


def _source(arguments: argparse.Namespace) -> dict[str, Any]:
    """The keys of `source:`, as far as they are known before the file is read."""
    name = arguments.path
    found = arguments.format or format_of_name(arguments.member or name)
    if found is None:
        raise SetupError(
            f"the format of {name} is not known by its name",
            remedy=f"say --format: {', '.join(sorted(FORMATS))}",
        )
    said: dict[str, Any] = {"type": "file"}
    if found != _USUAL:
        said["format"] = found
    said["path"] = name
    said |= {
        key: value for key in ("member", "sheet", "records") if (value := getattr(arguments, key))
    }
    return said


def _list_found(manifest: Manifest) -> dict[str, Any]:
    """What the landing has found out of a text, where it is not the usual."""
    keys = FORMATS[manifest.layout.format].keys
    known = keys.model_fields if keys else ()
    found = {key: manifest.notes.get(key) for key in ("delimiter", "encoding") if key in known}
    if not found:
        return {}
    if found["encoding"] == "latin-1":  # all of it is in windows-1252 too, and so may the next be
        found["encoding"] = "windows-1252"
    return {key: value for key, value in found.items() if value not in _FOUND_AGAIN}
