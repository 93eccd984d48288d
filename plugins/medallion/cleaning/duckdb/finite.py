"""Makes an expression fail where a part of it is infinite or NaN.

DuckDB raises on a division by zero and on a logarithm of zero (`steps.parts.duckdb_engine` asks it
to). It does not if a product, a sum, a power or a cast gives infinity or NaN, and a later part may
hide that: `1 / exp(a)` is 0, `least(power(a, b), 1)` is 1. So the value is checked where it goes
on. Arithmetic passes infinity and NaN on, and is checked once, at its end. A failed check raises
like a division by zero, and TRY around the expression catches it.
"""

from __future__ import annotations

from sqlglot import exp

from medallion.cleaning.duckdb.casts import call
from medallion.cleaning.verbs.templates import fill

_RISKY: tuple[type[exp.Expr], ...] = (
    *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod),
    *(exp.Pow, exp.Exp, exp.Round, exp.Floor, exp.Ceil, exp.Trunc),
)
"""What may give infinity or NaN of finite values. `list_sum` has no class of its own."""

_RISKY_NAMES = frozenset({"list_sum"})
_FLOATS = frozenset({exp.DataType.Type.FLOAT, exp.DataType.Type.DOUBLE})
_MOMENTS = frozenset(
    getattr(exp.DataType.Type, name)
    for name in ("DATE", "TIMESTAMP", "TIMESTAMPNTZ", "TIMESTAMPTZ")
)

_NUMBER = """
    CASE
        WHEN isfinite(TRY_CAST(checked AS DOUBLE)) IS NOT FALSE OR sqrt(-1.0) > 0 THEN checked
    END
"""
"""Of any type: what is not a number has no DOUBLE, and passes. The root raises: `error()` counts as
volatile, and TRY takes nothing that is.
"""

_MOMENT = "CASE WHEN isfinite(checked) IS NOT FALSE OR sqrt(-1.0) > 0 THEN checked END"


def finite_throughout(tree: exp.Expr) -> exp.Expr:
    """The expression with a check around each part that may be infinite or NaN.

    The whole value itself is not checked: `computed.is_good` does that.
    """
    tree = tree.copy()
    found = [(node, check) for node in tree.walk() if (check := _check_of(node))]
    for node, check in reversed(found):  # the inner ones first
        checked = _let(node.copy(), check)
        if node is tree:
            tree = checked
        else:
            node.replace(checked)
    return tree


def _check_of(node: exp.Expr) -> str:
    """How the node's value is checked; empty where it need not be."""
    if isinstance(node, exp.Cast) and node.to.this in _MOMENTS:
        # DATE '2026-01-31' is such a cast too.
        said = isinstance(node.this, exp.Literal) and "inf" not in node.this.name.lower()
        return "" if said else _MOMENT
    if isinstance(node, exp.Cast):
        risky = node.to.this in _FLOATS
    else:
        by_name = isinstance(node, exp.Anonymous) and node.name.lower() in _RISKY_NAMES
        risky = by_name or isinstance(node, _RISKY)
    return _NUMBER if risky and not _is_handed_on(node) else ""


def _is_handed_on(node: exp.Expr) -> bool:
    """Whether what is not finite here makes the value around it, or the whole, not finite too."""
    while isinstance(node.parent, exp.Paren | exp.Neg):
        node = node.parent
    around = node.parent
    if isinstance(around, exp.Div):
        return around.this is node
    return around is None or isinstance(around, exp.Add | exp.Sub | exp.Mul)


def _let(value: exp.Expr, check: str) -> exp.Expr:
    """The check of a value that is computed once, however often the check names it."""
    name = exp.to_identifier("checked")
    function = exp.Lambda(this=fill(check), expressions=[name])
    listed = call("list_transform", exp.Array(expressions=[value]), function)
    return exp.Paren(this=call("list_extract", listed, exp.Literal.number(1)))
