"""Rules on where a table is in its file: its footer, and a header that looks like a record."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.contract import column_name
from medallion.cleaning.declared.decimal_marks import DECIMAL, NUMBER
from medallion.cleaning.declared.types import TEMPORAL, parse_type
from medallion.sources.file.source import FileSource
from medallion.sources.formats.table import FORMATS
from medallion.sources.formats.table_keys import TableKeys
from medallion.spec.findings.finding import Finding
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.files import file_sources
from medallion.spec.rules.verbs import pattern_findings

_NUMBER = re.compile(r"\W*\d[\d\s.,'’_]*\W*")
_DIGITS = re.compile(r"\d+")
_MOMENT = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?|\d{1,2}:\d{2}(:\d{2}.*)?|\d{8,13}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_YEAR = re.compile(r"(1[89]|20)\d\d")
_TRUTHS = frozenset(["true", "false", "t", "f", "yes", "no", "y", "n", "0", "1"])
_NUMBERS = frozenset(("smallint", "integer", "bigint", "real", "double", "decimal"))


def footer_pattern(context: RuleContext) -> Iterator[Finding]:
    """A footer is recognised by a regular expression of RE2: no text makes it slow."""
    for where, source in file_sources(context):
        text = getattr(source, "footer", "")
        if text:
            yield from pattern_findings(context, (*where, "footer"), text)
        for at, layout in enumerate(getattr(source, "layouts", ())):
            if layout.footer:
                place = (*where, "layouts", at, "footer")
                yield from pattern_findings(context, place, layout.footer)


def decimal_mark(context: RuleContext) -> Iterator[Finding]:
    """The decimal mark of a source, or of one of its layouts, does not divide thousands too."""
    for where, source in file_sources(context):
        said = [source, *getattr(source, "layouts", ())]
        marks = {one.decimal for one in said if getattr(one, "decimal", None)}
        for name, spec in context.spec.datasets[str(where[1])].silver.columns.items():
            for at, verb in enumerate(spec.clean):
                thousands = verb.arguments.get("thousands")
                if verb.name == NUMBER and thousands in marks and DECIMAL not in verb.arguments:
                    yield Finding(
                        where=("datasets", where[1], "silver", "columns", name, "clean", at),
                        problem=f"{thousands!r} is between thousands here, and the decimal mark of "
                        "the source or of one of its layouts",
                        remedy="remove `decimal` there, or say `decimal` here too",
                    )


def header_that_is_a_record(context: RuleContext) -> Iterator[Finding]:
    """A file without a header loses its first record if that is taken for one: names that are all
    values of their columns are those of a record, unless `header: true` says that they are
    names."""
    for where, source in file_sources(context):
        columns = context.spec.datasets[str(where[1])].silver.columns
        if not _takes_the_first_row(source):
            continue
        read = {name: spec for name, spec in columns.items() if spec.expression is None}
        typed = _values(read)
        if not typed:
            continue
        first = next(iter(typed))
        yield Finding(
            where=("datasets", where[1], "silver", "columns", first, "from"),
            problem=f"{typed[first]!r} is a value of {first}, and so are the other names that "
            "columns read: the file seems to have no header, and its first record would be lost",
            remedy="say `header: false` and name the fields by `column_names`; if these are the "
            "names in its header, say `header: true` in the source",
        )


def _takes_the_first_row(source: FileSource) -> bool:
    if not FORMATS[source.format].has_header:
        return False
    said = source.model_fields_set & TableKeys.model_fields.keys()
    return not said & {"header", "header_row", "column_names"} and not getattr(
        source, "layouts", ()
    )


def _values(columns: Mapping[str, ColumnSpec]) -> dict[str, str]:
    """By column, the names that are values of its type; none if any name is not, or is plainly the
    column's."""
    found: dict[str, str] = {}
    for column, spec in columns.items():
        name, kind = spec.reads(column)[0], _scalar(spec)
        if kind in ("", "json", "bytea"):
            return {}
        if column_name(name) == column:
            return {}
        if kind == "text":
            continue
        if _is_value(name.strip(), kind):
            found[column] = name
        else:
            return {}
    return {} if _are_years_or_numbered(list(found.values())) else found


def _scalar(spec: ColumnSpec) -> str:
    try:
        return parse_type(spec.type).scalar.name
    except ValueError:
        return ""


def _is_value(text: str, kind: str) -> bool:
    if kind in _NUMBERS:
        return _NUMBER.fullmatch(text) is not None
    if kind in TEMPORAL:
        return _MOMENT.fullmatch(text) is not None
    if kind == "uuid":
        return _UUID.fullmatch(text) is not None
    return kind == "boolean" and text.lower() in _TRUTHS


def _are_years_or_numbered(names: Sequence[str]) -> bool:
    """Whether columns are plainly named by numbers: a column a year, a month, an age."""
    if len(names) < 2 or not all(map(_DIGITS.fullmatch, names)):
        return False
    numbers = sorted(map(int, names))
    numbered = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return numbered or all(map(_YEAR.fullmatch, names))
