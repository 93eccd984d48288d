"""Rules on sources of type `file`."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.publish.declaration import MissingKeys
from medallion.sources.base.interval_words import TEMPLATE, WORDS
from medallion.sources.base.locations import Location
from medallion.sources.file.source import FileSource
from medallion.sources.formats.encodings import codec_name
from medallion.sources.formats.table import FORMATS
from medallion.sources.formats.workbook_reader import AREA, edges
from medallion.sources.rest.words import unknown_words
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.rules.context import RuleContext

_ENCODINGS = ("utf-8", "latin-1", "windows-1252", "utf-16", "iso-8859-15")


def _sources(context: RuleContext) -> Iterator[tuple[KeyPath, FileSource]]:
    """Each file source with its place."""
    for name, dataset in context.spec.datasets.items():
        if isinstance(dataset.source, FileSource):
            yield ("datasets", name, "source"), dataset.source


def file_interval_words(context: RuleContext) -> Iterator[Finding]:
    """A file's path takes the data interval by its words; nothing else is a template."""
    for where, source in _sources(context):
        for word in unknown_words(source.path, cursor=False):
            yield Finding(
                where=(*where, "path"),
                problem=f":{word} is not known",
                remedy=did_you_mean(word, tuple(WORDS)),
            )
        if TEMPLATE.search(source.path):
            yield Finding(
                where=(*where, "path"),
                problem="a spec is not a template",
                remedy="write :data_interval_start_date … for what the run knows",
            )


def file_location(context: RuleContext) -> Iterator[Finding]:
    """A URL names a kind of location that is known, a connection, and no secret."""
    for where, source in _sources(context):
        location = Location.parse(source.path)
        if location and (problem := location.problem()):
            web = location.scheme in ("http", "https")
            yield Finding(
                where=(*where, "path"),
                problem=problem,
                remedy="an API is read by `type: rest`"
                if web
                else "write abfs://CONN_ID@container/…, sftp://CONN_ID@/…, ftp://CONN_ID@/…, "
                "s3://CONN_ID@bucket/… or file:///folder/…; secrets are in the connection",
            )


def file_encoding(context: RuleContext) -> Iterator[Finding]:
    """A file's encoding is a text encoding that Python knows."""
    for where, source in _sources(context):
        if source.encoding is not None and codec_name(source.encoding) is None:
            yield Finding(
                where=(*where, "encoding"),
                problem=f"{source.encoding!r} is not a text encoding",
                remedy=did_you_mean(source.encoding, _ENCODINGS),
            )


def words_of_another_format(context: RuleContext) -> Iterator[Finding]:
    """`delimiter` is said of delimited text, `records` of JSON, `sheet` of Excel: no other way."""
    for where, source in _sources(context):
        for name, format_ in FORMATS.items():
            for key in format_.keys.model_fields if format_.keys else ():
                if key in source.model_fields_set and name != source.format:
                    yield Finding(
                        where=(*where, key),
                        on_key=True,
                        problem=f"{key} says nothing of `format: {source.format}`",
                        remedy=f"remove {key}, or say `format: {name}`",
                    )


def quote_is_not_delimiter(context: RuleContext) -> Iterator[Finding]:
    """A file's quote and its delimiter are two characters."""
    for where, source in _sources(context):
        if source.quote and source.quote == source.delimiter:
            yield Finding(
                where=(*where, "quote"),
                problem=f"{source.quote!r} is the delimiter too",
                remedy="leave both out: they are detected",
            )


def json_records(context: RuleContext) -> Iterator[Finding]:
    """A JSON document is one record, or has a list of them at a place: a dotted path of keys."""
    for where, source in _sources(context):
        if source.records and source.single_record:
            yield Finding(
                where=(*where, "single_record"),
                problem="the document is one record, and `records` names a list in it",
                remedy="keep one of the two",
            )
        elif source.records and not all(source.records.split(".")):
            yield Finding(
                where=(*where, "records"),
                problem=f"{source.records!r} is not a path of keys",
                remedy="write the keys with a dot between them: data.items",
            )


def only_new_disposition(context: RuleContext) -> Iterator[Finding]:
    """Files that are left out are not gone: new ones are merged or appended."""
    for where, source in _sources(context):
        silver = context.spec.datasets[str(where[1])].silver
        place = ("datasets", where[1], "silver")
        if not source.only_new:
            continue
        if silver.write_disposition.whole:
            said = "write_disposition" in silver.model_fields_set
            yield Finding(
                where=(*place, "write_disposition") if said else place,
                problem=f"{silver.write_disposition} wants the whole table, and `only_new` brings "
                "only the files that are new",
                remedy="use `write_disposition: merge` (or append), or remove only_new",
            )
        elif silver.missing_keys is not MissingKeys.KEEP:
            yield Finding(
                where=(*place, "missing_keys"),
                problem="a key that is in no new file is not missing",
                remedy="remove it, or remove `only_new`",
            )


def excel_sheet(context: RuleContext) -> Iterator[Finding]:
    """A sheet is named, or counted from 1; a range begins above and to the left of its end."""
    for where, source in _sources(context):
        if isinstance(source.sheet, int) and source.sheet < 1:
            yield Finding(
                where=(*where, "sheet"),
                problem="sheets are counted from 1",
                remedy="write 1 for the first, or the sheet's name",
            )
        if source.range is not None and (problem := _range_problem(source.range)):
            yield Finding(
                where=(*where, "range"),
                problem=f"{source.range!r} {problem}",
                remedy="write B3:H200; B3:H goes to the last row, B3 to the last column too",
            )


def _range_problem(area: str) -> str:
    if not AREA.fullmatch(area):
        return "is not a range of cells"
    top, left, bottom, right = edges(area)
    backwards = (bottom is not None and bottom < top) or (right is not None and right < left)
    return "ends before it begins" if backwards else ""
