"""What a source holds now beside what its spec says: fields that came, went, or changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.spec.models.pipeline import DatasetSpec
from medallion.workbench.inference.column_names import names_of
from medallion.workbench.inference.database_columns import reading_of
from medallion.workbench.inference.personal import classify, find_all_personal
from medallion.workbench.inference.proposal import ProposedColumn
from medallion.workbench.inference.readings import Hints, Reading
from medallion.workbench.inference.sample import DataSample, Field
from medallion.workbench.inference.totals import without_totals
from medallion.workbench.inference.trials import Outcome, try_all
from medallion.workbench.inference.ways import WIDE

_OF_THE_COLUMN = (
    *("from", "optional", "description", "unit", "classification", "scale", "helper"),
)
_OF_READING = ("type", "format", "clean", "null_values", "nullable", "timezone", "pivot_year")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A column that does not read all values any more.

    Attributes:
        name: of the column.
        refused: how many records it does not read, with some of their texts as `examples`.
        said: what of the column would be written instead.
    """

    name: str
    refused: int
    examples: tuple[str, ...]
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """All of one dataset. Empty where spec and source agree."""

    added: tuple[ProposedColumn, ...] = ()
    """Fields that no column takes."""
    gone: tuple[str, ...] = ()
    """Columns whose field no record has."""
    changed: tuple[Changed, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.gone or self.changed)


def find_drift(dataset: DatasetSpec, sample: DataSample, hints: Hints) -> Drift:
    """What of a dataset's columns is not as its source has it."""
    sample = without_totals(sample, dataset.silver.filter)
    columns = {
        name: spec for name, spec in dataset.silver.columns.items() if spec.expression is None
    }
    fields = {field.name: field for field in sample.fields}
    taken = {name: _field_of(name, spec, fields) for name, spec in columns.items()}
    used = {one for found in taken.values() for one in found}
    used |= {spec.scale.from_ for spec in columns.values() if spec.scale}
    free = [field for name, field in fields.items() if name not in used]
    return Drift(
        added=tuple(_find_added(free, dataset, hints)),
        gone=tuple(name for name, found in taken.items() if not found),
        changed=tuple(_find_changed(columns, taken, fields, hints)),
    )


def _field_of(name: str, spec: ColumnSpec, fields: Mapping[str, Field]) -> list[str]:
    """The fields that a column takes: of a JSON object, all that are inside."""
    wanted = spec.reads(name)
    inside = tuple(f"{one}{step}" for one in wanted for step in ".[")
    exactly = {*wanted, *(one.partition("[")[0] for one in wanted)}
    return [field for field in fields if field in exactly or field.startswith(inside)]


def _find_added(free: list[Field], dataset: DatasetSpec, hints: Hints) -> Iterator[ProposedColumn]:
    known = list(dataset.silver.columns)
    are_paths = any(field.is_json for field in free)
    every = [*known, *(field.name for field in free)]
    names = names_of(every, are_paths=are_paths)[len(known) :]
    by_field = dict(zip((field.name for field in free), names, strict=True))
    of_people = any(spec.classification for spec in dataset.silver.columns.values())
    personal = find_all_personal(free, by_field, beside_people=of_people)
    for field, name in zip(free, names, strict=True):
        reading = reading_of(field, hints)
        said: dict[str, Any] = {} if field.name == name else {"from": field.name}
        said |= reading.said
        said["nullable"] = True  # earlier files have no such field
        said, guesses = classify(personal.get(field.name), said, reading.guesses)
        yield ProposedColumn(name=name, said=said, evidence=reading.evidence, guesses=guesses)


def _find_changed(
    columns: Mapping[str, ColumnSpec],
    taken: Mapping[str, list[str]],
    fields: Mapping[str, Field],
    hints: Hints,
) -> Iterator[Changed]:
    for name, spec in columns.items():
        if len(taken[name]) != 1 or spec.lookup is not None:
            continue
        field = fields[taken[name][0]]
        reading = reading_of(field, hints)
        texts = _texts_to_try(field, spec, reading)
        outcome = _try(texts, spec, field) if texts else None
        refused = outcome.refused if outcome else 0
        missing = _count_missing(field, spec)
        if not (refused or missing):
            continue
        if reading.refused >= refused and not missing:
            continue  # nothing reads more: those values belong into quarantine
        yield Changed(
            name=name,
            refused=refused + missing,
            examples=outcome.examples if outcome and spec.classification is None else (),
            said=_instead(spec, reading, refused),
        )


def _count_missing(field: Field, spec: ColumnSpec) -> int:
    """The records that lack what the column wants. An empty text of a database is a text, and a
    column that is NOT NULL there has no other."""
    is_kept = field.declared is not None and not field.declared.nullable
    if spec.nullable or not field.texts or (is_kept and spec.type in ("text", "json")):
        return 0
    return field.missing


def _try(texts: Mapping[str, int], spec: ColumnSpec, field: Field) -> Outcome | None:
    (outcome,) = try_all(texts, [_bare(spec)], as_json=field.is_json, first=False)
    return outcome


def _texts_to_try(field: Field, spec: ColumnSpec, reading: Reading) -> Mapping[str, int]:
    """The texts that the column has to read; none where values with types of their own are of its
    type, or become a text."""
    nothing = spec.null_values or ()
    texts = {text: count for text, count in field.texts.items() if text not in nothing}
    if not field.held or field.held == "VARCHAR":
        return texts
    is_scalar = "[" not in field.held and reading.kind != "json"
    if reading.said["type"] == spec.type or spec.type in ("text", "json") or not is_scalar:
        return {}
    if reading.kind not in ("whole", "number"):
        return texts
    # A typed number is converted by its value: 1.00 is a whole one.
    return {_without_zeros(text): count for text, count in texts.items()}


def _without_zeros(text: str) -> str:
    number = Decimal(text)
    return format(number.normalize(), "f") if number.is_finite() else text


def _bare(spec: ColumnSpec) -> ColumnSpec:
    """As its values are read, whatever silver holds instead, and before they are multiplied."""
    bare: dict[str, Any] = {
        "classification": None,
        "lookup": None,
        "null_values": None,
        "scale": None,
    }
    if spec.scale is not None and spec.type not in ("double", "real"):
        bare["type"] = WIDE
    return spec.model_copy(update=bare)


def _instead(spec: ColumnSpec, reading: Reading, refused: int) -> dict[str, Any]:
    """The column's keys as they are, with those of the new reading where values do not read."""
    said = spec.model_dump(by_alias=True, exclude_defaults=True, mode="json")
    said = {key: value for key, value in said.items() if key in _OF_THE_COLUMN}
    if len(spec.from_) == 1:
        said["from"] = spec.from_[0]
    if refused:
        kept = {"nullable": True} if spec.nullable else {}
        return said | dict(reading.said) | kept
    return said | {"type": spec.type} | _keep(spec) | {"nullable": True}


def _keep(spec: ColumnSpec) -> dict[str, Any]:
    raw = spec.model_dump(by_alias=True, exclude_defaults=True, mode="json")
    raw["clean"] = [
        {one["name"]: one["arguments"]} if one.get("arguments") else one["name"]
        for one in raw.get("clean", ())
    ]
    return {key: raw[key] for key in _OF_READING if raw.get(key)}
