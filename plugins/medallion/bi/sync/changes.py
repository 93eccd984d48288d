"""What a sync does to a part of an object, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Did(StrEnum):
    """What becomes of one field, column or metric."""

    SET = "set"
    """The spec has changed."""
    OVERRIDE = "override"
    """The spec has changed what people had edited too."""
    RESET = "reset"
    """People edited what the spec decides."""
    DROP = "drop"
    """The spec, or the table, no longer has it."""
    KEEP = "keep"
    """People made or edited it, and it stays."""

    @property
    def is_sent(self) -> bool:
        """Whether Superset has to learn of it."""
        return self is not Did.KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One of them, by the keys that lead to it: `("columns", "country", "verbose_name")`."""

    at: tuple[str, ...]
    did: Did
    by_hand: str = ""
    """What people had written, where that is a text."""

    def describe(self) -> str:
        """For a line: `label of column country`.

        >>> Change(at=("columns", "country", "verbose_name"), did=Did.KEEP).describe()
        'label of column country'
        >>> Change(at=("metrics", "gross"), did=Did.DROP).describe()
        'metric gross'
        """
        field = _WORDS.get(self.at[-1], self.at[-1].replace("_", " "))
        if len(self.at) == 1:
            return field
        item = f"{_ITEMS.get(self.at[0], self.at[0])} {self.at[1]}"
        return item if len(self.at) == 2 else f"{field} of {item}"


_ITEMS = {"columns": "column", "metrics": "metric"}
_WORDS = {
    "verbose_name": "label",
    "slice_name": "title",
    "dashboard_title": "title",
    "d3format": "format",
    "params": "settings",
    "query_context": "query",
    "position": "layout",
    "metadata": "filters and settings",
    "main_dttm_col": "time column",
    "viz_type": "kind",
    "is_managed_externally": "mark as managed",
    "external_url": "link to the spec",
}
