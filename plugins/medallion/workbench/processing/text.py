"""The register as Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from medallion.prose import write_json
from medallion.workbench.processing.activity import Activity

NOTHING = "—"
_HEADS = (
    "activity",
    "domain",
    "controller",
    "contact",
    "data protection officer",
    "owner",
    "purpose",
    "legal basis",
    "persons",
    "categories of data",
    "columns",
    "sources",
    "recipients",
    "transfers",
    "retention",
    "security",
    "missing",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would run."""
_MARKS = "\\|[`#"
"""What Markdown makes cells, links, images, code and headings of."""


def write_csv(activities: Sequence[Activity]) -> str:
    """A line for each activity; lists are separated by "; "."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADS)
    for one in activities:
        writer.writerow([_harmless(text) for text in _cells(one)])
    return out.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cells(one: Activity) -> list[str]:
    said = one.privacy
    return [
        one.name,
        one.domain,
        said.controller,
        said.contact,
        said.protection_officer,
        one.owner,
        said.purpose,
        _basis(one),
        "; ".join(said.persons),
        "; ".join(one.kinds),
        "; ".join(f"{c.table}.{c.column} ({c.kind}, {c.protection})" for c in one.columns),
        "; ".join(one.sources),
        "; ".join(one.recipients),
        "; ".join(_transfers(one)),
        "; ".join(f"{table}: {kept}" for table, kept in one.retention.items()),
        "; ".join(one.security),
        "; ".join(one.missing),
    ]


def _basis(one: Activity) -> str:
    return (one.privacy.legal_basis or "").replace("_", " ")


def _transfers(one: Activity) -> list[str]:
    return [f"{each.to} ({each.safeguard})" for each in one.privacy.transfers]


def write_register_json(activities: Sequence[Activity]) -> str:
    """For programs: the activities under one key."""
    return write_json({"activities": [_as_json(one) for one in activities]})


def _as_json(one: Activity) -> dict[str, object]:
    return {
        "name": one.name,
        "domain": one.domain,
        "description": one.description,
        "owner": one.owner,
        **one.privacy.model_dump(mode="json"),
        "categories": list(one.kinds),
        "columns": [asdict(column) for column in one.columns],
        "sources": list(one.sources),
        "recipients": list(one.recipients),
        "retention": dict(one.retention),
        "security": list(one.security),
        "missing": list(one.missing),
    }


def write_markdown(activities: Sequence[Activity]) -> str:
    """A section for each activity, what is missing first."""
    lines = ["# Register of processing", "", "Generated from the specs (GDPR, article 30).", ""]
    if not activities:
        lines += ["No pipeline holds personal data that is classified.", ""]
    for one in activities:
        lines += _section(one)
    return "\n".join(lines)


def _section(one: Activity) -> Iterator[str]:
    said = one.privacy
    yield from (f"## {_plain(one.name)}", "", _plain(one.description), "")
    if one.missing:
        yield from (f"**Missing:** {_plain('; '.join(one.missing))}", "")
    rows = (
        ("Controller", said.controller),
        ("Contact", said.contact),
        ("Data protection officer", said.protection_officer),
        ("Owner", one.owner),
        ("Purpose", said.purpose),
        ("Legal basis", _basis(one)),
        ("Persons", "; ".join(said.persons)),
        ("Categories of data", "; ".join(one.kinds)),
        ("Sources", "; ".join(one.sources)),
        ("Recipients", "; ".join(one.recipients)),
        ("Transfers", "; ".join(_transfers(one)) or "none that is declared"),
        ("Security", "; ".join(one.security)),
    )
    yield from ("| | |", "|---|---|")
    yield from (f"| {name} | {_plain(text) or NOTHING} |" for name, text in rows)
    yield from ("", "| Table | Column | Data | Held |", "|---|---|---|---|")
    for column in one.columns:
        cells = (column.table, column.column, column.kind, column.protection)
        yield f"| {' | '.join(map(_plain, cells))} |"
    yield from ("", "| Table | Kept |", "|---|---|")
    yield from (f"| {_plain(table)} | {_plain(kept)} |" for table, kept in one.retention.items())
    yield ""


def _plain(text: str) -> str:
    """A text on one line that no table of Markdown and no browser takes for something else: not
    for a link, an image that is fetched from elsewhere, or a heading."""
    found = "".join(f"\\{one}" if one in _MARKS else one for one in " ".join(text.split()))
    return found.replace("&", "&amp;").replace("<", "&lt;")
