"""Where the nodes of a graph are drawn, from left to right: few crossings, short edges.

Sugiyama's method: each node gets a rank right of all that it comes from, an edge over several ranks
gets a bend in each, ranks are ordered by the places of their neighbours, and heights follow from
the neighbours' again. Parts of the graph that have nothing in common are drawn below one another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

from medallion.catalogue.ranks import Edge, ranks, without_circles

WIDTH, HEIGHT = 230.0, 46.0
"""Of a node, in pixels of the drawing."""
GAP_X, GAP_Y, BEND = 80.0, 14.0, 12.0
_SWEEPS = 8

Point = tuple[float, float]
_Bend = tuple[str, str, int]
_Spot = str | _Bend
"""A node, or the place where an edge passes a rank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A drawing's size, the left upper corner of each node, and the points that each edge passes,
    from the right side of the one node to the left side of the other."""

    width: float
    height: float
    corners: Mapping[str, Point]
    lines: Mapping[Edge, Sequence[Point]]


@lru_cache(maxsize=16)
def lay_out(nodes: tuple[str, ...], edges: tuple[Edge, ...]) -> Layout:
    """Place every node. An edge that closes a circle is drawn from right to left. Layouts are kept:
    one of 1,000 nodes takes some 0.2 s, and states change more often than lineage does.

    Args:
        nodes: in the order that decides where nothing else does.
        edges: pairs of them.
    """
    forward = defaultdict(list)
    for before, after in dict.fromkeys(edges):
        if before != after:
            forward[before].append(after)
    corners: dict[str, Point] = {}
    lines: dict[Edge, Sequence[Point]] = {}
    top = width = 0.0
    for part in _parts(nodes, forward):
        placed = _Part(part, forward)
        corners |= {n: (x - WIDTH / 2, y - HEIGHT / 2 + top) for n, (x, y) in placed.nodes()}
        lines |= {edge: [(x, y + top) for x, y in line] for edge, line in placed.lines()}
        top += placed.height + GAP_Y
        width = max(width, placed.width)
    return Layout(width=width, height=max(0.0, top - GAP_Y), corners=corners, lines=lines)


def _parts(nodes: Sequence[str], forward: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The connected parts, the largest first."""
    beside = defaultdict(list)
    for before, afters in forward.items():
        for after in afters:
            beside[before].append(after)
            beside[after].append(before)
    found, seen = [], set[str]()
    for node in nodes:
        if node in seen:
            continue
        part, todo = [], [node]
        seen.add(node)
        while todo:
            part.append(one := todo.pop())
            todo += (new := [other for other in beside[one] if other not in seen])
            seen.update(new)
        found.append(part)
    return sorted(found, key=len, reverse=True)


