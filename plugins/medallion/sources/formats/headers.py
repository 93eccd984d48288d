"""The names of a table's columns, from the rows of its header."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def column_names(header: Sequence[str]) -> tuple[str, ...]:
    """A name for each cell of a header: one that is empty is `column_<number>`, and of one that
    occurs again the second is `<name>_2`; a number that another column has is passed over.

    >>> column_names(["id", "", "amount", " amount ", "amount_2"])
    ('id', 'column_2', 'amount', 'amount_3', 'amount_2')
    """
    return distinct([name.strip() or f"column_{at}" for at, name in enumerate(header, start=1)])


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, with a number after each that occurred before."""
    taken, seen = set(names), set[str]()
    numbers: dict[str, int] = {}
    found: list[str] = []
    for name in names:
        one = name
        while one in seen or (one != name and one in taken):
            numbers[name] = numbers.get(name, 1) + 1
            one = f"{name}_{numbers[name]}"
        seen.add(one)
        found.append(one)
    return tuple(found)


def join_headers(rows: Sequence[Sequence[str]]) -> list[str]:
    """Several rows of a header as one. An empty cell of an upper row has the name to its left, as
    merged cells come out; a column's names are joined with a blank.

    >>> join_headers([["", "2025", "", "2026", ""], ["Region", "Units", "Total", "Units", "Total"]])
    ['Region', '2025 Units', '2025 Total', '2026 Units', '2026 Total']
    """
    width = max(map(len, rows))
    *upper, last = ([*row, *[""] * (width - len(row))] for row in rows)
    levels = [*map(_spread, upper), [cell.strip() for cell in last]]
    return [" ".join(filter(None, names)) for names in zip(*levels, strict=True)]


def _spread(cells: Iterable[str]) -> list[str]:
    found: list[str] = []
    for cell in cells:
        found.append(cell.strip() or (found[-1] if found else ""))
    return found
