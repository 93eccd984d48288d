"""What `new` has looked at: a sample, and what of its source is known beside the records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from medallion.workbench.inference.api_cursor import SinceParam
from medallion.workbench.inference.proposal import Proposal
from medallion.workbench.inference.sample import DataSample


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One source.

    Attributes:
        sample: its first records.
        source: the keys of `source:`.
        origin: what it is, for people.
        key: its primary key as columns, where the source itself says it.
        about: its description, where it has one.
        guesses: of keys of `source`, why they are as they are.
        remarks: lines for the report.
        decimal_comma: it is written where a comma is the decimal mark.
        estimate: about how many records it has; None: not known.
        takes_cursor: a cursor alone narrows what it reads.
        has_own_cursor: its type knows by which column it is read on.
        since: asks an API which parameter takes a time of change.
        write_disposition: of a source that reads a stream; empty: the spec says what it reads.
        deleted_when: the column by which a row deletes its key; empty: none.
        settle: what is changed in what is proposed of the sample.
    """

    sample: DataSample
    source: Mapping[str, Any]
    origin: str
    key: tuple[str, ...] = ()
    about: str = ""
    guesses: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    decimal_comma: bool = False
    estimate: int | None = None
    takes_cursor: bool = False
    has_own_cursor: bool = False
    since: SinceParam | None = None
    write_disposition: str = ""
    deleted_when: str = ""
    settle: Callable[[Proposal], Proposal] | None = None


LARGE = 100_000
"""Records: a table of fewer is read as a whole, which shows deleted rows too."""


def with_cursor(
    looked: Looked, proposal: Proposal, wanted: str | None
) -> tuple[Mapping[str, Any], Mapping[str, str], tuple[str, ...]]:
    """The source's keys, with a cursor where one is wanted or worth it; the guesses about them, and
    notes about one that was not taken.

    Args:
        looked: the source.
        proposal: of its sample.
        wanted: the field that a person has named; `none` for none; None: nobody has.
    """
    found = proposal.cursor
    if looked.has_own_cursor:
        return looked.source, looked.guesses, _note_own_cursor(looked)
    if wanted == "none" or found is None or (wanted and wanted != found.field):
        return looked.source, looked.guesses, ()
    if looked.source["type"] == "file":  # what is new of files is known by their names
        return looked.source, looked.guesses, ()
    param = looked.since(found.field, found.kind) if looked.since else ""
    if not looked.takes_cursor and not param:
        note = (
            f"{found.field} may grow with each change ({found.why}): if the API takes such a time "
            "as a parameter, `cursor` and `:cursor` read only what is new"
        )
        return looked.source, looked.guesses, (note,)
    large = (looked.estimate or 0) >= LARGE or looked.sample.is_cut
    if not proposal.primary_key or not (large or wanted):
        by = f" by `{param}`" if param else ""
        note = (
            f"{found.field} may grow with each change ({found.why}): `cursor` would read only what "
            f"is new{by}, and would not see what is deleted"
        )
        return looked.source, looked.guesses, (note,)
    cursor = {"field": found.field, "initial_value": found.initial_value}
    guess = (
        f"{found.field} grows with each change: {found.why}. Rows that are deleted there stay here"
    )
    source = {**looked.source, "cursor": cursor}
    if param:
        source["params"] = {**looked.source.get("params", {}), param: ":cursor"}
        guess = f"asked with `{param}`, the API sent no earlier records. {guess}"
    return source, {**looked.guesses, "cursor": guess}, ()


def _note_own_cursor(looked: Looked) -> tuple[str, ...]:
    """Of a large table that another tool has loaded."""
    if (looked.estimate or 0) < LARGE:
        return ()
    return (
        f"a run reads all {looked.estimate:,} rows; `cursor: {{}}` in the source, with "
        "`write_disposition: merge`, reads only what is new (docs/sources-airbyte.md)",
    )
