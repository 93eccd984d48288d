"""Items that are made while their predecessors are used."""

import threading
from collections.abc import Iterator

import pytest

from medallion.sources.base.read_ahead import read_ahead


def test_items_come_in_their_order_each_made_while_the_one_before_is_used() -> None:
    began = [threading.Event() for _ in range(4)]

    def make() -> Iterator[int]:
        for number, event in enumerate(began):
            event.set()
            yield number

    for item in read_ahead(make()):
        if item < 3:
            assert began[item + 1].wait(60)
    assert list(read_ahead(iter([]))) == []


def test_an_error_comes_where_its_item_would() -> None:
    def make() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    items = read_ahead(make())
    assert next(items) == 1
    with pytest.raises(ValueError, match="no more"):
        next(items)


def test_whoever_stops_early_waits_for_the_item_that_is_being_made() -> None:
    begun, go, made = threading.Event(), threading.Event(), threading.Event()

    def make() -> Iterator[int]:
        yield 1
        begun.set()
        assert go.wait(60)
        made.set()
        yield 2

    items = read_ahead(make())
    next(items)
    assert begun.wait(60)
    threading.Timer(0.05, go.set).start()
    items.close()
    assert made.is_set()
