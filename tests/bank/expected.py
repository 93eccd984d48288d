"""What the finance domain's tables must hold, worked out from the generator without any SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from medallion.bank.customers import Customer, snapshots
from medallion.bank.defects import Fate, defects
from medallion.bank.deliveries import sound_operations
from medallion.bank.operations import Operation
from medallion.bank.rates import rates
from medallion.bank.size import Size

CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Told:
    """An operation in euros, with its customer as of its day; none: he has left."""

    operation: Operation
    day: date
    amount_eur: Decimal
    customer: Customer | None

    @property
    def segment(self) -> str:
        return self.customer.segment if self.customer else "left"


def published_of(size: Size, day: int) -> list[Operation]:
    """What silver has of a day's file: what is sound, and what of the planted is published."""
    planted = [d for d in defects(size) if d.day == day and d.fate is Fate.PUBLISHED]
    return [*sound_operations(size)[day], *(d.operation for d in planted if d.operation)]


def operations(size: Size) -> list[Told]:
    """Each operation once, as the first file that has it tells it."""
    found: dict[str, Told] = {}
    worth = last_rates(size)
    for day, customers in enumerate(snapshots(size)):
        known = {customer.customer_id: customer for customer in customers}
        for operation in published_of(size, day):
            booked = operation.booked_at.date()
            reported = Told(
                operation=operation,
                day=booked,
                amount_eur=in_euros(operation, worth, booked),
                customer=known.get(operation.customer_id),
            )
            found.setdefault(operation.reference, reported)
    return list(found.values())


def last_rates(size: Size) -> Mapping[tuple[str, date], Decimal]:
    """Each rate in its last revision."""
    return {(rate.currency, rate.rate_date): rate.rate for rate in rates(size)}


def in_euros(
    operation: Operation, worth: Mapping[tuple[str, date], Decimal], booked: date
) -> Decimal:
    if operation.currency == "EUR":
        return operation.amount
    while (operation.currency, booked) not in worth:
        booked -= timedelta(days=1)
    euros = operation.amount / worth[operation.currency, booked]
    return euros.quantize(CENT, ROUND_HALF_UP)


def daily_volumes(reported: Iterable[Told]) -> set[tuple[object, ...]]:
    groups = _by(reported, lambda one: (one.day, one.operation.currency, one.segment))
    return {
        (*key, len(ones), sum(one.operation.amount for one in ones), _volume(ones))
        for key, ones in groups.items()
    }


def segment_activity(reported: Iterable[Told]) -> set[tuple[object, ...]]:
    groups = _by(reported, lambda one: (one.day, one.segment))
    found: set[tuple[object, ...]] = set()
    for key, ones in groups.items():
        customers = {one.operation.customer_id for one in ones}
        mean = (_volume(ones) / len(ones)).quantize(CENT, ROUND_HALF_UP)
        found.add((*key, len(customers), len(ones), _volume(ones), mean))
    return found


def suspicions(reported: Iterable[Told]) -> set[tuple[str, str]]:
    """(rule, reference), each rule as a loop over a customer's operations in order."""
    found: set[tuple[str, str]] = set()
    for ones in _by(reported, lambda one: one.operation.customer_id).values():
        ones.sort(key=lambda one: (one.operation.booked_at, one.operation.reference))
        for number, one in enumerate(ones):
            found |= {
                (rule, one.operation.reference) for rule in _broken_rules(one, ones[:number], ones)
            }
    return found


def _broken_rules(one: Told, earlier: list[Told], all_of_them: list[Told]) -> Iterable[str]:
    operation, euros = one.operation, one.amount_eur
    enough = len(earlier) >= 5
    if enough and euros >= 1000 and euros > 20 * (_volume(earlier) / len(earlier)):
        yield "unusual_amount"
    if len(_within(all_of_them, operation.booked_at, timedelta(hours=1))) >= 6:
        yield "many_within_an_hour"
    if operation.booked_at.hour < 5 and euros >= 1000 and euros % 100 == 0:
        yield "round_amount_at_night"
    been = {other.operation.country for other in earlier}
    if enough and one.customer and operation.country not in {*been, one.customer.country}:
        yield "new_country"
    last_week = _within(all_of_them, operation.booked_at, timedelta(days=7))
    if _nearly_reported(one) and sum(map(_nearly_reported, last_week)) >= 3:
        yield "below_the_threshold"
    if one.customer is None:
        yield "customer_has_left"


def _nearly_reported(one: Told) -> bool:
    return one.operation.kind == "cash_deposit" and 9000 <= one.amount_eur < 10000


def _within(ones: list[Told], until: datetime, length: timedelta) -> list[Told]:
    return [one for one in ones if until - length <= one.operation.booked_at <= until]


def _volume(ones: Iterable[Told]) -> Decimal:
    return sum((one.amount_eur for one in ones), Decimal())


def _by(reported: Iterable[Told], key) -> dict:  # type: ignore[no-untyped-def, type-arg]
    groups = defaultdict(list)
    for one in reported:
        groups[key(one)].append(one)
    return groups
