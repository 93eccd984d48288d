"""Frames of many small parts as few large ones: what looks at frames pays for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 200_000
MOST_BYTES = 64 * 1024 * 1024
"""Of the records of a frame, as they are landed."""
STANDS_ALONE = "medallion-stands-alone"
"""An attribute of frames that are large already: their records are long."""
BYTES = "medallion-bytes"
"""An attribute of frames: the bytes of their records, where these are known."""
_EXACT = 2**53
"""Whole numbers up to here are the same as floats."""


def gather(frames: Iterable[pd.DataFrame], most: int = MOST_ROWS) -> Iterator[pd.DataFrame]:
    """The same rows in the same order, in frames of up to `most` rows and `MOST_BYTES`.

    Frames are put together where each value stays as it is. Frames without rows are left out, but
    for one where there is no other.

    Args:
        frames: at least one.
        most: rows of a frame; a frame that has more stays as it is.
    """
    held: list[pd.DataFrame] = []
    rows, size, is_given, empty = 0, 0, False, None
    for frame in frames:
        if frame.empty and len(frame) == 0:
            empty = frame if empty is None else empty
            continue
        own = frame.attrs.get(BYTES, 0)
        is_full = rows + len(frame) > most or size + own > MOST_BYTES
        if held and (is_full or not _are_alike(held[-1], frame)):
            yield _concat(held)
            held, rows, size, is_given = [], 0, 0, True
        held.append(frame)
        rows += len(frame)
        size += own
    if held:
        yield _concat(held)
    elif empty is not None and not is_given:
        yield empty


def _are_alike(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether one frame of both holds the same values as the two, and is not too large."""
    if STANDS_ALONE in one.attrs or STANDS_ALONE in other.attrs:
        return False
    if list(one.columns) != list(other.columns):
        return False
    return all(
        left == right or (_is_exact(one.iloc[:, at]) and _is_exact(other.iloc[:, at]))
        for at, (left, right) in enumerate(zip(one.dtypes, other.dtypes, strict=True))
    )


def _is_exact(column: pd.Series[Any]) -> bool:
    """Whether a column has numbers alone, and each of them as a float is the same one."""
    if column.dtype.kind == "f":
        return True
    return column.dtype.kind in "iu" and bool(column.abs().max() <= _EXACT)


def _concat(held: list[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    return held[0] if len(held) == 1 else pd.concat(held, ignore_index=True)
