"""Words in a source's path and parameters: the data interval's, the cursor's, and names in braces
for a parent's values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from medallion.sources.base.interval_words import WORDS
from medallion.sources.rest.cursor_words import is_cursor_word

_MEANT = re.compile(r":((?:data_interval|cursor)\w*)")
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def unknown_words(text: str, *, cursor: bool = True) -> list[str]:
    """Words that look like the interval's (or, with `cursor`, the cursor's) and are not known.

    >>> unknown_words("since :data_interval_begin", cursor=False)
    ['data_interval_begin']
    """
    meant = _MEANT.findall(text)
    return [word for word in meant if word not in WORDS and not (cursor and is_cursor_word(word))]


def places(texts: Iterable[str]) -> list[str]:
    """The names in braces.

    >>> places(["orders/{order_id}/items"])
    ['order_id']
    """
    return [name for text in texts for name in _PLACE.findall(text)]


def place_values(text: str, values: Mapping[str, str]) -> str:
    """A text with the names in braces replaced; a value's own braces and words stay what they are.

    >>> place_values("orders/{order_id}/items", {"order_id": "7"})
    'orders/7/items'
    """
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)
