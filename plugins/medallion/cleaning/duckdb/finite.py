"""Makes an expression fail where a part of it is infinite or NaN.

DuckDB raises on a division by zero and on a logarithm of zero (`steps.parts.duckdb_engine` asks it
to). It does not if a product, a sum, a power or a cast gives infinity or NaN, and a later part may
hide that: `1 / exp(a)` is 0, `least(power(a, b), 1)` is 1. So the value is checked where it goes
on. Arithmetic passes infinity and NaN on, and is checked once, at its end. A failed check raises
like a division by zero, and TRY around the expression catches it.

The check is put around the part by its offsets: the rest of the text stays as its author wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator

from medallion.cleaning.duckdb.splices import Wrapped
from medallion.cleaning.duckdb.syntax import Node

_RISKY = frozenset(
    {"+", "-", "*", "/", "//", "%", "**", "^", "mod", "pow", "power", "exp", "list_sum"}
    | {"round", "floor", "ceil", "ceiling", "trunc"}
)
"""What may give infinity or NaN of finite values."""

_FLOATS = frozenset({"real", "float", "float4", "double", "float8"})
_MOMENTS = frozenset({"date", "datetime", "timestamp", "timestamp with time zone", "timestamptz"})

# A value that is computed once, however often its check names it. The root raises: `error()` counts
# as volatile, and TRY takes nothing that is. What is not a number has no DOUBLE, and passes.
_BEFORE = " (list_extract(list_transform(["
_NUMBER = (
    "], lambda checked: CASE WHEN isfinite(TRY_CAST(checked AS DOUBLE)) IS NOT FALSE"
    " OR sqrt(-1.0) > 0 THEN checked END), 1))"
)
_MOMENT = (
    "], lambda checked: CASE WHEN isfinite(checked) IS NOT FALSE"
    " OR sqrt(-1.0) > 0 THEN checked END), 1))"
)


def checks(tree: Node) -> Iterator[Wrapped]:
    """A check around each part that may be infinite or NaN.

    The whole value itself is not checked: `computed.is_good` does that.
    """
    yield from _checks(tree, handed_on=True)


def _checks(node: Node, *, handed_on: bool) -> Iterator[Wrapped]:
    check = _check_of(node, handed_on=handed_on)
    if check and node.end and not node.added:
        yield Wrapped(start=node.start, end=node.end, before=_BEFORE, after=check)
    for at, child in enumerate(node.children):
        yield from _checks(child, handed_on=_hands_on(node, at, handed_on=handed_on))


def _check_of(node: Node, *, handed_on: bool) -> str:
    """How the node's value is checked; empty where it need not be."""
    name = node.name.lower()
    if node.kind == "FUNCTION":
        is_sign = name in ("+", "-") and len(node.children) == 1
        return _NUMBER if name in _RISKY and not is_sign and not handed_on else ""
    if node.kind != "CAST":
        return ""
    value, target = node.children
    name = target.name.lower()
    if name in _MOMENTS:
        # DATE '2026-01-31' is such a cast too.
        said = value.kind == "CONSTANT" and "inf" not in value.name.lower()
        return "" if said else _MOMENT
    return _NUMBER if name in _FLOATS and not handed_on else ""


def _hands_on(node: Node, at: int, *, handed_on: bool) -> bool:
    """Whether what is not finite in this child makes the value around it, or the whole, not finite
    too."""
    if node.kind != "FUNCTION":
        return False
    if len(node.children) == 1 and node.name in ("+", "-"):
        return handed_on
    return node.name in ("+", "-", "*") or (node.name == "/" and at == 0)
