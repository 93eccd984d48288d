"""A whole dataset's declaration, inferred: every column with its evidence, the key, the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from medallion.errors import DataRejected, SetupError
from medallion.prose import tally
from medallion.workbench.inference.checks import checks_of
from medallion.workbench.inference.column_names import names_of
from medallion.workbench.inference.cursors import CursorCandidate, find_cursor
from medallion.workbench.inference.database_columns import reading_of
from medallion.workbench.inference.keys import Keys, find_keys
from medallion.workbench.inference.personal import Personal, classify, find_all_personal
from medallion.workbench.inference.readings import Hints, Reading
from medallion.workbench.inference.sample import DataSample, Field
from medallion.workbench.inference.scales import Scaled, find_scaled
from medallion.workbench.inference.totals import Totals, filter_for, find_totals


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedColumn:
    """One column: its name, what the YAML says of it, and why."""

    name: str
    said: Mapping[str, Any]
    evidence: str
    guesses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What would be declared of one dataset.

    Attributes:
        primary_key: columns; empty where none was found.
        keys: columns that could be it, the chosen one first.
        records: how many were looked at; `is_whole`: they were all.
        different: of the records, without those that were there before, word for word.
        notes: what a person should know of the records as a whole.
        cursor: a field by which the source could be read in increments.
        row_filter: which records are wanted; empty: all are.
        filter_guess: why the others are not.
    """

    columns: tuple[ProposedColumn, ...]
    primary_key: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    checks: tuple[Mapping[str, Any], ...]
    records: int
    is_whole: bool
    notes: tuple[str, ...]
    different: int = 0
    cursor: CursorCandidate | None = None
    row_filter: str = ""
    filter_guess: str = ""


def propose(sample: DataSample, hints: Hints, wanted_key: Sequence[str] = ()) -> Proposal:
    """The proposal for a sample.

    Args:
        sample: of one source.
        hints: what is known beside the data.
        wanted_key: columns that a person has named as the key; empty: the likeliest candidate.

    Raises:
        DataRejected: there is no record to infer anything from.
        SetupError: a column of `wanted_key` does not exist, or it is not a key of the records.
    """
    if not sample.records or not sample.fields:
        raise DataRejected(
            "there is no record, so nothing can be inferred", remedy="name a file with records"
        )
    totals = find_totals(sample)
    sample = totals.records if totals else sample
    fields = [field.name for field in sample.fields]
    are_paths = any(field.is_json for field in sample.fields)
    names = dict(zip(fields, names_of(fields, are_paths=are_paths), strict=True))
    readings = {field.name: reading_of(field, hints) for field in sample.fields}
    scaled, note = find_scaled(sample, readings, hints.mil)
    if scaled is not None:
        readings[scaled.field] = scaled.reading
    personal = find_all_personal(sample.fields, names)
    kinds = {name: one.pii for name, one in personal.items() if not one.is_of_things}
    keys = find_keys(sample, readings, names, scaled.unit if scaled else "", kinds)
    key_fields = _choose(sample, keys, names, wanted_key)
    columns, checks = _columns(sample, readings, names, key_fields, scaled, personal)
    named = tuple(tuple(names[name] for name in group) for group in keys.candidates)
    found = Proposal(
        columns=tuple(columns),
        primary_key=tuple(names[name] for name in key_fields),
        keys=named,
        checks=tuple(checks),
        records=sample.records,
        is_whole=sample.is_whole,
        notes=(*_notes(sample, keys, key_fields), *([note] if note else [])),
        different=sample.records - keys.repeated,
        cursor=find_cursor(sample, readings, names),
    )
    return _leave_out_totals(found, totals, names) if totals else found


def propose_without_records(sample: DataSample, hints: Hints, key: Sequence[str] = ()) -> Proposal:
    """The proposal for a table without records: what its database declares.

    Args:
        sample: of one source; its fields have no values.
        hints: what is known beside the data.
        key: the columns of its primary key.
    """
    fields = [field.name for field in sample.fields]
    names = dict(zip(fields, names_of(fields, are_paths=False), strict=True))
    personal = find_all_personal(sample.fields, names)
    columns = []
    for field in sample.fields:
        name, kind = names[field.name], personal.get(field.name)
        reading = reading_of(field, hints)
        if reading.kind == "text":  # what is guessed of texts is guessed of their values
            reading = replace(reading, guesses=())
        columns.append(_column(field, name, reading, kind, is_key=name in key))
    return Proposal(
        columns=tuple(columns), primary_key=tuple(key), keys=(), checks=(), records=0,
        is_whole=True, notes=(),
    )  # fmt: skip


