"""The docstrings of the models' fields, read from the source when they are needed.

pydantic can do it (`use_attribute_docstrings`), but for every model at each import: a third of the
time of parsing a project's first spec.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from functools import cache
from itertools import pairwise

from pydantic import BaseModel


def describe_field(model: type[BaseModel], field: str) -> str:
    """The docstring below a field, on one line; empty if it has none."""
    for parent in model.__mro__:
        if issubclass(parent, BaseModel) and field in inspect.get_annotations(parent):
            return _docstrings(parent).get(field, "")
    return ""


@cache
def _docstrings(model: type[BaseModel]) -> Mapping[str, str]:
    """The docstrings of the fields that this very class declares."""
    (declaration,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(declaration, ast.ClassDef)  # noqa: S101  # it is the source of a class
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(declaration.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
