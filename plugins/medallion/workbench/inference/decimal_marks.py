"""The decimal mark of each of several layouts: one system writes 10,50 and another 10.50."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from medallion.lake.manifest import Manifest, PartInfo
from medallion.workbench.inference.sample import DataSample, sample_of, with_frame

if TYPE_CHECKING:
    import pandas as pd

COMMA, POINT = ",", "."
_WRITTEN = {
    COMMA: re.compile(r"[+-]?\d[\d\s'’]*(?:,\d+)?"),
    POINT: re.compile(r"[+-]?\d[\d\s'’]*(?:\.\d+)?"),
}
_PROVES = {COMMA: re.compile(r",(?:\d\d?|\d{4,})$"), POINT: re.compile(r"\.(?:\d\d?|\d{4,})$")}
"""Three digits may be a thousand."""


def read_marks(sample: DataSample, layouts: Sequence[dict[str, Any]]) -> DataSample:
    """Write `decimal` to the layouts with a comma, if others have a point; the sample with all
    numbers written with a point then.

    Args:
        sample: of files that are laid out in these ways.
        layouts: as a source lists them; they are changed.
    """
    parts = _group_parts(sample.manifest, layouts)
    frames = {at: sample_of(replace(sample.manifest, parts=group)).frame
              for at, group in parts.items()}  # fmt: skip
    marks = {at: _find_mark(frame) for at, frame in frames.items()}
    if not {COMMA, POINT} <= set(marks.values()):
        return sample
    for at, mark in marks.items():
        if mark == COMMA:
            layouts[at]["decimal"] = COMMA
            frames[at] = _with_points(frames[at])
    import pandas as pd

    return with_frame(sample, pd.concat(frames.values(), ignore_index=True))


def _group_parts(
    manifest: Manifest, layouts: Sequence[Mapping[str, Any]]
) -> dict[int, tuple[PartInfo, ...]]:
    """The parts of each layout, by its place."""
    groups: dict[int, tuple[PartInfo, ...]] = {}
    for part in manifest.parts:
        header = set(manifest.layout_of(part).columns)
        at = next((at for at, one in enumerate(layouts) if header >= set(one["header_has"])), 0)
        groups[at] = (*groups.get(at, ()), part)
    return groups


def _find_mark(frame: pd.DataFrame) -> str:
    """The mark of its numbers; empty where nothing shows it, or columns differ."""
    found = {mark for mark in (COMMA, POINT) if any(_columns_with(frame, mark))}
    return found.pop() if len(found) == 1 else ""


def _columns_with(frame: pd.DataFrame, mark: str) -> list[str]:
    """The columns whose numbers have the mark."""
    return [str(name) for name in frame.columns if _has_mark(_texts(frame, str(name)), mark)]


def _has_mark(texts: Sequence[str], mark: str) -> bool:
    is_written = all(_WRITTEN[mark].fullmatch(text.strip()) for text in texts)
    return is_written and any(_PROVES[mark].search(text.strip()) for text in texts)


def _texts(frame: pd.DataFrame, name: str) -> list[str]:
    return [text for text in frame[name].tolist() if isinstance(text, str) and text.strip()]


def _with_points(frame: pd.DataFrame) -> pd.DataFrame:
    changed = frame.copy()
    for name in _columns_with(frame, COMMA):
        changed[name] = [
            text.replace(COMMA, POINT) if isinstance(text, str) else text
            for text in frame[name].tolist()
        ]
    return changed
