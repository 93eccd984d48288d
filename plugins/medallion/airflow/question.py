"""A question before a publication as the Markdown of Airflow's page of required actions.

Whatever comes from data, a spec or the warehouse is put between backticks: a browser neither takes
it for markup nor fetches it as an image.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from medallion.durations import in_words
from medallion.prose import tally
from medallion.spec.messages.report import visible

if TYPE_CHECKING:
    from medallion.names import PublishedTable
    from medallion.steps.context import ApprovalWanted
    from medallion.warehouse.registry.approvals import ExampleRow, Question

MOST_CELLS = 8


def as_markdown(table: PublishedTable, wanted: ApprovalWanted, page: str) -> str:
    """The body.

    Args:
        page: the path of the table's approvals in the catalogue.
    """
    question = wanted.question.as_seen_by({table.domain})
    parts = [
        f"{code(str(table.public))} waits to be published: {question.why}.",
        _rows(question),
        _columns(question),
        _gates(question),
        "\n".join(f"- {code(note)}" for note in question.notes),
        _examples(question),
        f"Nothing is published before it is approved, or if nobody answers within "
        f"{in_words(wanted.approval.timeout)}.",
        f"An approval counts for what has the code {code(wanted.code)}, which is shown here. If "
        f"the task was cleared or tried again since, it may be about something else: [the table's "
        f"approvals]({page}) show it, with its code.",
    ]
    return "\n\n".join(filter(None, parts))


def code(text: str) -> str:
    """A text as it is, in a cell of a table too. A backtick and a bar become letters that look
    like them: a backslash before a bar would be read together with one in the text.

    >>> code("a|b`c")
    '`aǀbˋc`'
    """
    shown = visible(text).replace("`", "ˋ").replace("|", "ǀ")
    return f"`{shown}`" if shown.strip() else "` `"


def _rows(question: Question) -> str:
    now = "nothing" if question.rows_before is None else tally(question.rows_before, "row")
    version = f" (version {question.version_before})" if question.version_before else ""
    lines = [
        ("readers have", f"{now}{version}"),
        (
            f"the run brings ({question.write_disposition})",
            tally(question.rows_staged, "row"),
        ),
    ]
    compared = (
        ("added", question.added),
        ("removed", question.removed),
        ("changed", question.changed),
        ("the same", question.same),
    )
    lines += [(name, f"{rows:,}") for name, rows in compared if rows is not None]
    account = (
        f"{question.rows_read:,} = {question.rows_staged:,} to publish + "
        f"{question.rows_quarantined:,} to quarantine + "
        f"{tally(question.rows_deduplicated, 'duplicate')} + "
        f"{question.rows_discarded:,} discarded"
    )
    lines.append(("rows read", account))
    return _table(("rows", ""), lines)


def _columns(question: Question) -> str:
    lines = [f"- **breaks**: {code(one)}" for one in question.breaks]
    lines += [f"- read by {code(one)}" for one in question.readers]
    if question.readers_elsewhere:
        lines.append(f"- and read by {question.readers_elsewhere} in other domains")
    lines += [f"- new column {code(one)}" for one in question.columns_added]
    if question.changed_columns:
        each = ", ".join(f"{code(name)} in {rows:,}" for name, rows in question.changed_columns)
        lines.append(f"- values that change, by column and rows: {each}")
    return "\n".join(lines)


def _gates(question: Question) -> str:
    said = ", ".join(f"{rows} {status}" for status, rows in question.gates) or "none in the spec"
    return "\n".join([f"Checks: {said}.", "", *(f"- {code(one)}" for one in question.attention)])


def _examples(question: Question) -> str:
    rows = [(one.kind, " ".join(map(code, one.key)), _cells(one)) for one in question.examples]
    return _table(("row", "key", "values"), rows) if rows else ""


def _cells(row: ExampleRow) -> str:
    shown = [_cell(row.kind, *cell) for cell in row.cells[:MOST_CELLS]]
    more = len(row.cells) - len(shown)
    return ", ".join(shown) + (f" … and {more} more" if more else "")


def _cell(kind: str, name: str, before: str | None, after: str | None) -> str:
    old, new = ("NULL" if one is None else code(one) for one in (before, after))
    if kind == "changed":
        return f"{code(name)}: {old} → {new}"
    return f"{code(name)}: {new if kind == 'added' else old}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(_lines(head, rows))


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield f"| {' | '.join(row)} |"
