"""Objects of JSON that have a key more than once: to one reader it means its first value, to
another its last. So nothing is read from behind such a key; as a text the object stays as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

Pairs = Sequence[tuple[str, Any]]


class KeyTwice(dict[str, Any]):
    """An object with a repeated key. Written as JSON again it has every pair."""

    def __init__(self, pairs: Pairs) -> None:
        super().__init__(pairs)
        self._pairs = list(pairs)
        count = Counter(key for key, _ in pairs)
        self.twice = frozenset(key for key in count if count[key] > 1)

    def items(self) -> Any:
        """Every pair, in their order: a list, which is all that json asks for."""
        return self._pairs


def json_object(pairs: Pairs) -> dict[str, Any]:
    """For `json.loads(…, object_pairs_hook=json_object)`.

    >>> import json
    >>> found = json.loads('{"a": {"k": 1, "k": 2}}', object_pairs_hook=json_object)
    >>> json.dumps(found)
    '{"a": {"k": 1, "k": 2}}'
    """
    found = dict(pairs)
    return found if len(found) == len(pairs) else KeyTwice(pairs)


def key_twice_on(document: Any, path: str) -> str | None:
    """The first key on a dotted path that its object has more than once. A key may hold dots.

    >>> key_twice_on(json_object([("a", KeyTwice([("b", 1), ("b", 2)]))]), "a.b")
    'b'
    """
    if not isinstance(document, Mapping):
        return None
    twice = document.twice if isinstance(document, KeyTwice) else frozenset()
    if path in document:
        return path if path in twice else None
    name, dot, rest = path.partition(".")
    if not dot or name not in document:
        return None
    return name if name in twice else key_twice_on(document[name], rest)
