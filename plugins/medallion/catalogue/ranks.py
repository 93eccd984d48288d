"""Which column each node of a graph is drawn in, whatever circles it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

Edge = tuple[str, str]


def without_circles(
    nodes: Sequence[str], forward: Mapping[str, Sequence[str]]
) -> tuple[list[Edge], set[Edge]]:
    """The edges, those that close a circle turned; and which of them are turned."""
    edges: dict[Edge, None] = {}
    turned: set[Edge] = set()
    state: dict[str, bool] = {}  # True: the walk is still in it
    for start in nodes:
        if start in state:
            continue
        walk = [(start, iter(forward.get(start, ())))]
        state[start] = True
        while walk:
            node, afters = walk[-1]
            after = next(afters, None)
            if after is None:
                state[node] = False
                walk.pop()
            elif state.get(after):
                if (after, node) not in edges:
                    turned.add((after, node))
                edges[after, node] = None
            else:
                edges[node, after] = None
                turned.discard((node, after))
                if after not in state:
                    state[after] = True
                    walk.append((after, iter(forward.get(after, ()))))
    return list(edges), turned


def ranks(nodes: Sequence[str], edges: Iterable[Edge]) -> dict[str, int]:
    """Columns from 0: a node stands right of what it comes from, a source left of its reader."""
    before, after = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for one, other in edges:
        before[other].append(one)
        after[one].append(other)
    waits = {node: len(before[node]) for node in nodes}
    ready = [node for node in nodes if not waits[node]]
    rank: dict[str, int] = dict.fromkeys(nodes, 0)
    for node in ready:  # it grows
        for other in after[node]:
            rank[other] = max(rank[other], rank[node] + 1)
            waits[other] -= 1
            if not waits[other]:
                ready.append(other)
    for node in nodes:
        if not before[node] and after[node]:
            rank[node] = min(rank[other] for other in after[node]) - 1
    return rank
