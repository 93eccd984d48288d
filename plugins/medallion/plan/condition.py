"""Which tables have to be published before a pipeline without a clock runs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from medallion.names import TableName

Word = Literal["all", "any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """All, or any, of some tables and of other conditions: at least one.

    >>> a, b, c = (TableName("gold_shop", name) for name in "abc")
    >>> str(Condition(word="all", of=(a, Condition(word="any", of=(b, c)))))
    'all of gold_shop.a, (any of gold_shop.b, gold_shop.c)'
    """

    word: Word
    of: tuple[TableName | Condition, ...]

    def __str__(self) -> str:
        if len(self.of) == 1:
            return str(self.of[0])
        parts = (str(one) if isinstance(one, TableName) else f"({one})" for one in self.of)
        return f"{self.word} of {', '.join(parts)}"

    def tables(self) -> tuple[TableName, ...]:
        """The tables in it, in its order, each once."""
        return tuple(dict.fromkeys(self._walk()))

    def _walk(self) -> Iterator[TableName]:
        for one in self.of:
            if isinstance(one, Condition):
                yield from one._walk()
            else:
                yield one

    def without(self, ended: Collection[TableName]) -> Condition | None:
        """What is left where some tables will not come any more: nothing waits for them; None:
        all of them have ended.

        >>> a, b, c = (TableName("gold_shop", name) for name in "abc")
        >>> either = Condition(word="any", of=(b, c))
        >>> str(Condition(word="all", of=(a, either)).without([b, c]))
        'gold_shop.a'
        """
        left: list[TableName | Condition] = []
        for one in self.of:
            if isinstance(one, Condition):
                if (kept := one.without(ended)) is not None:
                    left.append(kept)
            elif one not in ended:
                left.append(one)
        return Condition(word=self.word, of=tuple(left)) if left else None

    def rename(self, name: Callable[[TableName], TableName]) -> Condition:
        """The same of other tables."""
        return Condition(
            word=self.word,
            of=tuple(
                one.rename(name) if isinstance(one, Condition) else name(one) for one in self.of
            ),
        )
