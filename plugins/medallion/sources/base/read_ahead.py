"""Makes the next item while the one before it is used: on two cores, both at once."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def read_ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """The items in their order, each made by a thread while its predecessor is used.

    What `items` raises is raised where its item would come. Close it where the reading may end
    before: the item that is being made is waited for, so that nothing is read from any more.
    """
    end = object()
    with ThreadPoolExecutor(1, "medallion-read") as pool:
        coming = pool.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = pool.submit(next, items, end)
            yield item  # type: ignore[misc]  # not the end
