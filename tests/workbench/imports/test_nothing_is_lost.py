"""Each value of an input is in a draft, or in the list of what is in none.

A value is in a draft if the drafts change with it. The list names it by itself, or by something
that it is in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.workbench.imports.test_importers import CASES, input_of

from medallion.errors import SetupError
from medallion.workbench.imports.base.document import Document, read_document
from medallion.workbench.imports.base.node import says_nothing
from medallion.workbench.imports.base.outcome import Draft, Target
from medallion.workbench.imports.base.yaml_values import join_parts
from medallion.workbench.imports.table import IMPORTERS, importer_of

UNHEARD_OF = "unheard_of"
OF_SCHEMAS = re.compile(r"[sS]chemas?\..*(?:type|format|nullable|\$ref|required\[\d+\])$")
"""Words of JSON schemas that say more than a column can: two of them may give one type."""
TARGET = Target(domain="shop")
Path_ = tuple[str | int, ...]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_value_is_in_a_draft_or_in_the_list(case: Path) -> None:
    document = read_document(input_of(case))
    found = importer_of(document, "", IMPORTERS).read(document, TARGET)
    listed = {one.place for one in found.not_mapped}
    lost = [
        place
        for path, place in leaves(document.data, (), "")
        if listed.isdisjoint(owners(place)) and not is_mapped(document, path, found.drafts)
    ]
    assert [place for place in lost if not OF_SCHEMAS.search(place)] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_key_that_nobody_has_heard_of_is_in_the_list_wherever_it_stands(case: Path) -> None:
    document = read_document(input_of(case))
    drafts = read(document)
    lost = []
    for path, place in mappings(document.data, (), ""):
        data = replaced(document.data, path, {**at(document.data, path), UNHEARD_OF: "x"})
        try:
            found = importer_of(document, "", IMPORTERS).read(replace(document, data=data), TARGET)
        except SetupError:
            continue
        listed = {one.place for one in found.not_mapped}
        if found.drafts == drafts and listed.isdisjoint(owners(join_parts(place, UNHEARD_OF))):
            lost.append(place)
    assert lost == []


def mappings(value: Any, path: Path_, place: str) -> Iterator[tuple[Path_, str]]:
    """Each mapping, with its place."""
    if isinstance(value, dict):
        yield path, place
        for key, inner in value.items():
            yield from mappings(inner, (*path, key), join_parts(place, str(key)))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from mappings(inner, (*path, number), f"{place}[{number}]")


def leaves(value: Any, path: Path_, place: str) -> Iterator[tuple[Path_, str]]:
    """Each value that holds no others and says something, with its place as reports write it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key), join_parts(place, str(key)))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from leaves(inner, (*path, at), f"{place}[{at}]")
    elif not says_nothing(value):
        yield path, place


def owners(place: str) -> Iterator[str]:
    """A place, and all that it is in."""
    yield place
    yield from (place[:at] for at, one in enumerate(place) if one in ".[")


OTHERS = ("integer", "boolean", "array", "warn", "incremental", "incremental_append", "parquet",
          "query")  # fmt: skip
"""What a text becomes: one that no importer knows, or one of these, where the former is taken for
what stands there."""


def is_mapped(document: Document, path: Path_, drafts: Sequence[Draft]) -> bool:
    """Whether the drafts are others where the value is another one, or is not there. Of two values
    that say the same, where the other one is not there either."""
    data = document.data
    tried = [without(data, path), *(replaced(data, path, one) for one in others(data, path))]
    if any(read(replace(document, data=one)) != drafts for one in tried):
        return True
    return any(
        read(replace(document, data=without(data, beside)))
        != read(replace(document, data=without(without(data, path), beside)))
        for beside in neighbours(data, path)
    )


def neighbours(data: Any, path: Path_) -> Iterator[Path_]:
    """The other keys of the mapping that a value is in, and of the one around that."""
    for depth in range(len(path) - 1, max(len(path) - 4, -1), -1):
        owner = at(data, path[:depth])
        if isinstance(owner, dict):
            yield from ((*path[:depth], key) for key in owner if key != path[depth])


def at(data: Any, path: Path_) -> Any:
    for part in path:
        data = data[part]
    return data


def others(data: Any, path: Path_) -> Iterator[Any]:
    value = at(data, path)
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, value + 1000)
    else:
        yield from (f"{value}_other", *OTHERS)


def read(document: Document) -> object:
    try:
        return importer_of(document, "", IMPORTERS).read(document, TARGET).drafts
    except SetupError as error:
        return error.problem


def without(value: Any, path: Path_) -> Any:
    first, *rest = path
    if rest:
        return changed(value, first, without(value[first], tuple(rest)))
    if isinstance(value, dict):
        return {key: one for key, one in value.items() if key != first}
    return [one for at, one in enumerate(value) if at != first]


def replaced(value: Any, path: Path_, other: Any) -> Any:
    if not path:
        return other
    return changed(value, path[0], replaced(value[path[0]], path[1:], other))


def changed(value: Any, key: str | int, inner: Any) -> Any:
    if isinstance(value, dict):
        return {**value, key: inner}
    return [*value[:key], inner, *value[int(key) + 1 :]]
