"""The layouts of a pattern's files as one: equal ones, or ones whose columns are united by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from medallion.errors import SourceRefused
from medallion.records import RecordLayout

MOST_LISTED = 5
_FACTS = ("columns", "types", "delimiter", "quote", "encoding", "compression", "sheet")

Layouts = Mapping[RecordLayout, Sequence[str]]
"""By layout, the files that have it, in the order in which they were landed."""


def one_layout(layouts: Layouts, *, by_name: bool) -> RecordLayout:
    """The layout of all files; `by_name` accepts different columns: it has those of all, in the
    order in which they first appear.

    Raises:
        SourceRefused: two files are laid out differently.
    """
    first, *others = layouts
    for other in others:
        alike = replace(other, columns=first.columns, types=first.types)
        if not by_name or alike != first:
            raise _unlike((first, layouts[first][0]), (other, layouts[other][0]), by_name)
    return _unite(layouts)


def layout_of_several(
    layouts: Mapping[tuple[int, RecordLayout], Sequence[str]], *, by_name: bool
) -> RecordLayout:
    """The layout of a landing whose files are laid out in several ways that the spec lists, each by
    its number: it has the columns of all, and each part is read by a layout of its own.

    Raises:
        SourceRefused: two files of one way have different columns, and not `by_name`.
    """
    of_number: dict[int, tuple[RecordLayout, str]] = {}
    for (number, layout), files in layouts.items():
        first, file = of_number.setdefault(number, (layout, files[0]))
        if not by_name and layout.columns != first.columns:
            raise _unlike((first, file), (layout, files[0]), by_name)
    return _unite({layout: files for (_, layout), files in layouts.items()})


def _unite(layouts: Layouts) -> RecordLayout:
    """The first one, with the columns of all."""
    columns = tuple(_all_columns(layouts))
    types = _types(layouts)
    first = next(iter(layouts))
    return replace(first, columns=columns, types=tuple(types[one] for one in columns if types))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What one header has that those before it had not, and what it lacks of all."""

    files: tuple[str, ...]
    """The first that have it."""
    more_files: int
    new: tuple[str, ...]
    missing: tuple[str, ...]

    def line(self) -> str:
        """It as a sentence for the log."""
        more = f" and {self.more_files} more" if self.more_files else ""
        said = {"new columns": self.new, "without": self.missing}
        changes = (f"{what} {', '.join(map(repr, names))}" for what, names in said.items() if names)
        return f"{', '.join(self.files)}{more}: {'; '.join(changes)}"


def drift(layouts: Layouts) -> list[Drift]:
    """The headers that differ, in the order of the files; nothing is new in the first."""
    columns = _all_columns(layouts)
    known = frozenset(next(iter(layouts)).columns)
    headers: dict[tuple[str, ...], list[str]] = {}
    for layout, files in layouts.items():
        headers.setdefault(layout.columns, []).extend(files)
    found: list[Drift] = []
    for header, with_it in headers.items():
        one = Drift(
            files=tuple(with_it[:MOST_LISTED]),
            more_files=max(len(with_it) - MOST_LISTED, 0),
            new=tuple(name for name in header if name not in known),
            missing=tuple(name for name in columns if name not in header),
        )
        known |= set(header)
        if one.new or one.missing:
            found.append(one)
    return found


def _types(layouts: Layouts) -> dict[str, str]:
    """The type of each column, where values have types of their own: one, in all files.

    Raises:
        SourceRefused: of one column two files hold different types.
    """
    found: dict[str, tuple[str, str]] = {}
    for layout, files in layouts.items():
        for name, held in zip(layout.columns, layout.types, strict=False):
            before, file = found.setdefault(name, (held, files[0]))
            if before != held:
                raise SourceRefused(
                    f"{files[0]}: its column {name!r} is {held}; in {file} it is {before}",
                    remedy="have the files written with one type a column, or make two datasets of "
                    "them",
                )
    return {name: held for name, (held, _) in found.items()}


def _all_columns(layouts: Layouts) -> dict[str, None]:
    return dict.fromkeys(name for layout in layouts for name in layout.columns)


def _unlike(
    one: tuple[RecordLayout, str], other: tuple[RecordLayout, str], by_name: bool
) -> SourceRefused:
    """What two files differ in."""
    facts = _FACTS[2:] if by_name else _FACTS
    for what in facts:
        ours, theirs = (_display(getattr(layout, what)) for layout, _ in (other, one))
        if ours != theirs:
            break
    declare = "" if what in ("columns", "types") else f"declare `{what}`, "
    unite = "" if what == "types" else "list the `layouts` that the files have, "
    if what == "columns":
        unite = "say `union_by_name: true` if they may differ, "
    return SourceRefused(
        f"{other[1]} is not laid out as {one[1]}: its {what}: {ours}; there: {theirs}",
        remedy=f"{declare}{unite}fix the file, make the pattern narrower, or make two datasets of "
        "them",
    )


def _display(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