def _columns(
    sample: DataSample,
    readings: Mapping[str, Reading],
    names: Mapping[str, str],
    key_fields: Sequence[str],
    scaled: Scaled | None,
    personal: Mapping[str, Personal],
) -> tuple[list[ProposedColumn], list[Mapping[str, Any]]]:
    """The columns in the order of their fields, and what can be asked of them."""
    columns: list[ProposedColumn] = []
    checks: list[Mapping[str, Any]] = []
    for field in sample.fields:
        reading = readings[field.name]
        is_key = field.name in key_fields
        if scaled is not None and field.name == scaled.unit and not is_key:
            columns += _name_unit(field, names[field.name], scaled)
            continue
        if field.name in sample.optional:
            reading = replace(reading, said={**reading.said, "nullable": True, "optional": True})
        kind = personal.get(field.name)
        column = _column(field, names[field.name], reading, kind, is_key=is_key)
        columns.append(column)
        is_personal = kind is not None and not kind.is_of_things
        checks += checks_of(field, column.name, reading, is_key=is_key, is_personal=is_personal)
    return columns, checks


def _name_unit(field: Field, name: str, scaled: Scaled) -> list[ProposedColumn]:
    """The column of a unit whose factor is in the numbers already: what else it says, if any."""
    if not scaled.says_more:
        return []
    said: dict[str, Any] = {} if field.name == name else {"from": field.name}
    said |= scaled.describe_rest()
    if field.missing:
        said["nullable"] = True
    evidence = f"what is counted; its factor is in {scaled.field}"
    return [ProposedColumn(name=name, said=said, evidence=evidence, guesses=())]


def _leave_out_totals(proposal: Proposal, totals: Totals, names: Mapping[str, str]) -> Proposal:
    """The proposal with the filter for lines that are not records. Where the column that shows them
    is not a text, its field is read once more, by a helper."""
    name = names[totals.field]
    at, column = next(
        ((at, one) for at, one in enumerate(proposal.columns) if one.name == name), (0, None)
    )
    columns = list(proposal.columns)
    said = column.said if column else {"type": ""}
    nullable = bool(said.get("nullable"))
    if said["type"] != "text" or "classification" in said or said.get("scale"):
        name = next(
            one for one in (f"{name}_as_written", f"{name}_as_written_2")
            if one not in names.values()
        )  # fmt: skip
        helper = {"from": totals.field, "type": "text", "nullable": True, "helper": True}
        evidence = f"what {totals.field!r} says; only the filter reads it"
        columns.insert(
            at + 1, ProposedColumn(name=name, said=helper, evidence=evidence, guesses=())
        )
        nullable = True
    return replace(
        proposal,
        columns=tuple(columns),
        row_filter=filter_for(name, totals.pattern, nullable=nullable),
        filter_guess=f"lines that sum up others are not records. {totals.evidence}",
    )


def _choose(
    sample: DataSample, keys: Keys, names: Mapping[str, str], wanted: Sequence[str]
) -> tuple[str, ...]:
    if not wanted:
        return keys.candidates[0] if keys.candidates else ()
    fields = {column: field for field, column in names.items()}
    unknown = [name for name in wanted if name not in fields]
    if unknown:
        raise SetupError(
            f"there is no column {', '.join(unknown)}", remedy=f"there are {', '.join(fields)}"
        )
    group = tuple(fields[name] for name in wanted)
    frame = sample.frame.drop_duplicates()
    shared = int(frame.duplicated(list(group)).sum())
    if shared:
        raise SetupError(
            f"{', '.join(wanted)} is not a key: {shared:,} of {len(frame):,} different records "
            "have the key of another",
            remedy="name more columns, or leave --key out",
        )
    return group


def _column(
    field: Field, name: str, reading: Reading, personal: Personal | None, *, is_key: bool
) -> ProposedColumn:
    said: dict[str, Any] = {} if field.name == name else {"from": field.name}
    if field.former:
        said["from"] = [field.name, *field.former]
        names = " or ".join(map(repr, field.former))
        guess = f"{names} is the same field: no file or record has both"
        reading = replace(reading, guesses=(guess, *reading.guesses))
    said |= reading.said
    if is_key:  # a database may declare NULL where no row has it
        said.pop("nullable", None)
    said, guesses = classify(personal, said, reading.guesses, is_key=is_key)
    return ProposedColumn(name=name, said=said, evidence=reading.evidence, guesses=guesses)


def _notes(sample: DataSample, keys: Keys, chosen: Sequence[str]) -> list[str]:
    notes = []
    if keys.repeated:
        notes.append(f"{tally(keys.repeated, 'record')} there before, word for word")
    if not chosen and keys.refused:
        notes.append(
            f"only {', '.join(keys.refused)} would make each record another one, and several "
            "people may share such personal data: there is no key"
        )
    elif not chosen:
        notes.append("no group of up to three columns tells the records apart: there is no key")
    if not sample.is_whole:
        notes.append(f"inferred from {sample.share}")
    return notes
