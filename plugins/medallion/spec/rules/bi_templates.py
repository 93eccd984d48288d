"""Jinja in the SQL that Superset gets: in row filters alone, and there only values of who looks.

Superset runs Jinja over every SQL text that it has, within its literals too. What comes out is SQL
that nobody has judged: a macro may even bring another dataset's. So what a template may say is a
list, and each condition that its branches make is judged as it would be without a template.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medallion.sql.libpg_query import SqlSyntaxError, scan

if TYPE_CHECKING:
    from jinja2 import nodes

MOST_BRANCHES = 32
"""Conditions that a clause may become."""
IN_QUOTES = "\ue000"
"""What is read in place of a text: a character of nobody's alphabet."""
_A_LIST, _A_NUMBER = "(NULL)", "0"
_MARK = re.compile(r"\{[{%#]")

_TEXTS = frozenset(("current_username", "current_user_email"))
_NUMBERS = frozenset(("current_user_id",))
_FILTER = "filter_values"
_LISTS = frozenset(("current_user_roles", _FILTER))
_KNOWN = _TEXTS | _NUMBERS | _LISTS
_WRAPPER = "cache_key_wrapper"
_REFUSED = {
    "url_param": "whoever looks writes it into the address, and Superset does not quote it",
    "dataset": "it brings the SQL of another dataset",
    "metric": "it brings SQL from elsewhere",
    "current_user_rls_rules": "it brings SQL from elsewhere",
    "get_filters": "it brings what whoever looks has written",
    "get_time_filter": "it brings what whoever looks has written",
}
"""Superset 6.1's other macros."""
_USUAL = (
    "write '{{ current_username() }}', {{ current_user_id() }}, "
    "{{ current_user_roles() | where_in }}, or {% if %} with them"
)


