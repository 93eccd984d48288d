"""Where the nodes of the lineage graph stand."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import pytest

from medallion.catalogue.layout import GAP_Y, HEIGHT, WIDTH, Layout, lay_out
from medallion.catalogue.ranks import Edge


def edges_of(text: str) -> tuple[Edge, ...]:
    """`a-b b-c`: the edges from a to b and from b to c."""
    return tuple((one[0], one[2]) for one in text.split())


def crossings(layout: Layout) -> int:
    """How often lines between the same two columns cross."""
    steps = [
        pair for line in layout.lines.values() for pair in zip(line[::2], line[1::2], strict=True)
    ]
    return sum(
        one[0][0] == other[0][0] and (one[0][1] - other[0][1]) * (one[1][1] - other[1][1]) < 0
        for one, other in combinations(steps, 2)
    )


def test_a_node_stands_right_of_all_that_it_comes_from() -> None:
    layout = lay_out(tuple("abcd"), edges_of("a-b b-c a-c d-c"))
    x = {node: corner[0] for node, corner in layout.corners.items()}
    assert x["a"] < x["b"] < x["c"]
    assert x["d"] == x["b"], "a source stands just left of its reader"
    assert layout.lines["a", "c"][0] == (x["a"] + WIDTH, pytest.approx(y_of(layout, "a")))
    assert layout.lines["a", "c"][-1] == (x["c"], pytest.approx(y_of(layout, "c")))


def y_of(layout: Layout, node: str) -> float:
    return layout.corners[node][1] + HEIGHT / 2


def test_no_two_nodes_overlap_and_all_are_on_the_drawing() -> None:
    chosen = random.Random(7)
    nodes = tuple(f"n{n}" for n in range(120))
    edges = tuple((f"n{chosen.randrange(n)}", f"n{n}") for n in range(1, 120) for _ in range(2))
    layout = lay_out(nodes, edges)
    columns: dict[float, list[float]] = {}
    for x, y in layout.corners.values():
        assert 0 <= x <= layout.width - WIDTH
        assert 0 <= y <= layout.height - HEIGHT
        columns.setdefault(x, []).append(y)
    for tops in columns.values():
        tops.sort()
        gaps = [later - earlier for earlier, later in pairwise(tops)]
        assert all(gap >= HEIGHT + GAP_Y - 1e-6 for gap in gaps)


def test_the_order_avoids_crossings() -> None:
    assert crossings(lay_out(tuple("abcdef"), edges_of("a-f b-e c-d a-e"))) == 0


def test_parts_with_nothing_in_common_stand_below_one_another() -> None:
    layout = lay_out(tuple("abcde"), edges_of("a-b c-d d-e"))
    assert max(y_of(layout, n) for n in "cde") < min(y_of(layout, n) for n in "ab")


def test_a_circle_is_drawn_back() -> None:
    layout = lay_out(tuple("abc"), edges_of("a-b b-c c-a"))
    assert layout.lines["c", "a"][0][0] > layout.lines["c", "a"][-1][0]
    assert set(layout.lines) == {("a", "b"), ("b", "c"), ("c", "a")}


def test_nothing_takes_no_room() -> None:
    assert (lay_out((), ()).width, lay_out((), ()).height) == (0, 0)
    assert lay_out(("a",), (("a", "a"),)).corners == {"a": (0, 0)}
