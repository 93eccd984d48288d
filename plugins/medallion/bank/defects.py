"""What is wrong with the daily files on purpose, and what has to become of it.

This is the sample's contract: the tests hold each row to the fate that is written here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from medallion.bank.customers import home_of
from medallion.bank.day_files import HEADER, fields_of, line
from medallion.bank.operations import Operation, at, reference
from medallion.bank.size import Size

REDELIVERED, CORRECTED_ON = 3, 5
"""The day whose file is wrong at first, and the day on which the right one comes."""
DAMAGED, REPAIRED_ON = 11, 12
"""The day whose file has a NUL byte at first, and the day on which a whole one comes."""
LATE, LATE_UNTIL = 6, 8
"""The day whose file is not there in time, and the day on which it is."""
AGAIN, AGAIN_ON = 1, 2
"""An operation of the one day is in the file of the other too."""


class Fate(StrEnum):
    """Where a row of a file ends."""

    PUBLISHED = "published"
    QUARANTINED = "quarantined"
    DEDUPLICATED = "deduplicated"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One line that is wrong on purpose, and its fate: the tests compare."""

    name: str
    day: int
    line: bytes
    fate: Fate
    reasons: tuple[str, ...] = ()
    """Of quarantine, word for word."""
    operation: Operation | None = None
    """What is published, where anything is."""


def defects(size: Size) -> Iterator[Defect]:
    """Every line that is planted, day by day and in the order of the file."""
    yield from _unreadable(size)
    yield from _make_those_a_check_refuses(size)
    yield from _readable_after_all(size)


def _unreadable(size: Size) -> Iterator[Defect]:
    """Lines that cannot be cleaned."""
    known = "Paiement carte, Virement émis, Virement reçu, Retrait, Dépôt espèces, …"
    spoilt = (
        ("impossible_date", 0, "Date", "31/02/2026 10:00:00",
         'booked_at: "31/02/2026 10:00:00" is not a timestamptz written as %d/%m/%Y %H:%M:%S'),
        ("broken_amount", 1, "Montant", "12,3,4",
         'amount: "12,3,4" is not a number written like 1 234,5'),
        ("no_reference", 4, "Référence", "", "transaction_id: is empty"),
        ("unknown_kind", 5, "Type", "Troc", f'kind: "Troc" is not among {known}'),
    )  # fmt: skip
    for name, day, column, text, reason in spoilt:
        yield _spoilt(size, name, day, {column: text}, reason)
    ragged = line(tuple(fields_of(_sound(size, "ragged_line", 3)).values())[:5])
    yield Defect(
        name="ragged_line",
        day=3,
        line=ragged,
        fate=Fate.QUARANTINED,
        reasons=("line 42: it has 5 fields, the header has 8",),
    )


def _make_those_a_check_refuses(size: Size) -> Iterator[Defect]:
    """Rows that can be read, and are not believed."""
    refused = (
        ("unknown_currency", 2, "Devise", "XXX", "accepted_values_currency"),
        ("unknown_customer", 4, "Client", "C9999", "foreign_key_customer_id"),
        ("negative_amount", 5, "Montant", "-45,00", "between_amount"),
        ("utf8_in_latin1", 7, "Libellé", "Crêperie".encode().decode("latin-1"),
         "expect_column_values_to_not_match_regex_label"),
    )  # fmt: skip
    for name, day, column, text, check in refused:
        yield _spoilt(size, name, day, {column: text}, check)
    both = {"Devise": "ZZZ", "Montant": "0,00"}
    yield _spoilt(size, "two_at_once", 8, both, "accepted_values_currency", "between_amount")


def _readable_after_all(size: Size) -> Iterator[Defect]:
    """Rows that need no quarantine."""
    twice = _sound(size, "twice_in_a_day", 6)
    for fate in (Fate.PUBLISHED, Fate.DEDUPLICATED):
        yield _sound_defect("twice_in_a_day", 6, twice, fate)
    again = _sound(size, "on_two_days", AGAIN)
    for day in (AGAIN, AGAIN_ON):
        yield _sound_defect("on_two_days", day, again, Fate.PUBLISHED)
    plain = {"Montant": "1 234,56", "Devise": " eur "}
    yield _read_as(size, "plain_blank_and_small_letters", 9, plain, amount=Decimal("1234.56"))
    trailing = {"Montant": "56,00-"}
    yield _spoilt(size, "trailing_minus", 9, trailing, "between_amount")
    yield Defect(
        name="test_operation",
        day=10,
        line=line(
            tuple({**fields_of(_sound(size, "test_operation", 10)), "Type": "Essai"}.values())
        ),
        fate=Fate.DISCARDED,
    )


def _sound(size: Size, name: str, day: int) -> Operation:
    """The operation that a defect makes something else of."""
    today = size.date_of(day)
    return Operation(
        reference=reference(today, f"D-{name}"),
        booked_at=at(today, 12, 0),
        customer_id="C0001",
        kind="card_payment",
        amount=Decimal("45.00"),
        country=home_of(size, "C0001"),
        label="Boulangerie Céleste",
    )


def _spoilt(size: Size, name: str, day: int, texts: dict[str, str], *reasons: str) -> Defect:
    fields = {**fields_of(_sound(size, name, day)), **texts}
    assert set(fields) == set(HEADER)  # noqa: S101  # a column's name was misspelt here
    return Defect(
        name=name,
        day=day,
        line=line(tuple(fields.values())),
        fate=Fate.QUARANTINED,
        reasons=reasons,
    )


def _read_as(size: Size, name: str, day: int, texts: dict[str, str], *, amount: Decimal) -> Defect:
    sound = _sound(size, name, day)
    return Defect(
        name=name,
        day=day,
        line=line(tuple({**fields_of(sound), **texts}.values())),
        fate=Fate.PUBLISHED,
        operation=replace(sound, amount=amount),
    )


def _sound_defect(name: str, day: int, operation: Operation, fate: Fate) -> Defect:
    return Defect(
        name=name,
        day=day,
        line=line(tuple(fields_of(operation).values())),
        fate=fate,
        operation=operation,
    )
