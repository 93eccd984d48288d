"""Where a JSON document has its records: a list of objects, or an object with a record under each
key."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from medallion.workbench.inference.api_answer import DEEPEST, find_listing

FEWEST_ENTRIES = 3
FEWEST_NUMBERS = 5
"""Entries whose values are numbers: three may be the fields of one record."""
ALIKE = 0.5
"""The share of the fields of all records that a usual one has."""
LOOKED_AT = 1000
_FIELD_NAMES = (("key", "value"), ("entry_key", "entry_value"), ("name_of_entry", "entry_value"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """An object with a record under each key.

    Attributes:
        path: of the object; empty where the document is it.
        records: how many there are.
        fields: that any of them has; None where the values are not objects.
    """

    path: str
    records: int
    fields: frozenset[str] | None


def find_json_shape(document: Any) -> dict[str, Any]:
    """The keys of a source by which its records are read; empty where the document is their list,
    or holds nothing.

    >>> find_json_shape({"data": {"items": [{"id": 1}]}})
    {'records': 'data.items'}
    >>> find_json_shape({"FR": {"iso": 250}, "DE": {"iso": 276}, "IT": {"iso": 380}})
    {'keys_as': 'key'}
    >>> find_json_shape({"base": "EUR", "rates": {"USD": 1.1, "JPY": 160, "SEK": 11, "CHF": 0.9,
    ...                                           "NOK": 11.2}})
    {'records': 'rates', 'keys_as': 'key', 'values_as': 'value'}
    >>> find_json_shape({"name": "Zoé", "tags": ["a"]})
    {'single_record': True}
    """
    listing = None if isinstance(document, list) else find_listing(document)
    if listing is None:
        return {}
    entries = max(_find_entries(document, "", 0), key=lambda one: one.records, default=None)
    if entries is None:
        return {"single_record": True} if listing.single else {"records": listing.path}
    # A list within an entry is a field of one record.
    is_within = not entries.path or f"{listing.path}.".startswith(f"{entries.path}.")
    if not listing.single and not is_within and len(listing.records) > entries.records:
        return {"records": listing.path}
    return _write(entries)


def _write(entries: Entries) -> dict[str, Any]:
    taken = entries.fields or frozenset()
    key, value = next((pair for pair in _FIELD_NAMES if pair[0] not in taken), _FIELD_NAMES[0])
    found: dict[str, Any] = {"records": entries.path} if entries.path else {}
    found["keys_as"] = key
    if entries.fields is None:
        found["values_as"] = value
    return found


def _find_entries(document: Any, path: str, depth: int) -> Iterator[Entries]:
    """The outermost objects that hold records under their keys."""
    if not isinstance(document, Mapping) or depth > DEEPEST:
        return
    if found := _as_entries(document, path):
        yield found
        return
    for key, value in document.items():
        if "." not in key:
            yield from _find_entries(value, f"{path}.{key}" if path else key, depth + 1)


def _as_entries(document: Mapping[str, Any], path: str) -> Entries | None:
    values = list(islice(document.values(), LOOKED_AT))
    if len(values) < FEWEST_ENTRIES:
        return None
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        # The fields of one record may be numbers too; words of one form are data.
        if not path or len(values) < FEWEST_NUMBERS or not _have_one_form(document):
            return None
        return Entries(path=path, records=len(document), fields=None)
    records = [one for value in values for one in (value if isinstance(value, list) else [value])]
    if not records or not all(isinstance(one, Mapping) and one for one in records):
        return None
    fields = Counter(name for one in records for name in one)
    usual = sum(count == len(records) for count in fields.values())
    if usual < ALIKE * len(fields) or (usual < 2 and not _have_one_form(document)):
        return None
    return Entries(path=path, records=len(document), fields=frozenset(fields))


def _have_one_form(document: Mapping[str, Any]) -> bool:
    """Whether all keys are written alike: codes of one length, numbers, days.

    >>> _have_one_form({"USD": 1, "JPY": 2}), _have_one_form({"width": 1, "height": 2})
    (True, False)
    """
    return len({_form_of(key) for key in islice(document, LOOKED_AT)}) == 1


def _form_of(key: str) -> str:
    if key.isdigit():
        return "0"
    return re.sub("[a-z]", "a", re.sub("[A-Z]", "A", re.sub("[0-9]", "0", key)))
