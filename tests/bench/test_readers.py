from __future__ import annotations

import pytest

from bench import readers


def answer(*milliseconds: float, lost: int = 0, errors: tuple[str, ...] = ()) -> dict[str, object]:
    """What a reader's process says: of each query its time, and what it ran and queued of that."""
    queries = [[whole, whole / 2, whole / 4] for whole in milliseconds]
    return {"queries": queries, "lost": lost, "errors": list(errors)}


def test_the_times_between_publications_count_as_one() -> None:
    times = [float(number) for number in range(1, 1_001)]
    whole = readers._sum_up([answer(*times, lost=3, errors=("a", "b"))])
    parts = [
        answer(*times[::2], lost=1, errors=("a",)),
        answer(*times[1::2], lost=2, errors=("b",)),
    ]
    assert readers._sum_up(parts) == whole
    assert whole["queries"] == 1_000
    assert whole["p99"] == pytest.approx(990, abs=1)
    assert whole["slow"]["ms"] == pytest.approx(995.5, abs=1)
    assert whole["slow"]["rest"] == pytest.approx(whole["slow"]["ms"] / 4)


def test_publications_come_at_their_moments_and_their_part_ends_with_a_pause() -> None:
    slept: list[float] = []
    with pytest.MonkeyPatch.context() as patched:
        now = iter(range(100))
        patched.setattr(readers.time, "monotonic", lambda: float(next(now)))
        patched.setattr(readers.time, "sleep", slept.append)
        assert list(readers._paced(range(3, 5), 10.0)) == [3, 4]
    assert len(slept) == 3, "before each, and after the last"
    assert slept[0] == 0
    assert min(slept[1:]) > 0
