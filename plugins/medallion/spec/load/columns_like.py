"""Findings about columns that `columns_like` makes, at the place where the author wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from medallion.cleaning.declared.columns_like import KEY, list_made_columns, with_columns_like
from medallion.prose import list_and_count
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath

_NAMED = 3
"""How many columns of an entry a message names."""


def write_out(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a spec in which each column is in `columns`, and nothing in `columns_like`."""
    left = deepcopy(dict(raw))
    for _, silver in _tables(left):
        if KEY in silver:
            silver.update(with_columns_like(silver))
            del silver[KEY]
    return left


def is_written_out(where: KeyPath, raw: Mapping[str, Any]) -> bool:
    """Whether a key path leads into a column that `columns_like` makes."""
    return (where[1:2], where[4:5]) in _list_made(raw) and where[2:4] == ("silver", "columns")


def place_findings(found: Iterable[Finding], raw: Mapping[str, Any]) -> Iterator[Finding]:
    """The findings, those about columns of one entry as one, at the entry."""
    made = _list_made(raw)
    together: dict[Finding, list[str]] = {}
    for finding in found:
        where = finding.where
        at = made.get((where[1:2], where[4:5])) if where[2:4] == ("silver", "columns") else None
        if at is None:
            yield finding
            continue
        entry = replace(finding, where=(*where[:3], KEY, at, *where[5:]))
        together.setdefault(entry, []).append(str(where[4]))
    for finding, names in together.items():
        named = list_and_count(names, _NAMED)
        yield replace(finding, problem=f"{named}: {finding.problem}")


def names_twice(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """A column of `columns_like` is declared nowhere else."""
    for dataset, silver in _tables(raw):
        seen: dict[str, int | None] = dict.fromkeys(_columns(silver))
        for at, number, name, _ in list_made_columns(silver):
            if seen.get(name, at) != at:
                other = "columns" if seen[name] is None else KEY
                yield Finding(
                    where=("datasets", dataset, "silver", KEY, at, "fields", number),
                    rule="columns-like",
                    problem=f"the column {name} is in `{other}` too",
                    remedy="keep one of the two",
                )
            seen[name] = at


def _list_made(raw: Mapping[str, Any]) -> dict[tuple[KeyPath, KeyPath], int]:
    """By dataset and column, the number of the entry that makes the column."""
    return {
        ((dataset,), (name,)): at
        for dataset, silver in _tables(raw)
        for at, _, name, _ in list_made_columns(silver)
        if name not in _columns(silver)
    }


def _columns(silver: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is declared column by column, as far as it is a mapping."""
    columns = silver.get("columns")
    return columns if isinstance(columns, Mapping) else {}


def _tables(raw: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each dataset's name and the declaration of its silver table, where it is a mapping."""
    datasets = raw.get("datasets")
    for name, dataset in datasets.items() if isinstance(datasets, Mapping) else ():
        silver = dataset.get("silver") if isinstance(dataset, Mapping) else None
        if isinstance(silver, dict):
            yield name, silver
