"""Rules on sources of type `file`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from medallion.publish.declaration import MissingKeys
from medallion.sources.base.interval_words import TEMPLATE, WORDS
from medallion.sources.base.locations import Location
from medallion.sources.base.source import KeyProblem
from medallion.sources.file.source import FileSource
from medallion.sources.formats.file_format import KeyRule
from medallion.sources.formats.table import FORMATS
from medallion.sources.rest.words import unknown_words
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.rules.context import Rule, RuleContext
from medallion.spec.rules.verbs import pattern_findings


def file_sources(context: RuleContext) -> Iterator[tuple[KeyPath, FileSource]]:
    """Each source of files in a spec, with the place to which a finding points."""
    for name, dataset in context.spec.datasets.items():
        if isinstance(dataset.source, FileSource):
            yield ("datasets", name, "source"), dataset.source


def file_interval_words(context: RuleContext) -> Iterator[Finding]:
    """A file's path takes the data interval by its words; nothing else is a template."""
    for where, source in file_sources(context):
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
    for where, source in file_sources(context):
        location = Location.parse(source.path)
        if location and (problem := location.problem()):
            yield Finding(
                where=(*where, "path"),
                problem=problem,
                remedy="write https://host/path of one file, or https://CONN_ID@/path if it asks "
                "for a login; an API is read by `type: rest`"
                if location.is_web
                else "write abfs://CONN_ID@container/…, sftp://CONN_ID@/…, ftp://CONN_ID@/…, "
                "s3://CONN_ID@bucket/… or file:///folder/…; secrets are in the connection",
            )


def words_of_another_format(context: RuleContext) -> Iterator[Finding]:
    """A key of one file format is for files in that format: `sheet` of Excel, not of CSV."""
    for where, source in file_sources(context):
        for key in (name for name in type(source).model_fields if name in source.model_fields_set):
            formats = [name for name, one in FORMATS.items() if one.has_key(key)]
            if formats and source.format not in formats:
                others = " or ".join(f"`format: {name}`" for name in formats)
                yield Finding(
                    where=(*where, key),
                    on_key=True,
                    problem=f"{key} does not apply to `format: {source.format}`",
                    remedy=f"remove {key}, or say {others}",
                )


def file_member(context: RuleContext) -> Iterator[Finding]:
    """`member` says that a file is an archive; `compression` is then that of what is in it."""
    for where, source in file_sources(context):
        if source.member is not None and source.compression == "zip":
            yield Finding(
                where=(*where, "compression"),
                problem="with `member`, compression is that of the files in the archive",
                remedy="remove it: whether the archive is a zip or a tar is seen in its content",
            )


def file_unpivot(context: RuleContext) -> Iterator[Finding]:
    """Columns become records where records have columns, under names that are two."""
    for where, source in file_sources(context):
        said = source.unpivot
        if said is None:
            continue
        place = (*where, "unpivot")
        if not source.has_columns():
            yield Finding(
                where=place,
                on_key=True,
                problem=f"the records of `format: {source.format}` have no columns",
                remedy="remove unpivot: it is for csv, fixed_width, excel and parquet",
            )
        if said.name == said.value:
            yield Finding(
                where=(*place, "value"),
                problem=f"{said.value!r} is the name too",
                remedy="call the value otherwise: amount",
            )
        if said.pattern:
            yield from pattern_findings(context, (*place, "columns"), said.pattern)


def only_new_disposition(context: RuleContext) -> Iterator[Finding]:
    """Files that are left out are not gone: new ones are merged or appended."""
    for where, source in file_sources(context):
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


def _of_format(name: str, key_rule: KeyRule) -> Rule:
    """A format's rule of its keys as a rule of specs."""

    def rule(context: RuleContext) -> Iterator[Finding]:
        for where, source in file_sources(context):
            for found in key_rule(source) if source.format == name else ():
                yield Finding(
                    where=(*where, found.key, *found.within),
                    problem=found.problem,
                    remedy=found.remedy or did_you_mean(_word_at(source, found), found.known),
                )

    rule.__name__, rule.__doc__ = key_rule.__name__, key_rule.__doc__
    return rule


def _word_at(source: FileSource, found: KeyProblem) -> str:
    value: Any = getattr(source, found.key)
    for step in found.within:
        value = value[step] if isinstance(step, int) else getattr(value, step)
    return str(value)


OF_FORMATS = tuple(_of_format(name, rule) for name, one in FORMATS.items() for rule in one.rules)
"""What each file format holds its own keys to."""