class _Part:
    """One connected part."""

    def __init__(self, nodes: Sequence[str], forward: Mapping[str, Sequence[str]]) -> None:
        self._edges, self._turned = without_circles(nodes, forward)
        self._rank = ranks(nodes, self._edges)
        self._before: dict[_Spot, list[_Spot]] = defaultdict(list)
        self._after: dict[_Spot, list[_Spot]] = defaultdict(list)
        self._ranks: list[list[_Spot]] = [[] for _ in range(max(self._rank.values()) + 1)]
        for node in nodes:
            self._ranks[self._rank[node]].append(node)
        self._chains = {edge: self._chain(edge) for edge in self._edges}
        self._order()
        self._y = self._heights()
        self.height = max(self._y[n] for n in nodes) + HEIGHT / 2
        self.width = len(self._ranks) * (WIDTH + GAP_X) - GAP_X

    def nodes(self) -> Iterator[tuple[str, Point]]:
        """Each node with its middle."""
        return ((node, (self._x(rank), self._y[node])) for node, rank in self._rank.items())

    def lines(self) -> Iterator[tuple[Edge, list[Point]]]:
        """Each edge with the corners of its line. One that was turned around, to break a circle, is
        drawn in its own direction."""
        for edge, chain in self._chains.items():
            points = []
            for rank, spot in enumerate(chain, self._rank[edge[0]]):
                x, y = self._x(rank), self._y[spot]
                points += [(x - WIDTH / 2, y), (x + WIDTH / 2, y)]
            line = points[1:-1]
            before, after = edge
            yield ((after, before), line[::-1]) if edge in self._turned else (edge, line)

    def _x(self, rank: int) -> float:
        return WIDTH / 2 + rank * (WIDTH + GAP_X)

    def _chain(self, edge: Edge) -> list[_Spot]:
        """An edge's nodes, with a bend in each rank between them."""
        before, after = edge
        bends: list[_Spot] = []
        for rank in range(self._rank[before] + 1, self._rank[after]):
            bends.append((before, after, rank))
            self._ranks[rank].append(bends[-1])
        chain: list[_Spot] = [before, *bends, after]
        for one, other in pairwise(chain):
            self._after[one].append(other)
            self._before[other].append(one)
        return chain

    def _order(self) -> None:
        """Order each rank by the mean place of its neighbours, to and fro; the best order stays."""
        best, fewest = [list(rank) for rank in self._ranks], self._crossings()
        for sweep in range(_SWEEPS):
            onwards = sweep % 2 == 0
            beside = self._before if onwards else self._after
            for fixed, moved in pairwise(self._ranks if onwards else self._ranks[::-1]):
                place = {spot: at for at, spot in enumerate(fixed)}
                now = {spot: at for at, spot in enumerate(moved)}
                moved.sort(key=lambda s: _mean([place[o] for o in beside[s]], now[s]))
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(rank) for rank in self._ranks], crossings
        self._ranks = best

    def _crossings(self) -> int:
        found = 0
        for left, right in pairwise(self._ranks):
            place = {spot: at for at, spot in enumerate(right)}
            ends = [at for spot in left for at in sorted(place[o] for o in self._after[spot])]
            found += _inversions(ends)
        return found

    def _heights(self) -> dict[_Spot, float]:
        """The middle of each spot: as near to its neighbours' as the order and the gaps allow."""
        y: dict[_Spot, float] = {}
        offsets = [list(accumulate(map(_room, [None, *rank], rank))) for rank in self._ranks]
        for rank, offset in zip(self._ranks, offsets, strict=True):
            y |= zip(rank, offset, strict=True)
        for sweep in range(_SWEEPS):
            beside = (self._before, self._after)[sweep % 2]
            for rank, offset in zip(self._ranks, offsets, strict=True):
                wanted = [_mean([y[o] for o in beside[spot]], y[spot]) for spot in rank]
                y |= zip(rank, _near(wanted, offset), strict=True)
        first = min(y.values()) - HEIGHT / 2
        return {spot: place - first for spot, place in y.items()}


def _room(one: _Spot | None, other: _Spot | None) -> float:
    """The distance that two spots of a rank keep, from middle to middle."""
    if one is None:
        return 0.0
    sizes = [HEIGHT if isinstance(spot, str) else BEND for spot in (one, other)]
    return sum(sizes) / 2 + GAP_Y


def _mean(places: Sequence[float], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def _near(wanted: Sequence[float], offsets: Sequence[float]) -> list[float]:
    """The places nearest to those wanted (least squares) that keep the order and the distances:
    neighbours that would overlap move as one block (pool adjacent violators).

    >>> _near([5.0, 5.0, 100.0], [0.0, 10.0, 20.0])
    [0.0, 10.0, 100.0]
    """
    blocks: list[list[float]] = []  # sum, count
    for want, offset in zip(wanted, offsets, strict=True):
        blocks.append([want - offset, 1.0])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] > blocks[-1][0] * blocks[-2][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    means = [total / count for total, count in blocks for _ in range(int(count))]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _inversions(values: Sequence[int]) -> int:
    """How many pairs are in the wrong order: the crossings between two ranks.

    >>> _inversions([2, 1, 3, 0])
    4
    """
    size = max(values, default=0) + 1
    counts = [0] * (size + 1)  # a Fenwick tree
    found = 0
    for seen, value in enumerate(values):
        at, smaller = value + 1, 0
        while at:
            smaller += counts[at]
            at &= at - 1
        found += seen - smaller
        at = value + 1
        while at <= size:
            counts[at] += 1
            at += at & -at
    return found
