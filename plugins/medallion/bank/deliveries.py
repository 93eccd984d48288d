"""What lies in the bank's mailbox on a day: a file for each day, one late, two of them twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from medallion.bank.customers import snapshots
from medallion.bank.day_files import content, file_name, line_of
from medallion.bank.defects import (
    CORRECTED_ON,
    DAMAGED,
    LATE,
    LATE_UNTIL,
    REDELIVERED,
    REPAIRED_ON,
    defects,
)
from medallion.bank.operations import Operation, ordinary, reference
from medallion.bank.size import Size
from medallion.bank.suspects import suspicious

WITHDRAWN = "WITHDRAWN"
"""The end of the reference of an operation that the corrected file does not have any more."""
HUNDREDFOLD = 3
"""So many amounts of the first file lack their decimal comma."""


_LATER = {REDELIVERED: CORRECTED_ON, DAMAGED: REPAIRED_ON, LATE: LATE_UNTIL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A file that is put into the mailbox on the evening of a day."""

    on: int
    day: int
    """The day that the file tells of."""
    content: bytes


@lru_cache(maxsize=4)
def sound_operations(size: Size) -> tuple[tuple[Operation, ...], ...]:
    """For each day what its file means, without what is planted in it to be wrong."""
    planted = list(suspicious(size))
    return tuple(
        (*ordinary(size, day, customers), *(op for _, when, op in planted if when == day))
        for day, customers in enumerate(snapshots(size))
    )


def deliveries(size: Size) -> Iterator[Delivery]:
    """Every file, in the order in which they come."""
    came: list[Delivery] = []
    for day, operations in enumerate(sound_operations(size)):
        planted = [defect.line for defect in defects(size) if defect.day == day]
        right = content([*map(line_of, operations), *planted])
        if day == REDELIVERED:
            wrong = content([*map(line_of, _write_uncorrected(size, operations)), *planted])
            came.append(Delivery(on=day, day=day, content=wrong))
        elif day == DAMAGED:
            came.append(Delivery(on=day, day=day, content=right.replace(b"Boul", b"Bou\0", 1)))
        came.append(Delivery(on=_LATER.get(day, day), day=day, content=right))
    yield from sorted(came, key=lambda delivery: (delivery.on, delivery.day))


def deliver(size: Size, folder: Path, *, until: int | None = None) -> None:
    """Put into a folder what has come until the end of a day (all, without one)."""
    folder.mkdir(parents=True, exist_ok=True)
    for delivery in deliveries(size):
        if until is None or delivery.on <= until:
            name = file_name(size.date_of(delivery.day))
            (folder / name).write_bytes(delivery.content)


def _write_uncorrected(size: Size, operations: tuple[Operation, ...]) -> Iterator[Operation]:
    """The file that is to be corrected: amounts hundredfold, and an operation that never was."""
    for number, operation in enumerate(operations):
        wrong = operation.amount * 100 if number < HUNDREDFOLD else operation.amount
        yield replace(operation, amount=wrong.quantize(operation.amount))
    never = reference(size.date_of(REDELIVERED), WITHDRAWN)
    yield replace(operations[0], reference=never)
