"""`python -m medallion.sources.formats.workbook_reader`: reads sheets in a process with limited
memory.

A workbook is unpacked as a whole into a rectangle of cells, so a small file can need any amount of
memory. It is read by a process of its own with a limit, which gets a JSON object on its standard
input and answers with one on its output.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from itertools import chain, islice
from pathlib import Path
from typing import Any

from medallion.errors import SourceRefused
from medallion.prose import tally
from medallion.sources.formats.delimited_rows import MOST_KEPT, Row
from medallion.sources.formats.lost_letters import LOST
from medallion.sources.formats.normal_form import row_writer
from medallion.sources.formats.shaped_table import BEFORE, ShapedTable
from medallion.sources.formats.sheet_names import find_odd_names
from medallion.sources.formats.table_shape import TableShape
from medallion.sources.formats.workbook_area import find_row_below, read_filled_rows
from medallion.sources.formats.workbook_serials import Serials, serials

_NOT_AS_ITS_FORMAT = (LookupError, StopIteration, ValueError, SyntaxError, OSError, struct.error)
"""What the readers of a workbook's numbers raise; SyntaxError is that of XML's parser."""
FIRST_ROWS, LAST_ROWS = 1000, 40
"""What a look at a sheet shows of it."""
DIGITS_KEPT = 15
"""Of a number, by Excel: it shows zeros for the others, and saves those."""
_EXACT = 2**53
"""Whole numbers up to here are what Excel's numbers (doubles) hold exactly."""


class Refused(Exception):
    """The workbook is refused; its arguments are the problem and the remedy."""


def main() -> None:
    """Read the request, and print the answer."""
    asked = json.loads(sys.stdin.read())
    _limit_memory(asked["memory"])
    try:
        answer = look(asked) if asked["looks"] else read(asked)
    except Refused as refused:
        problem, remedy = refused.args
        answer = {"problem": problem, "remedy": remedy}
    except MemoryError:
        sys.exit(3)
    sys.stdout.write(json.dumps(answer))


def look(asked: dict[str, Any]) -> dict[str, Any]:
    """The first rows of a sheet that are not empty, and the last ones, each with its number.

    Raises:
        Refused: it is not a workbook, or has no such sheet.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    file = Path(asked["file"])
    with file.open("rb") as content:
        try:
            workbook = CalamineWorkbook.from_filelike(content)
            name = choose_sheets(workbook, asked["sheet"])[0]
            at = workbook.sheet_names.index(name)
            sheet = _Sheet(workbook.get_sheet_by_name(name), file, name, at)
            rows = (
                (number, [text_of(cell) for cell in cells])
                for number, cells in read_filled_rows(sheet, asked["area"])
            )
            head = list(islice(rows, FIRST_ROWS))
            return {"head": head, "tail": list(deque(rows, maxlen=LAST_ROWS))}
        except (CalamineError, OSError) as error:
            raise Refused(f"is not a workbook that can be read: {error}", "") from None


def read(asked: dict[str, Any]) -> dict[str, Any]:
    """The columns of one sheet or several, and their number of records; with `out`, the records are
    written there as CSV.

    Raises:
        Refused: it is not a workbook, or has no such sheet, no header, other columns on another
            sheet, or is not of its shape.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    file = Path(asked["file"])
    with file.open("rb") as content:
        try:
            workbook = CalamineWorkbook.from_filelike(content)
            names = choose_sheets(workbook, asked["sheet"])
            tables = _tables(workbook, file, names, asked)
            first = next(tables, None)
            if first is None:
                raise Refused(f"has nothing on the sheet {names[0]!r}", "fix `sheet` and `range`")
            seen = _Seen()
            rows = _all_rows(first, tables, asked["sheet_column"], seen)
            columns = _with_sheet_column(first, asked["sheet_column"])
            records = _write(asked["out"], columns, rows)
        except SourceRefused as refused:
            raise Refused(f"cannot be read: {refused.problem}", refused.remedy) from None
        except (CalamineError, OSError) as error:
            raise Refused(
                f"is not a workbook that can be read: {error}",
                "is it damaged, or of another format? Save it as .xlsx",
            ) from None
    return {
        "sheet": first.sheet,
        "columns": columns,
        "records": records,
        "left_out": seen.left_out,
        "doubts": [*seen.doubts, *find_odd_names(seen.sheets)],
        "looks": first.shaped.looks,
        "lost": [seen.lost, *seen.first_lost] if seen.lost else [],
    }


@dataclass(slots=True)
class _Seen:
    """What is found beside the records; complete once all are read."""

    left_out: Counter[str] = field(default_factory=Counter)
    doubts: list[str] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    """Those that had a table, by their names."""
    lost: int = 0
    """How often U+FFFD is in the records."""
    first_lost: tuple[str, int, str] | tuple[()] = ()
    """The sheet and the row of the first one, and the cell."""

    def add_lost(self, sheet: str, row: Row) -> None:
        """Count a row that has it."""
        cells = [cell for cell in row.fields if LOST in cell]
        self.lost += sum(cell.count(LOST) for cell in cells)
        self.first_lost = self.first_lost or (sheet, row.line, cells[0][:60])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """What is on a sheet: its columns and its records, to be read once."""

    sheet: str
    shaped: ShapedTable
    below: int | None
    """The row below its area, if it has a value in one of its columns."""
    rounded: list[int]
    """The rows with a number of more digits than Excel keeps; complete once all are read."""

    @property
    def columns(self) -> tuple[str, ...]:
        return self.shaped.columns


