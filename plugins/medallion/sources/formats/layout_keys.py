"""What an author may say of files of one pattern that are laid out in several ways: each way is
known by names in the header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from medallion.model import SpecModel
from medallion.sources.base.source import KeyProblem
from medallion.sources.formats.table_keys import (
    DialectKeys,
    HeaderRowKeys,
    RowKeys,
    TextKeys,
)

if TYPE_CHECKING:
    from medallion.sources.formats.file_format import KeyRule

MOST_LAYOUTS = 50


class LayoutSpec(RowKeys, HeaderRowKeys, TextKeys, DialectKeys):
    """One way in which files of a pattern are laid out. What it does not say is as the source says,
    or is detected in each file."""

    header_has: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...],
        Field(strict=False, min_length=1, max_length=100),
    ]
    """Files whose header has all of these names are laid out so: [Ref, Montant]."""

    def keys(self) -> dict[str, Any]:
        """What it says of a file."""
        said = self.model_fields_set - {"header_has"}
        return {key: getattr(self, key) for key in sorted(said)}


class LayoutsKeys(SpecModel):
    """The key of formats whose files name their columns in a row."""

    layouts: tuple[LayoutSpec, ...] = Field(default=(), strict=False, max_length=MOST_LAYOUTS)
    """csv, excel: the ways in which the files of a pattern are laid out. A file is read by the
    first one whose `header_has` is in its header; the table has the columns of all."""


def with_layout(source: Any, layout: LayoutSpec) -> Any:
    """A source as it is for the files of one of its layouts."""
    return source.model_copy(update={**layout.keys(), "layouts": ()})


def table_layouts(said: Any) -> Iterator[KeyProblem]:
    """Layouts are known by their headers, and no file is of a layout that another one hides."""
    if said.layouts and said.column_names:
        yield KeyProblem(
            key="layouts",
            problem="files without a header have no names to be known by",
            remedy="remove `layouts`, or `header: false`",
        )
    for at, layout in enumerate(said.layouts):
        for number, before in enumerate(said.layouts[:at], start=1):
            if _hides(before, layout):
                yield KeyProblem(
                    key="layouts",
                    within=(at, "header_has"),
                    problem=f"each file with these names is read by layout {number}, which comes "
                    "before it and asks for no other name",
                    remedy="put the layout with more names first",
                )
                break


def _hides(before: LayoutSpec, layout: LayoutSpec) -> bool:
    """Whether what is found of a header by the one is found by the other, too."""
    alike = all(
        getattr(before, key) == getattr(layout, key)
        or (key == "delimiter" and not before.delimiter)
        for key in ("delimiter", "skip_rows", "header_row", "comment")
    )
    return alike and set(before.header_has) <= set(layout.header_has)


def layout_problems(said: Any, rules: Sequence[KeyRule]) -> Iterator[KeyProblem]:
    """What the rules of a format find in each layout, together with what the source says."""
    own = {problem.key for rule in rules for problem in rule(said)}
    for at, layout in enumerate(said.layouts):
        whole = with_layout(said, layout)
        for problem in (found for rule in rules for found in rule(whole)):
            if problem.key not in own:
                key = problem.key if problem.key in layout.model_fields_set else ""
                yield replace(problem, key="layouts", within=(at, key) if key else (at,))


def text_in_layouts(said: Any) -> Iterator[KeyProblem]:
    """A layout of a workbook says nothing of text: a sheet has neither delimiter nor encoding."""
    of_text = {*TextKeys.model_fields, *DialectKeys.model_fields}
    for at, layout in enumerate(said.layouts):
        for key in sorted(layout.model_fields_set & of_text):
            yield KeyProblem(
                key="layouts",
                within=(at, key),
                problem=f"{key} is for text, and a sheet is a table of cells",
                remedy="remove it",
            )
