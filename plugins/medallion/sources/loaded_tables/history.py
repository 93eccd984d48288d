"""Tables in which a tool keeps every state of a row."""

from __future__ import annotations

from medallion.errors import SourceRefused


def hold_history(table: str, history: str | None, column: str, *, begins: str) -> None:
    """Refuse a table with states where the spec says nothing of them, and the other way round.

    Args:
        table: as the spec names it.
        history: what the spec says: current, all, or nothing.
        column: by which the table shows that it keeps states; empty: it keeps none.
        begins: the column that says since when a state holds.

    Raises:
        SourceRefused: the two do not agree.
    """
    if column and history is None:
        raise SourceRefused(
            f"{table} keeps every state of a row ({column}), and a key is there once for each",
            remedy="write `history: current` for the present states, or `history: all` with a "
            f"column of the primary key that is read `from: {begins}`",
        )
    if history is not None and not column:
        raise SourceRefused(
            f"{table} keeps no states: `history: {history}` means nothing there",
            remedy="remove `history`",
        )
