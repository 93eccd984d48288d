"""Operations as they should be, before anything is planted among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from medallion.bank.chance import Chance
from medallion.bank.customers import Customer
from medallion.bank.size import Size

KINDS = {
    "card_payment": "Paiement carte",
    "transfer_out": "Virement émis",
    "transfer_in": "Virement reçu",
    "withdrawal": "Retrait",
    "cash_deposit": "Dépôt espèces",
}
"""What the bank's files call them."""
_USUAL = {
    "card_payment": 40, "transfer_out": 300, "transfer_in": 500, "withdrawal": 60,
    "cash_deposit": 200,
}  # fmt: skip
_WEIGHTS = (
    ["card_payment"] * 12 + ["transfer_out"] * 3 + ["transfer_in"] * 2
    + ["withdrawal"] * 2 + ["cash_deposit"]
)  # fmt: skip
_CURRENCIES = ("EUR",) * 16 + ("USD", "GBP", "CHF", "JPY")
_WORTH = {"EUR": 1, "USD": 1, "GBP": 1, "CHF": 1, "JPY": 160}
_SHOPS = (
    "Boulangerie Céleste", "Café « Le Zénith »", "Pharmacie d'Île-de-France", "Épicerie ; Primeurs",
    "Librairie \"L'Écume\"", "SNCF Voyageurs", "Boutique Star Wars", "Boutique Pokémon",
    "Boutique Harry Potter", "Boutique James Bond",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation, with the time that clocks in Paris show."""

    reference: str
    booked_at: datetime
    customer_id: str
    kind: str
    amount: Decimal
    currency: str = "EUR"
    country: str = "FR"
    label: str = ""


def ordinary(size: Size, day: int, customers: Sequence[Customer]) -> list[Operation]:
    """A day's operations, in the order of their time: by day, at home, of usual amounts."""
    chance = Chance(size.seed, "operations", day)
    today = size.date_of(day)
    times = sorted(7 * 3600 + chance.below(15 * 3600) for _ in range(size.operations))
    return [
        _operation(chance, today, number, second, chance.pick(customers))
        for number, second in enumerate(times, start=1)
    ]


def at(day: date, hour: int, minute: int, second: int = 0) -> datetime:
    """A time without a zone, as clocks in Paris show it."""
    return datetime.combine(day, time(hour, minute, second))  # what the clocks show: no zone


def reference(day: date, number: int | str) -> str:
    """How the bank numbers an operation.

    >>> reference(date(2026, 1, 5), 12)
    'OP-20260105-0012'
    """
    text = f"{number:04d}" if isinstance(number, int) else number
    return f"OP-{day:%Y%m%d}-{text}"


def _operation(
    chance: Chance, today: date, number: int, second: int, customer: Customer
) -> Operation:
    kind = chance.pick(_WEIGHTS)
    currency = chance.pick(_CURRENCIES) if kind == "card_payment" else "EUR"
    wealth = 3 if customer.segment == "retail" else 5
    cents = int(100 * _USUAL[kind] * (0.5 + chance.share() * wealth) * _WORTH[currency])
    amount = Decimal(cents // 100 if currency == "JPY" else cents).scaleb(
        0 if currency == "JPY" else -2
    )
    shop = chance.pick(_SHOPS)
    return Operation(
        reference=reference(today, number),
        booked_at=at(today, second // 3600, second // 60 % 60, second % 60),
        customer_id=customer.customer_id,
        kind=kind,
        amount=amount,
        currency=currency,
        country=customer.country,
        label=shop if kind == "card_payment" else f"{KINDS[kind]} n° {number}",
    )
