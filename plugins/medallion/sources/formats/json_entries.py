"""A record out of an entry of a JSON object: what is under a key, with the key among its fields."""

from __future__ import annotations

import json

from medallion.errors import SourceRefused

KEYS_AS, VALUES_AS = "keys_as", "values_as"


def make_record(key: str, value: bytes, own: dict[str, str], name: str) -> bytes:
    r"""A record as it is spelled, with its key as the first field.

    >>> make_record("FR", b'{"population": 68.0}', {"keys_as": "country"}, "a.json")
    b'{"country":"FR","population": 68.0}'
    >>> make_record("USD", b"1.0850", {"keys_as": "currency", "values_as": "rate"}, "a.json")
    b'{"currency":"USD","rate":1.0850}'

    What is not an object and has no name for its value is a pair, which goes to quarantine:

    >>> make_record("note", b'"draft"', {"keys_as": "country"}, "a.json")
    b'["note","draft"]'

    Args:
        key: of the entry.
        value: of the entry, as the document spells it.
        own: of the layout: the names of the two fields.
        name: of the file, for messages.

    Raises:
        SourceRefused: the value has a field of this name itself.
    """
    spelled, field = _spell(key), own[KEYS_AS]
    if VALUES_AS in own:
        return b"{%b:%b,%b:%b}" % (_spell(field), spelled, _spell(own[VALUES_AS]), value)
    if not value.startswith(b"{"):
        return b"[%b,%b]" % (spelled, value)
    if _spell(field) in value:
        _refuse_twin(key, field, value, name)
    fields = value[1:].lstrip()
    comma = b"" if fields == b"}" else b","
    return b"{%b:%b%b%b" % (_spell(field), spelled, comma, fields)


def _refuse_twin(key: str, field: str, value: bytes, name: str) -> None:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):  # goes to quarantine as it is
        return
    if field in found:
        raise SourceRefused(
            f"{name}: what is under {key[:40]!r} has a field {field!r} itself, and `keys_as` "
            "gives its key the same name",
            remedy=f"choose another name: `keys_as: {field}_key`",
        )


def _spell(text: str) -> bytes:
    return json.dumps(text).encode()
