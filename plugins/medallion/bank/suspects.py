"""Operations that the fraud team has to see, and by which rule each of them shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from medallion.bank.customers import LEAVES, home_of
from medallion.bank.operations import Operation, at, reference
from medallion.bank.size import Size

RULES = (
    "unusual_amount",
    "many_within_an_hour",
    "round_amount_at_night",
    "new_country",
    "below_the_threshold",
    "customer_has_left",
)


def suspicious(size: Size) -> Iterator[tuple[str, int, Operation]]:
    """(the rule, the day, the operation). An operation may show by other rules too."""
    yield "unusual_amount", 10, _one(size, 10, "S01", "C0002", "transfer_out", "24900.00")
    for minute in range(7):
        rule = "many_within_an_hour" if minute >= 5 else ""  # the first five are not many yet
        withdrawal = _one(size, 9, f"S1{minute}", "C0004", "withdrawal", "80.00")
        later = withdrawal.booked_at + timedelta(minutes=6 * minute)
        yield rule, 9, replace(withdrawal, booked_at=later)
    night = _one(size, 6, "S20", "C0006", "transfer_out", "2000.00")
    yield "round_amount_at_night", 6, replace(night, booked_at=at(size.date_of(6), 2, 13))
    yield (
        "new_country",
        11,
        replace(_one(size, 11, "S30", "C0008", "card_payment", "149.90"), country="PA"),
    )
    for number, (day, amount) in enumerate(((7, "9500.00"), (9, "9200.00"), (10, "9800.00"))):
        rule = "below_the_threshold" if number == 2 else ""
        yield rule, day, _one(size, day, f"S4{number}", "C0010", "cash_deposit", amount)
    yield "customer_has_left", 10, _one(size, 10, "S50", LEAVES, "withdrawal", "120.00")


def _one(size: Size, day: int, number: str, customer: str, kind: str, amount: str) -> Operation:
    today = size.date_of(day)
    return Operation(
        reference=reference(today, number),
        booked_at=at(today, 11, 5),
        customer_id=customer,
        kind=kind,
        amount=Decimal(amount),
        country=home_of(size, customer),
        label=f"Opération {number}",
    )
