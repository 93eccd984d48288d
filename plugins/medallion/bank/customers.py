"""The customers, as the bank's core system has them at the end of each day."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from medallion.bank.chance import Chance
from medallion.bank.size import Size

FIRST_NAMES = (
    "Amélie", "Benoît", "Chloé", "Désiré", "Élodie", "François", "Gaëlle", "Hélène", "Inès",
    "Jérôme", "Zoé", "Loïc", "Maël", "Noémie", "Océane", "Pénélope", "Rémi", "Søren", "Théo",
)  # fmt: skip
LAST_NAMES = (
    "Lefèvre", "Müller", "Garçon", "D'Aubigné", "Núñez", "Peeters", "Le Goff", "Besançon", "Weiß",
    "Château", "Dupré", "Étienne", "Forêt", "Gauthier", "Hébert", "Jäger", "Köhler",
)  # fmt: skip
CITIES = {
    "FR": ("Paris", "Besançon", "Orléans", "Saint-Étienne", "Angoulême"),
    "BE": ("Liège", "Bruxelles", "Namur"),
    "DE": ("Köln", "München"),
}
SEGMENTS = ("retail", "retail", "retail", "business", "private")

NEW = 5
"""The day on which the last customer comes."""
LEAVES, LEFT = "C0003", 8
"""Who is deleted at the source, and the first day without."""
AWAY, AWAY_DAYS = "C0009", (4, 5, 6)
"""Who is deleted by mistake, and back."""
PROMOTED, PROMOTED_ON = "C0005", 5
"""Who becomes a private customer, and when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer's state on one day."""

    customer_id: str
    first_name: str
    last_name: str
    email: str
    iban: str
    segment: str
    city: str
    country: str
    opened_on: date


def snapshots(size: Size) -> Iterator[list[Customer]]:
    """Every customer's state, day by day: who is not there has been deleted."""
    states = [_new_customer(size, number) for number in range(1, size.customers + 1)]
    for day in range(size.days):
        states = [_move(size, day, state) for state in states]
        yield [state for state in states if _is_there(size, day, state)]


def home_of(size: Size, customer_id: str) -> str:
    """The country that a customer lives in, always."""
    return _new_customer(size, int(customer_id[1:])).country


def _new_customer(size: Size, number: int) -> Customer:
    chance = Chance(size.seed, "customer", number)
    first, last = chance.pick(FIRST_NAMES), chance.pick(LAST_NAMES)
    country = chance.pick(("FR", "FR", "FR", "FR", "BE", "DE"))
    address = _plain(f"{first}.{last}").lower()
    return Customer(
        customer_id=f"C{number:04d}",
        first_name=first,
        last_name=last,
        email=f"{address}{number}@example.{country.lower()}",
        iban=iban(country, f"{number:05d}{chance.below(10**13):013d}"),
        segment=chance.pick(SEGMENTS),
        city=chance.pick(CITIES[country]),
        country=country,
        opened_on=date(2020, 1, 1) + timedelta(days=chance.below(2000)),
    )


def _move(size: Size, day: int, state: Customer) -> Customer:
    """Now and then somebody moves within the country."""
    chance = Chance(size.seed, "move", day, state.customer_id)
    if day and chance.share() < 0.02:
        state = replace(state, city=chance.pick(CITIES[state.country]))
    if (state.customer_id, day) == (PROMOTED, PROMOTED_ON):
        state = replace(state, segment="private")
    return state


def _is_there(size: Size, day: int, state: Customer) -> bool:
    if state.customer_id == LEAVES:
        return day < LEFT
    if state.customer_id == AWAY:
        return day not in AWAY_DAYS
    return day >= NEW or state.customer_id != f"C{size.customers:04d}"


def iban(country: str, account: str) -> str:
    """An account's number with the two digits that check it (ISO 13616).

    >>> iban("DE", "370400440532013000")
    'DE89370400440532013000'
    """
    letters = "".join(str(ord(letter) - ord("A") + 10) for letter in country)
    return f"{country}{98 - int(f'{account}{letters}00') % 97:02d}{account}"


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.replace("ø", "o").replace("ß", "ss"))
    return "".join(letter for letter in decomposed if letter.isascii() and letter not in "' ")