def mark_of(text: str) -> int | None:
    """Where a text has Jinja: the offset of the first mark; None: nowhere.

    >>> mark_of("shop = '{{ x }}'"), mark_of("tags = '{a,b}'")
    (8, None)
    """
    found = _MARK.search(text)
    return found.start() if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What a clause with Jinja may become.

    Attributes:
        conditions: each condition, with something in place of the values.
        problem: why the template is refused; then there are no conditions.
        remedy: what to do then.
    """

    conditions: tuple[str, ...] = ()
    problem: str = ""
    remedy: str = ""


def read_template(clause: str) -> Template:
    """Read a row filter; nothing of it is run.

    >>> read_template("shop = '{{ current_username() }}'").conditions == ("shop = '\\ue000'",)
    True
    >>> branches = "{% if current_user_id() == 1 %}true{% else %}false{% endif %}"
    >>> read_template(branches).conditions
    ('true', 'false')
    >>> read_template("a = {{ dataset(1) }}").problem
    'dataset() may not be called: it brings the SQL of another dataset'
    """
    if mark_of(clause) is None:
        return Template(conditions=(clause,))
    from jinja2 import Environment, TemplateSyntaxError

    try:
        conditions = tuple(_texts(Environment(autoescape=True).parse(clause).body))
        for condition in conditions:
            _hold_to_quotes(condition)
    except TemplateSyntaxError as error:
        problem = f"Jinja cannot read line {error.lineno}: {error.message}"
        return Template(problem=problem, remedy="correct the template")
    except RecursionError:
        return Template(problem="its Jinja nests too deep", remedy=_USUAL)
    except _Refused as refused:
        return Template(problem=refused.problem, remedy=refused.remedy)
    return Template(conditions=conditions)


class _Refused(Exception):
    def __init__(self, problem: str, remedy: str = _USUAL) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def _texts(body: Iterable[nodes.Node]) -> Sequence[str]:
    """Each text that a part of a template may become."""
    found: list[str] = [""]
    for node in body:
        pieces = tuple(_pieces(node))
        if len(found) * len(pieces) > MOST_BRANCHES:
            raise _Refused(
                f"its branches make more than {MOST_BRANCHES} conditions",
                "make several row filters of it",
            )
        found = [before + piece for before in found for piece in pieces]
    return found


def _pieces(node: nodes.Node) -> Iterator[str]:
    from jinja2 import nodes

    if isinstance(node, nodes.Output):
        yield "".join(map(_output, node.nodes))
    elif isinstance(node, nodes.If):
        yield from _branches(node)
    else:
        raise _Refused(f"{{% {type(node).__name__.lower()} %}} is not read in a row filter")


def _branches(node: nodes.If) -> Iterator[str]:
    for one in (node, *node.elif_):
        _judge_test(one.test)
        yield from _texts(one.body)
    if not node.else_:
        raise _Refused(
            "without {% else %} the filter is empty where no {% if %} holds",
            "add {% else %}false, or what holds for the others",
        )
    yield from _texts(node.else_)


def _output(node: nodes.Node) -> str:
    """What is read in place of what Jinja would write."""
    from jinja2 import nodes

    if isinstance(node, nodes.TemplateData):
        return node.data
    if isinstance(node, nodes.Filter) and node.name == "where_in" and node.node is not None:
        if _check_call(node.node) not in (*_LISTS, _WRAPPER):
            raise _Refused("where_in is not given a list")
        _constants(node.args, node.kwargs)
        return _A_LIST
    name = _check_call(node)
    if name in _LISTS:
        raise _Refused(f"{name}() is a list", f"write {{{{ {name}(…) | where_in }}}}")
    return _A_NUMBER if name in _NUMBERS else IN_QUOTES


def _check_call(node: nodes.Node) -> str:
    """The name of the function whose value a node is."""
    from jinja2 import nodes

    if not (isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name)):
        raise _Refused("its Jinja has something else than a function's value")
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        raise _Refused("a function is given something else than constants")
    name = node.node.name
    if name == _WRAPPER:
        if len(node.args) != 1 or node.kwargs:
            raise _Refused(f"{_WRAPPER} takes one value")
        _own_function(node.args[0])
        return name
    if name in _REFUSED:
        raise _Refused(f"{name}() may not be called: {_REFUSED[name]}")
    if name not in _KNOWN:
        raise _Refused(
            f"{name}() is not of who looks, as far as Superset's cache knows: people would see "
            "each other's rows",
            f"write {{{{ {_WRAPPER}({name}()) }}}} if it is a function that operators have added",
        )
    if name != _FILTER and (node.args or node.kwargs):
        raise _Refused(
            f"{name}() is given something: Superset's cache has to know who looks",
            f"write {name}()",
        )
    _constants(node.args, node.kwargs)
    return name


def _own_function(node: nodes.Node) -> None:
    """A function that the operators have added to Superset: code of the platform."""
    from jinja2 import nodes

    if not (isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name)):
        raise _Refused(f"{_WRAPPER} is given something else than a function's value")
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        raise _Refused("a function is given something else than constants")
    name = node.node.name
    if name in _REFUSED:
        raise _Refused(f"{name}() may not be called: {_REFUSED[name]}")
    if name in _KNOWN:
        raise _Refused(f"{_WRAPPER} is given Superset's own {name}()", f"write {name}() alone")
    _constants(node.args, node.kwargs)


def _constants(args: Iterable[nodes.Node], kwargs: Iterable[nodes.Keyword | nodes.Pair]) -> None:
    from jinja2 import nodes

    values = (*args, *(one.value for one in kwargs))
    if not all(isinstance(value, nodes.Const) for value in values):
        raise _Refused("a function is given something else than constants")
    for value in values:
        _hold_braces(value)


def _judge_test(node: nodes.Node) -> None:
    """Hold an {% if %} to comparisons of values and constants."""
    from jinja2 import nodes

    inner: dict[type[nodes.Node], Callable[..., Iterable[nodes.Node]]] = {
        nodes.And: lambda one: (one.left, one.right),
        nodes.Or: lambda one: (one.left, one.right),
        nodes.Not: lambda one: (one.node,),
        nodes.Compare: lambda one: (one.expr, *(operand.expr for operand in one.ops)),
        nodes.List: lambda one: one.items,
        nodes.Tuple: lambda one: one.items,
        nodes.Const: lambda one: (),
    }
    if type(node) not in inner:
        _check_call(node)
        return
    _hold_braces(node)
    for one in inner[type(node)](node):
        _judge_test(one)


def _hold_to_quotes(condition: str) -> None:
    """A text is within single quotes: elsewhere it would be SQL, whatever it holds.

    Raises:
        _Refused: one does not.
    """
    if IN_QUOTES not in condition:
        return
    try:
        tokens = scan(condition)
    except SqlSyntaxError:
        return  # the parser says it better
    if any(IN_QUOTES in token.text and not token.text.startswith("'") for token in tokens):
        raise _Refused(
            "a value of its Jinja is without quotes, and would be read as SQL",
            "write quotes around it: '{{ current_username() }}'",
        )


def _hold_braces(node: nodes.Node) -> None:
    """Superset looks for functions by a pattern that stops at a brace: it would not see that what
    people may read depends on who they are.
    """
    from jinja2 import nodes

    if isinstance(node, nodes.Const) and re.search("[{}]", str(node.value)):
        raise _Refused("a text of its Jinja has braces", "write it without braces")