def _tables(
    workbook: Any, file: Path, names: Sequence[str], asked: dict[str, Any]
) -> Iterator[_Table]:
    """Those of several sheets, but for empty ones; a sheet is in memory until the next is read."""
    shape = TableShape.of(tuple(map(tuple, asked["own"])))
    for name in names:
        sheet = workbook.get_sheet_by_name(name)
        source = _Sheet(sheet, file, name, workbook.sheet_names.index(name))
        rounded: list[int] = []
        shaped = _shape(source, asked["area"], shape, name, rounded)
        if shaped is not None:
            below = find_row_below(source, asked["area"])
            yield _Table(sheet=name, shaped=shaped, below=below, rounded=rounded)
        del sheet, source, shaped  # before the next one is read


def _shape(
    sheet: _Sheet, area: str, shape: TableShape, name: str, rounded: list[int]
) -> ShapedTable | None:
    """The table from the first row on that is looked at: the header, or the first record."""
    filled_rows = read_filled_rows(sheet, area)
    above: deque[tuple[int, list[Any]]] = deque(maxlen=MOST_KEPT)
    first = next((row for row in filled_rows if not _is_above(row, shape, above)), None)
    if first is None:
        return None
    width = _width(sheet, area, first)
    rows = (_row(number, cells[:width], rounded) for number, cells in chain([first], filled_rows))
    filled = (row for row in rows if any(row.fields))
    table = ShapedTable(filled, shape, f"its sheet {name!r}", unit="row")
    passed = [Row(number, [text_of(cell) for cell in cells[:width]]) for number, cells in above]
    table.passed.add(BEFORE, passed)
    return table


def _row(number: int, cells: Sequence[Any], rounded: list[int]) -> Row:
    texts = [text_of(cell) for cell in cells]
    if max(map(len, texts), default=0) > DIGITS_KEPT and any(map(_is_rounded, cells)):
        rounded.append(number)
    return Row(number, texts)


def _is_rounded(cell: Any) -> bool:
    """Whether a cell is a whole number of more digits than Excel keeps: those behind are zeros."""
    return isinstance(cell, float) and abs(cell) >= 10**DIGITS_KEPT


def _is_above(
    row: tuple[int, list[Any]], shape: TableShape, above: deque[tuple[int, list[Any]]]
) -> bool:
    """Whether a row is above those that are looked at; then it is kept in `above`."""
    if row[0] > shape.lines_before:
        return False
    above.append(row)
    return True


def _with_sheet_column(table: _Table, sheet_column: str | None) -> list[str]:
    if sheet_column in table.columns:
        raise Refused(
            f"has {sheet_column!r} more than once in the header of the sheet {table.sheet!r}: as a "
            "column of its own, and as its `sheet_column`",
            "choose another name for `sheet_column`",
        )
    return [*table.columns, *([sheet_column] if sheet_column else [])]


def _all_rows(
    first: _Table,
    others: Iterator[_Table],
    sheet_column: str | None,
    seen: _Seen,
) -> Iterator[list[str]]:
    """The records of all sheets, each with its sheet's name if there is a column for that."""
    for table in chain([first], others):
        if table.columns != first.columns:
            raise Refused(
                f"has other columns on the sheet {table.sheet!r} than on {first.sheet!r}: "
                f"{', '.join(table.columns)}; there: {', '.join(first.columns)}",
                "make `sheet` narrower, say the `range` of the table, or fix the sheet",
            )
        for row in table.shaped.records():
            if LOST in "".join(row.fields):
                seen.add_lost(table.sheet, row)
            if not sheet_column:
                yield row.fields
            else:
                lacking = [""] * (len(table.columns) - len(row.fields))
                yield [*row.fields, *lacking, table.sheet]
        seen.sheets.append(table.sheet)
        seen.left_out.update(table.shaped.left_out)
        seen.doubts += table.shaped.find_doubts()
        if table.rounded:
            seen.doubts.append(
                f"its sheet {table.sheet!r}, row {table.rounded[0]}: a number has more than "
                f"{DIGITS_KEPT} digits, of which Excel keeps the first {DIGITS_KEPT} (so in "
                f"{tally(len(table.rounded), 'row')}): is it a code that should be a text?"
            )
        if table.below is not None:
            seen.doubts.append(
                f"its sheet {table.sheet!r}, row {table.below}: the row below `range` has values: "
                "has the table become longer?"
            )


