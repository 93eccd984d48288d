"""Rules on sources read by a cursor: disposition, lookback, and the words in requests."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.publish.declaration import MissingKeys
from medallion.sources.base.cursor import CursorSpec
from medallion.sources.loaded_tables.table import LoadedTable
from medallion.sources.rest.calls import Asked
from medallion.sources.rest.cursor_words import cursor_words, is_of_end
from medallion.sources.rest.query import texts_in
from medallion.sources.rest.source import RestSource
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.pipeline import DatasetSpec
from medallion.spec.rules.context import RuleContext


def _cursors(context: RuleContext) -> Iterator[tuple[str, DatasetSpec, CursorSpec]]:
    for name, dataset in context.spec.datasets.items():
        if cursor := dataset.source.reads_by():
            yield name, dataset, cursor


def cursor_disposition(context: RuleContext) -> Iterator[Finding]:
    """What a cursor leaves out is not gone: an increment is merged or appended."""
    for name, dataset, cursor in _cursors(context):
        silver = dataset.silver
        where: KeyPath = ("datasets", name, "silver")
        place = (*where, "write_disposition")
        if silver.write_disposition.whole:
            yield Finding(
                where=place if "write_disposition" in silver.model_fields_set else where,
                problem=f"{silver.write_disposition} wants the whole table, and the source's "
                "cursor brings only what is new",
                remedy="use `write_disposition: merge` (or append), or remove `cursor`",
            )
        elif silver.missing_keys is not MissingKeys.KEEP:
            yield Finding(
                where=(*where, "missing_keys"),
                problem="a key that is not new is not missing: the source's cursor brings only "
                "what is new",
                remedy="remove it, or remove `cursor`",
            )
        if silver.write_disposition.appends and not isinstance(dataset.source, LoadedTable):
            yield from _check_append(name, dataset, cursor)


def _check_append(name: str, dataset: DatasetSpec, cursor: CursorSpec) -> Iterator[Finding]:
    """Rows that are read twice would be there twice."""
    if cursor.lookback is not None:
        yield Finding(
            where=("datasets", name, "source", "cursor", "lookback"),
            problem="append would duplicate the rows that are read again",
            remedy="use `write_disposition: merge`, or remove lookback",
        )
    if isinstance(dataset.source, RestSource):
        yield Finding(
            where=("datasets", name, "silver", "write_disposition"),
            problem="append would duplicate rows: the API returns the record at the cursor again",
            remedy="use `write_disposition: merge`",
        )


def cursor_lookback(context: RuleContext) -> Iterator[Finding]:
    """A lookback is of the cursor's kind: a length of time, or a number."""
    for name, _, cursor in _cursors(context):
        lookback = cursor.lookback
        place = ("datasets", name, "source", "cursor", "lookback")
        if lookback is None:
            continue
        if cursor.kind == "integer" and not (isinstance(lookback, int) and lookback >= 0):
            problem = f"{lookback} is not a whole number from 0, and the cursor is a number"
            yield Finding(where=place, problem=problem, remedy="write for example `lookback: 1000`")
        elif cursor.kind != "integer" and isinstance(lookback, int):
            yield Finding(
                where=place,
                problem=f"{lookback} has no unit",
                remedy="write for example `lookback: 1h`, or 2d",
            )
        elif cursor.kind == "date" and not str(lookback).endswith("d"):
            problem = f"{lookback} is not a number of days, and the cursor is a date"
            yield Finding(where=place, problem=problem, remedy="write for example `lookback: 2d`")


def cursor_of_rest(context: RuleContext) -> Iterator[Finding]:
    """A REST source tells the API where its cursor is, by `:cursor` in its parameters."""
    for name, dataset in context.spec.datasets.items():
        if isinstance(dataset.source, RestSource):
            yield from _cursor_words(dataset.source, ("datasets", name, "source"))


def _cursor_words(source: RestSource, where: KeyPath) -> Iterator[Finding]:
    """Words without a cursor, a cursor without words, and words that its kind does not have."""
    words = [word for text in _texts(source) for word in cursor_words(text)]
    if source.cursor is None:
        if words:
            yield Finding(
                where=where,
                problem=f":{words[0]} needs a cursor, and the source has none",
                remedy="add `cursor: {field: updated_at, initial_value: 2026-01-01}`",
            )
    elif all(map(is_of_end, words)):
        yield Finding(
            where=(*where, "cursor"),
            problem="the API never learns where to read from",
            remedy='add a parameter that holds it: `params: {updated_since: ":cursor"}`',
        )
    elif source.cursor.kind == "integer":
        for word in words:
            if word.endswith(("_date", "_epoch")):
                yield Finding(where=where, problem=f":{word} of a number", remedy="write :cursor")


def _texts(source: RestSource) -> Iterator[str]:
    """Every text of the source's requests where a word may be: paths, parameters, bodies."""
    asked: list[Asked] = [source, *([source.for_each] if source.for_each else [])]
    yield from (one.path for one in asked)
    yield from (v for one in asked for v in one.params.values() if isinstance(v, str))
    yield from (text for one in asked for _, text in texts_in(one.body))
