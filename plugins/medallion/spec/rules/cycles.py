"""Cycles among things that wait for each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter


def cycles(edges: Mapping[str, Collection[str]]) -> Iterator[tuple[str, ...]]:
    """One cycle after another until none is left: (a, b) if a waits for b and b for a.

    Cycles of one group of nodes may share edges: each is reported with its last edge removed. A
    cycle starts with its smallest name.

    >>> list(cycles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}))
    [('a', 'b', 'c')]
    """
    left = {node: set(waits_for) for node, waits_for in edges.items()}
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            # graphlib tells it from what is waited for to what waits, closed.
            found = list(reversed(error.args[1][1:]))
            first = found.index(min(found))
            cycle = (*found[first:], *found[:first])
            left[cycle[-1]].discard(cycle[0])
            yield cycle
        else:
            return
