"""The valid rest of a broken spec, so that the rules can judge it.

An author sees every problem at once: a misspelt key in one dataset does not hide a missing SQL file
of a gold table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from medallion.spec.models.bi import KEYS_OF_BI
from medallion.spec.models.charts import without_kind
from medallion.spec.models.pipeline import PipelineSpec

_ROUNDS = 5
_ANY_SOURCE = {"type": "file", "path": "include/data/shared/any.csv"}
_ANY_COLUMN = {"type": "text"}
_ANY_CHECK = {"row_count": {"min_value": 1}}
_APART = frozenset(
    ("guard", "grants", "share_with", "freshness", "exposures", "keep_versions", "retention")
)
"""Keys of a table on which nothing else depends."""
_LIST_WANTED = frozenset(("list_type", "tuple_type"))


def salvage(
    raw: Mapping[str, Any], errors: Sequence[Any]
) -> tuple[PipelineSpec | None, frozenset[str]]:
    """The valid rest of `raw` (None if there is none), and the names of what was left out.

    A broken source or broken columns are replaced by placeholders, so that the rest of their
    dataset is judged; then `<dataset>.source` and `<dataset>.columns` are among the names. Where
    what a gold table says for the BI team is broken, `<table>.bi` is.

    Args:
        raw: the YAML's mapping; it is not changed.
        errors: pydantic's, for `raw`.
    """
    left = deepcopy(dict(raw))
    lost: set[str] = set()
    for _ in range(_ROUNDS):
        for error in sorted(errors, key=_deepest_first):
            if not _is_of_its_entries(error, errors):
                _cut(left, error, lost)
        try:
            return PipelineSpec.model_validate(left), frozenset(lost)
        except ValidationError as invalid:
            errors = invalid.errors(include_url=False)
    return None, frozenset(lost)


def _deepest_first(error: Any) -> tuple[int, list[int]]:
    """Items of a list from its end, so that cutting one does not move the others."""
    return -len(error["loc"]), [-part for part in error["loc"] if isinstance(part, int)]


def _cut(left: dict[str, Any], error: Any, lost: set[str]) -> None:
    loc: Any = without_kind(error["loc"])
    if error["type"] == "extra_forbidden":
        holder = _follow(left, loc[:-1])
        if isinstance(holder, dict):
            holder.pop(loc[-1], None)
    elif (at := _check_index(loc)) is not None:
        checks = _follow(left, loc[:at])
        if isinstance(checks, list) and loc[at] < len(checks):
            # Another one in its place: what is reported of those behind it names their place.
            checks[loc[at]] = dict(_ANY_CHECK)
    elif _wrap(left, error) or _lower(left, error) or _stand_in(left, loc, lost):
        return
    elif len(loc) > 1 and loc[0] in ("datasets", "gold") and isinstance(left.get(loc[0]), dict):
        left[loc[0]].pop(loc[1], None)
        lost.add(loc[1])
    elif loc:
        lost.add(str(loc[0]))
        left.pop(loc[0], None)
        if loc[0] == "description":
            left["description"] = ""


def _wrap(left: dict[str, Any], error: Any) -> bool:
    """Read `primary_key: isbn` as `[isbn]`: what was meant is plain, and nothing else is hidden."""
    *before, key = error["loc"] or ("",)
    holder = _follow(left, before)
    if error["type"] not in _LIST_WANTED or not isinstance(holder, dict):
        return False
    if not isinstance(holder.get(key), str):
        return False
    holder[key] = [holder[key]]
    return True


def _is_of_its_entries(error: Any, errors: Sequence[Any]) -> bool:
    """Whether pydantic calls a list empty only because it has counted no wrong entry."""
    loc = error["loc"]
    return error["type"] == "too_short" and any(
        len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in errors
    )


def _lower(left: dict[str, Any], error: Any) -> bool:
    """Read `primary_key: [ISBN]` as `[isbn]`, where that is a column of its dataset."""
    loc: Any = error["loc"]
    if error["type"] != "string_pattern_mismatch" or loc[:1] != ("datasets",):
        return False
    holder, wanted = _follow(left, loc[:-1]), str(error["input"]).lower()
    columns = _follow(left, (*loc[:2], "silver", "columns"))
    if not isinstance(holder, list | dict) or not isinstance(columns, dict):
        return False
    if wanted not in columns:
        return False
    holder[loc[-1]] = wanted
    return True


def _stand_in(left: dict[str, Any], loc: tuple[str | int, ...], lost: set[str]) -> bool:
    """Put something valid in the place of a source or a column; take away what stands apart."""
    if len(loc) < 3 or loc[0] not in ("datasets", "gold"):
        return False
    table = _follow(left, loc[:2])
    if not isinstance(table, dict) or table is left:
        return False
    if loc[0] == "datasets" and loc[2] == "source" and table.get("source") != _ANY_SOURCE:
        table["source"] = dict(_ANY_SOURCE)
        lost.add(f"{loc[1]}.source")
        return True
    for at in (2, 3):
        if len(loc) > at and loc[at] in _APART | KEYS_OF_BI:
            if loc[at] in KEYS_OF_BI:
                lost.add(f"{loc[1]}.bi")
            holder = _follow(left, loc[:at])
            return isinstance(holder, dict) and holder.pop(loc[at], None) is not None
    return loc[2:4] == ("silver", "columns") and _stand_in_column(table, loc[4:], lost, loc[1])


def _stand_in_column(
    table: dict[str, Any], rest: tuple[str | int, ...], lost: set[str], name: str | int
) -> bool:
    columns = _follow(table, ("silver", "columns"))
    if not rest or not isinstance(columns, dict) or rest[0] not in columns:
        return False
    lost.add(f"{name}.columns")
    if rest[-1] == "[key]":
        del columns[rest[0]]
        return bool(columns)
    if columns[rest[0]] == _ANY_COLUMN:
        return False
    columns[rest[0]] = dict(_ANY_COLUMN)
    return True


def _check_index(loc: tuple[str | int, ...]) -> int | None:
    for at, part in enumerate(loc):
        if isinstance(part, int) and at and loc[at - 1] == "checks":
            return at
    return None


def _follow(node: Any, loc: Sequence[str | int]) -> Any:
    """The value at a location; what the YAML does not hold (the tags of unions) is passed over."""
    for part in loc:
        in_list = isinstance(node, list) and isinstance(part, int) and part < len(node)
        if in_list or (isinstance(node, dict) and part in node):
            node = node[part]
    return node
