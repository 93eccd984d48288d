"""Which of several ways to read a field read its texts: asked of the engine that cleans."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.wanted_rows import WantedRows
from medallion.cleaning.duckdb.naming import REASONS
from medallion.cleaning.duckdb.query import clean_query
from medallion.cleaning.engines.table import engine_of
from medallion.records import RecordLayout
from medallion.steps.parts.runners import opener_of

ENGINE = "duckdb"
FIRST_TEXTS = 300
"""So many texts are tried in every way; those ways that read most of them are tried on all."""
MOST_BROKEN_SHARE = 0.2
EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one way made of the texts: how many records it reads, and the distinct values.

    Attributes:
        read: records whose text it reads.
        refused: records whose text it does not, with some of those texts as `examples`.
        values: distinct typed values, in no order.
    """

    read: int
    refused: int
    examples: tuple[str, ...]
    values: tuple[Any, ...]


def try_all(
    texts: Mapping[str, int],
    ways: Sequence[ColumnSpec],
    *,
    as_json: bool = False,
    first: bool = True,
) -> list[Outcome | None]:
    """The outcome of each way, in order; None for one that reads little of the first texts.

    Args:
        texts: distinct texts, and in how many records each stands.
        ways: columns without `from`: how the text would be cleaned, and its type.
        as_json: the texts are those of a JSON record's field.
        first: whether ways are left out by the first texts; else all are tried on all.
    """
    if not first:
        return [*_try(texts, ways, as_json)]
    some = dict(islice(texts.items(), FIRST_TEXTS))
    begun = _try(some, ways, as_json)
    likely = [
        at for at, one in enumerate(begun)
        if one.refused <= MOST_BROKEN_SHARE * (one.read + one.refused)
    ]  # fmt: skip
    found: list[Outcome | None] = [None] * len(ways)
    if not likely:
        return found
    whole = begun if len(some) == len(texts) else None
    outcomes = (
        [whole[at] for at in likely] if whole else _try(texts, [ways[at] for at in likely], as_json)
    )
    for at, one in zip(likely, outcomes, strict=True):
        found[at] = one
    return found


def _try(texts: Mapping[str, int], ways: Sequence[ColumnSpec], as_json: bool) -> list[Outcome]:
    names = [f"way_{number}" for number in range(len(ways))]
    columns = {
        name: way.model_copy(update={"from_": ("text",), "nullable": True, "null_values": ()})
        for name, way in zip(names, ways, strict=True)
    }
    with tempfile.TemporaryDirectory(prefix="medallion-new-") as folder:
        part, layout = _part(Path(folder), texts, as_json)
        query = clean_query(WantedRows(columns=columns), layout, str(part))
        with opener_of(ENGINE)(part, Path(folder), {}) as session:
            batches = list(session.stream(engine_of(ENGINE).render(query)))
    return [_outcome(name, texts, batches) for name in names]


def _part(folder: Path, texts: Mapping[str, int], as_json: bool) -> tuple[Path, RecordLayout]:
    """The texts as a part of their own, one a record."""
    import json

    if as_json:
        part = folder / "texts.jsonl"
        with part.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps({"text": text}) + "\n" for text in texts)
        return part, RecordLayout(format="jsonl")
    part = folder / "texts.csv"
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(["text"])
        writer.writerows([text] for text in texts)
    return part, RecordLayout(format="csv", columns=("text",))


def _outcome(name: str, texts: Mapping[str, int], batches: Sequence[Any]) -> Outcome:
    """Of one way; the rows are in the texts' order."""
    read = refused = 0
    examples: list[str] = []
    values: dict[Any, None] = {}
    counted = iter(texts.items())
    mark = f"{name}: "
    for batch in batches:
        reasons = batch.column(REASONS).to_pylist()
        typed = batch.column(name).to_pylist()
        for why, value, (text, count) in zip(reasons, typed, counted, strict=False):
            if why and any(reason.startswith(mark) for reason in why):
                refused += count
                if len(examples) < EXAMPLES:
                    examples.append(text)
            else:
                read += count
                values[_key(value)] = None
    return Outcome(read=read, refused=refused, examples=tuple(examples), values=tuple(values))


def _key(value: object) -> Any:
    return tuple(value) if isinstance(value, list) else value
