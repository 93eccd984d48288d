"""GX's `row_condition`: which columns it names, and whether it is one that GX reads whole.

GX's own parser stops at what it does not understand and takes what it has: a second condition would
be dropped without a word. As a mapping, GX also takes a text that it hands to pandas to run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from types import NoneType
from typing import Any

_COLUMN = re.compile(r"""col\(\s*(?:"([^"]*)"|'([^']*)')\s*\)""")
_CHARACTERS = r"[A-Za-z0-9À-ÖØ-öø-ÿ!#-&(-/:-@\[-`{-~ \t]+"
"""What GX reads between quotes."""
_VALUE = rf"""(?:"{_CHARACTERS}"|'{_CHARACTERS}')"""
_TEXT = re.compile(
    rf"""
    \s* col\("[^"\n\\]+"\) \s*
    (?: \.notnull\(\)
      | (?: >= | <= | == | != | > | < ) \s*
        (?: [+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)? | {_VALUE} | date\s*\(\s*{_VALUE}\s*\) )
    ) \s*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "IN", "NOT_IN")
_KEYS: Mapping[str, frozenset[str]] = {
    "comparison": frozenset(("type", "column", "operator", "parameter")),
    "nullity": frozenset(("type", "column", "is_null")),
    "and": frozenset(("type", "conditions")),
    "or": frozenset(("type", "conditions")),
}
_HOW = (
    'write one condition: col("country") == "FR", col("fee") > 0 or col("fee").notnull(); several '
    "go into a mapping: {type: and, conditions: [{type: comparison, column: {name: fee}, "
    'operator: ">", parameter: 0}, …]}'
)


def condition_columns(condition: object) -> Iterator[str]:
    """The columns of a condition, in GX's language or as a mapping.

    >>> list(condition_columns('col("country") == "FR"'))
    ['country']
    """
    if isinstance(condition, str):
        for found in _COLUMN.finditer(condition):
            yield found[1] or found[2] or ""
    elif isinstance(condition, Mapping):
        column = condition.get("column")
        if isinstance(column, Mapping) and isinstance(column.get("name"), str):
            yield column["name"]
        for part in condition.get("conditions") or ():
            yield from condition_columns(part)


def rename_in_condition(condition: Any, names: Mapping[str, str]) -> Any:
    """The condition with other names of columns.

    >>> rename_in_condition('col("ID") > 0', {"ID": "column_0"})
    'col("column_0") > 0'
    """
    if isinstance(condition, str):

        def other(found: re.Match[str]) -> str:
            name = found[1] or found[2] or ""
            return f'col("{names[name]}")' if name in names else found[0]

        return _COLUMN.sub(other, condition)
    if not isinstance(condition, Mapping):
        return condition
    found = dict(condition)
    column = condition.get("column")
    if isinstance(column, Mapping) and column.get("name") in names:
        found["column"] = {**column, "name": names[column["name"]]}
    if "conditions" in found:
        found["conditions"] = [rename_in_condition(one, names) for one in found["conditions"]]
    return found


_COMPARED = re.compile(r"""\)\s*(?:[=!<>]=?)\s*(date\b|["'])?""", re.IGNORECASE)


def list_compared_columns(condition: object) -> Iterator[tuple[str, type]]:
    """Each column of a condition with what it is compared with: `str`, `date`, `NoneType` where
    it is asked whether it is missing, or else `object`.

    >>> list(list_compared_columns('col("country") == "FR"'))
    [('country', <class 'str'>)]
    """
    if isinstance(condition, str):
        found = _COMPARED.search(condition)
        kinds = {None: object, '"': str, "'": str}
        kind = kinds.get(found[1], date) if found else NoneType
        yield from ((column, kind) for column in condition_columns(condition))
    elif isinstance(condition, Mapping):
        parameter = condition.get("parameter")
        first = parameter[0] if isinstance(parameter, list) and parameter else parameter
        kinds_of = (kind for kind in (str, date, NoneType) if isinstance(first, kind))
        of_kind = next(kinds_of, object)
        for column in condition_columns({**condition, "conditions": ()}):
            yield column, of_kind
        for part in condition.get("conditions") or ():
            yield from list_compared_columns(part)


_UNEQUAL = re.compile(r"""\s*col\("([^"]*)"\)\s*!=\s*(?:"([^"]*)"|'([^']*)'|([-+0-9.eE]+))\s*""")


def leaving_missing_out(condition: Any) -> Any:
    """The condition with `!=` changed so that a missing value does not satisfy it, as in SQL.
    pandas counts a missing value as unequal to everything.

    >>> leaving_missing_out('col("fee") > 0')
    'col("fee") > 0'
    """
    if isinstance(condition, str):
        found = _UNEQUAL.fullmatch(condition)
        if found is None:
            return condition
        number = float(found[4]) if found[4] else None
        value = (found[2] or found[3] or "") if number is None else number
        return leaving_missing_out(
            {
                "type": "comparison",
                "column": {"name": found[1]},
                "operator": "!=",
                "parameter": value,
            }
        )
    if not isinstance(condition, Mapping):
        return condition
    if condition.get("operator") in ("!=", "NOT_IN"):
        there = {"type": "nullity", "column": condition["column"], "is_null": False}
        return {"type": "and", "conditions": [condition, there]}
    parts = condition.get("conditions")
    if not parts:
        return condition
    return {**condition, "conditions": [leaving_missing_out(part) for part in parts]}


def condition_problem(condition: object) -> tuple[str, str] | None:
    """What is wrong with a condition, and what to write; None if GX reads all of it.

    >>> condition_problem('col("fee") > 0')
    """
    if isinstance(condition, str):
        if _TEXT.fullmatch(condition):
            return None
        return f"{condition!r} is not one condition in GX's own language", _HOW
    what = _mapping_problem(condition, 0)
    return (what, _HOW) if what else None


def _mapping_problem(condition: object, depth: int) -> str:
    kind = condition.get("type") if isinstance(condition, Mapping) else None
    if not isinstance(condition, Mapping) or not isinstance(kind, str) or kind not in _KEYS:
        return f"{kind or condition!r} is not a kind of condition: {', '.join(_KEYS)}"
    if set(condition) != _KEYS[kind]:
        return f"a condition of type {kind} has the keys {', '.join(sorted(_KEYS[kind]))}"
    if kind in ("and", "or"):
        return _group_problem(condition["conditions"], depth)
    column = condition["column"]
    if not isinstance(column, Mapping) or set(column) != {"name"}:
        return "the column of a condition is a mapping: {name: …}"
    return _comparison_problem(condition) if kind == "comparison" else ""


def _group_problem(conditions: object, depth: int) -> str:
    if not isinstance(conditions, list) or not conditions:
        return "conditions is a list of conditions"
    if depth > 1:
        return "conditions are nested too deep"
    return next(filter(None, (_mapping_problem(part, depth + 1) for part in conditions)), "")


def _comparison_problem(condition: Mapping[str, Any]) -> str:
    operator, parameter = condition["operator"], condition["parameter"]
    if operator not in _OPERATORS:
        return f"{operator!r} is not an operator of a condition: {', '.join(_OPERATORS)}"
    listed = operator in ("IN", "NOT_IN")
    if listed != isinstance(parameter, list):
        return f"{operator} compares with {'a list of values' if listed else 'one value'}"
    if any(isinstance(value, Mapping | list) for value in (parameter if listed else [parameter])):
        return "a condition compares with plain values"
    return ""