def choose_sheets(workbook: Any, wanted: str | int | list[str | int] | None) -> list[str]:
    """The sheets that are meant, each once: by a name or number, by a pattern (`2026-*`), or by
    several of these. A pattern finds those that are shown.

    Raises:
        Refused: there is none.
    """
    found: dict[str, None] = {}
    for one in wanted if isinstance(wanted, list) else [wanted]:
        if isinstance(one, str) and is_pattern(one) and one not in workbook.sheet_names:
            _, shown = _sheet_names(workbook)
            matching = [name for name in shown if fnmatchcase(name, one)]
            if not matching:
                raise _no_sheet(workbook, f"sheet like {one!r}")
            found |= dict.fromkeys(matching)
        else:
            found[choose_sheet(workbook, one)] = None
    return list(found)


def is_pattern(sheet: str) -> bool:
    """Whether it means several sheets. Excel has no sheet with such a name.

    >>> is_pattern("2026-*"), is_pattern("Jan")
    (True, False)
    """
    return "*" in sheet or "?" in sheet


def choose_sheet(workbook: Any, wanted: str | int | None) -> str:
    """The sheet of this name or number; the first by default. Hidden sheets are found by name only.

    Raises:
        Refused: there is none.
    """
    names, shown = _sheet_names(workbook)
    if isinstance(wanted, str) and wanted in names:
        return wanted
    number = 1 if wanted is None else wanted
    if isinstance(number, int) and 1 <= number <= len(shown):
        return shown[number - 1]
    raise _no_sheet(workbook, f"sheet {wanted!r}" if wanted is not None else "sheet that is shown")


def _sheet_names(workbook: Any) -> tuple[list[str], list[str]]:
    """The names of all sheets with cells, and of those that are shown."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    sheets = [s for s in workbook.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
    shown = [str(sheet.name) for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
    return [str(sheet.name) for sheet in sheets], shown


def _no_sheet(workbook: Any, what: str) -> Refused:
    names, shown = _sheet_names(workbook)
    hidden = [name for name in names if name not in shown]
    listed = ", ".join(map(repr, shown)) or "none"
    more = f"; hidden, to be named: {', '.join(map(repr, hidden))}" if hidden else ""
    return Refused(f"has no {what}; its sheets: {listed}{more}", "fix `sheet`")


class _Sheet:
    """A sheet whose times are held against the numbers behind them."""

    def __init__(self, sheet: Any, file: Path, name: str, at: int) -> None:
        self.start = sheet.start
        self._sheet = sheet
        self._file = file
        self._name = name
        self._at = at
        self._serials: Serials | None = None

    def iter_rows(self) -> Iterator[list[Any]]:
        """Each row from the sheet's first, its cells from the first column that has any."""
        for number, row in enumerate(self._sheet.iter_rows()):
            if any(isinstance(cell, time) for cell in row):
                yield [self._find_meant(number, at, cell) for at, cell in enumerate(row)]
            else:
                yield row

    def _find_meant(self, row: int, at: int, cell: Any) -> Any:
        if not isinstance(cell, time):
            return cell
        if self._serials is None:
            self._serials = self._read_serials()
        found = self._serials.find_meant(row, self.start[1] + at)
        return cell if found is None else found

    def _read_serials(self) -> Serials:
        try:
            return serials(self._file, self._name, self._at)
        except _NOT_AS_ITS_FORMAT as error:
            raise Refused(
                f"has times on the sheet {self._name!r} whose numbers cannot be read: {error!r}",
                "save it again as .xlsx",
            ) from None


def text_of(value: Any) -> str:
    """A cell's value as text: numbers as Excel shows them, dates and times in ISO 8601.

    >>> [text_of(value) for value in (1.0, 0.1 + 0.2, 1e20, True, timedelta(hours=30), "007")]
    ['1', '0.3', '100000000000000000000', 'true', '30:00:00', '007']
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        rounded = value + timedelta(microseconds=500) if value.year < 9999 else value
        rounded = rounded.replace(microsecond=rounded.microsecond // 1000 * 1000)
        return rounded.isoformat(timespec="milliseconds" if rounded.microsecond else "seconds")
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        sign = "-" if seconds < 0 else ""
        minutes, seconds = divmod(abs(seconds), 60)
        return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _number(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < _EXACT:
        return str(int(value))
    return f"{Decimal(f'{value:.15g}'):f}"


def _width(sheet: Any, area: str, first: tuple[int, Sequence[Any]]) -> int:
    """Columns up to the last one that has a name or any value."""
    above, header = first
    named = max((at for at, name in enumerate(header, start=1) if text_of(name).strip()), default=0)
    if named == len(header):
        return named
    for number, row in read_filled_rows(sheet, area):
        if number < above:
            continue
        for at in range(len(row), named, -1):
            if row[at - 1] not in ("", None):
                named = at
                break
    return named


def _write(out: str | None, columns: Sequence[str], rows: Iterator[list[str]]) -> int:
    if out is None:
        return sum(1 for _ in rows)
    with Path(out).open("w", encoding="utf-8", newline="") as file:
        write = row_writer(file)
        write(columns)
        count = 0
        for row in rows:
            write(row)
            count += 1
    return count


def _limit_memory(memory: int) -> None:
    """Have the system refuse more memory than this; where it has no such limit, go without."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        pass


if __name__ == "__main__":
    main()
