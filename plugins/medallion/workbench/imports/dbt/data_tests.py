"""dbt's data tests as checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from medallion.workbench.imports.base.node import Node
from medallion.workbench.imports.dbt.model_sql import Names, table_of

Check = dict[str, Any]
_NO_TEST = "a check with a query says what a test of one's own does: docs/checks.md"
_OF_CONFIG = ("warn_if", "error_if", "limit", "store_failures", "store_failures_as", "fail_calc")


def tests_of(owner: Node, column: str, names: Names) -> Iterator[Check]:
    """The checks of a column, or of a table where `column` is empty."""
    key = "data_tests" if "data_tests" in owner else "tests"
    given = owner.take(key)
    for number, one in enumerate(given if isinstance(given, list) else []):
        place = f"{owner.at(key)}[{number}]"
        said = {one: {}} if isinstance(one, str) else one
        if isinstance(said, Mapping) and said:
            yield from _check(Node(said, place, owner.leftovers), column, names)


def _check(test: Node, column: str, names: Names) -> Iterator[Check]:
    name = test.text("test_name") or next(iter(test))
    body = test if "test_name" in test else test.node(name)
    arguments = _Arguments(body)
    if not arguments.is_enabled:
        test.leftovers.leave(test.place, "the test is not enabled")
        return
    if arguments.where:
        test.leftovers.leave(test.place, "dbt tests the rows of `where` only", _NO_TEST)
        return
    make = _TESTS.get(name.rpartition(".")[2], _of_expectations)
    check = make(name, arguments, column, names)
    if check is None:
        test.leftovers.leave(test.place, f"the test {name} has no counterpart", _NO_TEST)
        return
    arguments.use_arguments(body)
    test.report_unread()
    ((alias, said),) = check.items()
    yield {alias: said | arguments.common}


class _Arguments:
    """A test's arguments, wherever the version of dbt has them, and what all tests may say."""

    def __init__(self, body: Node) -> None:
        config = body.node("config")
        given = dict(body.value)
        nested = given.pop("arguments", None)
        self.given = {**given, **(nested if isinstance(nested, Mapping) else {})}
        self.used: set[str] = set()
        self.is_enabled = config.peek("enabled") is not False
        self.where = bool(self.given.pop("where", None) or config.text("where"))
        severity = str(self.given.pop("severity", "") or config.text("severity")).lower()
        self.common: dict[str, Any] = {"on_failure": "warn"} if severity == "warn" else {}
        config.drop("enabled", "tags", "meta")
        for key in _OF_CONFIG:
            for one in (config, body):
                one.leave(key, "a check fails by its rows", "`mostly`, or `on_failure`")
            self.given.pop(key, None)
        text = self.given.pop("description", None)
        if isinstance(text, str):
            self.common["description"] = " ".join(text.split())[:300]
        body.drop("name", "column_name", "tags")
        for key in ("config", "name", "test_name", "column_name", "tags"):
            self.given.pop(key, None)

    def get(self, key: str, usual: object = None) -> Any:
        """An argument, which the check says."""
        self.used.add(key)
        return self.given.get(key, usual)

    def use_arguments(self, body: Node) -> None:
        """Mark what the check says; the rest is reported as unread."""
        for node in (body.node("arguments"), body):
            node.use(*self.used, "severity", "description")


def _not_null(name: str, one: _Arguments, column: str, names: Names) -> Check | None:
    return {"not_null": {"column": column}} if column else None


def _unique(name: str, one: _Arguments, column: str, names: Names) -> Check | None:
    return {"unique": {"column": column}} if column else None


def _accept(name: str, one: _Arguments, column: str, names: Names) -> Check | None:
    values = one.get("values")
    if not isinstance(values, list) or not column:
        return None
    return {"accepted_values": {"column": column, "values": values}}


def _relationship(name: str, one: _Arguments, column: str, names: Names) -> Check | None:
    table, field = table_of(str(one.get("to")), names), one.get("field")
    if table is None or not isinstance(field, str) or not column:
        return None
    return {"foreign_key": {"column": column, "to": f"{table}.{field.lower()}"}}


def _combination(name: str, one: _Arguments, column: str, names: Names) -> Check | None:
    columns = one.get("combination_of_columns", one.get("column_list"))
    return {"unique": {"columns": columns}} if isinstance(columns, list) else None


def _range(name: str, one: _Arguments, column: str, names: Names) -> Check | None:
    limits = {k: found for k in ("min_value", "max_value")
              if isinstance(found := one.get(k), int | float)}  # fmt: skip
    if not limits or not column:
        return None
    strict: dict[str, bool] = {}
    if one.get("inclusive") is False:
        strict = {f"strict_{key[:3]}": True for key in limits}
    return {"between": {"column": column, **limits, **strict}}


def _of_expectations(name: str, one: _Arguments, column: str, names: Names) -> Check | None:
    """dbt_expectations has the names of Great Expectations."""
    bare = name.rpartition(".")[2]
    if not re.fullmatch(r"expect_\w+", bare) or "row_condition" in one.given:
        return None
    one.used.update(one.given)
    return {bare: {**({"column": column} if column else {}), **one.given}}


_TESTS: Mapping[str, Callable[[str, _Arguments, str, Names], Check | None]] = {
    "not_null": _not_null,
    "unique": _unique,
    "accepted_values": _accept,
    "relationships": _relationship,
    "unique_combination_of_columns": _combination,
    "expect_compound_columns_to_be_unique": _combination,
    "accepted_range": _range,
}
