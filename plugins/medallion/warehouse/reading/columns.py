"""The columns of a table as Arrow has them: what is asked for, and what is made of the answer.

ADBC sends most types as Arrow's own. A numeric comes as its digits, from which an exact decimal is
made; a type that Arrow lacks is asked for as its text, which loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from psycopg import sql

from medallion.closest import closest
from medallion.errors import CannotRead
from medallion.names import PublishedTable
from medallion.warehouse.reading.session import quote

if TYPE_CHECKING:
    import pyarrow as pa

    from medallion.warehouse.reading.session import ReadSession

Numbers = Literal["exact", "float"]
ARROW = frozenset(
    (
        "bool", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "bpchar",
        "bytea", "date", "time", "timestamp", "timestamptz", "interval", "json", "jsonb", "uuid",
    )
)  # fmt: skip
"""PostgreSQL's names of the types that need no text. Arrays of them neither."""
MOMENTS = frozenset(("date", "timestamp", "timestamptz"))
_DIGITS_OF_128, _DIGITS_OF_256 = 38, 76
_NO_MODIFIER = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadColumn:
    """A column of a public view. `modifier`: what PostgreSQL keeps of `(18,2)`, -1 for nothing."""

    name: str
    kind: str
    is_array: bool
    modifier: int
    spelled: str
    description: str | None = None

    @property
    def is_number(self) -> bool:
        """Whether it holds numerics, or arrays of them."""
        return self.kind == "numeric"

    @property
    def shape(self) -> tuple[int, int] | None:
        """Digits and decimals of `numeric(18,2)`; None where the type does not say."""
        if self.modifier == _NO_MODIFIER:
            return None
        packed = self.modifier - 4
        scale = packed & 0x7FF
        return packed >> 16, scale - 0x800 if scale >= 0x400 else scale


def columns_of(
    session: ReadSession, table: PublishedTable, wanted: Sequence[str] | None
) -> tuple[ReadColumn, ...]:
    """The columns of a table's view, or those that are wanted, in their order.

    Raises:
        CannotRead: one that is wanted is not there.
    """
    found = {
        row["name"]: ReadColumn(**row)
        for row in session.rows("columns", table.public.schema, table.public.table)
    }
    for name in wanted or ():
        if name not in found:
            near = closest(name, found)
            raise CannotRead(
                f"{table.public} has no column {name!r}",
                remedy=f"did you mean {near}?" if near else f"it has {', '.join(found)}",
            )
    return tuple(found.values()) if wanted is None else tuple(found[name] for name in wanted)


def select(
    table: PublishedTable,
    columns: Sequence[ReadColumn],
    *,
    numbers: Numbers,
    as_text: Collection[str] = (),
    order_by: Sequence[str] = (),
) -> sql.Composed:
    """The query of a whole table.

    Args:
        numbers: `float` asks for numerics as double precision.
        as_text: further types, by PostgreSQL's names, that are asked for as texts.
        order_by: columns; none: in no order.
    """
    parts = sql.SQL(", ").join(select_one(one, numbers, as_text) for one in columns)
    query = sql.SQL("SELECT {} FROM {}").format(
        parts, quote(table.public.schema, table.public.table)
    )
    if not order_by:
        return query
    return sql.SQL("{} ORDER BY {}").format(query, sql.SQL(", ").join(map(quote, order_by)))


def select_one(column: ReadColumn, numbers: Numbers, as_text: Collection[str]) -> sql.Composable:
    """A column as it is written in the list of a SELECT; see `select`."""
    name = quote(column.name)
    target = ""
    if column.kind not in ARROW or column.kind in as_text:
        target = "text"
    elif column.is_number and numbers == "float":
        target = "double precision"
    if not target:
        return name
    suffix = "[]" if column.is_array else ""
    return sql.SQL("CAST({} AS {}) AS {}").format(name, sql.SQL(target + suffix), name)


def with_shapes(
    session: ReadSession,
    table: PublishedTable,
    columns: Sequence[ReadColumn],
    *,
    numbers: Numbers = "exact",
) -> tuple[ReadColumn, ...]:
    """The columns, each numeric with digits and decimals: of one whose type does not say, the rows
    of this version are asked how many they need.

    Raises:
        CannotRead: a number is not finite, or has more digits than Arrow's widest decimal; an array
            has several dimensions, which the driver would flatten.
    """
    unsaid = [one for one in columns if numbers == "exact" and one.is_number and one.shape is None]
    arrays = [one for one in columns if one.is_array]
    if not (unsaid or arrays):
        return tuple(columns)
    parts = [part for one in unsaid for part in _needs(one)]
    parts += [sql.SQL("max(array_ndims({}))").format(quote(one.name)) for one in arrays]
    query = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join(parts), quote(table.public.schema, table.public.table)
    )
    with session.stream(query) as reader:
        answers = [column[0].as_py() for column in reader.read_all().columns]
    _refuse_dimensions(arrays, answers[3 * len(unsaid) :])
    shaped = {
        one.name: _with_shape(one, *answers[3 * at : 3 * at + 3]) for at, one in enumerate(unsaid)
    }
    return tuple(shaped.get(one.name, one) for one in columns)


def _refuse_dimensions(arrays: Sequence[ReadColumn], most: Sequence[int | None]) -> None:
    for one, dimensions in zip(arrays, most, strict=True):
        if dimensions and dimensions > 1:
            raise CannotRead(
                f"{one.name} ({one.spelled}) has arrays of {dimensions} dimensions, which would be "
                "read as one",
                remedy="leave it out (columns=…), or make JSON of it in the table's SQL",
            )


_NEEDS = ("scale({})", "length(trunc(abs({}))::text)", "(abs({}) >= 'Infinity')::integer")


def _needs(column: ReadColumn) -> tuple[sql.Composed, ...]:
    """What is asked of a column: its most decimals, its most digits before the point, and whether
    anything in it is not finite."""
    if column.is_array:
        return tuple(
            sql.SQL("max((SELECT max({}) FROM unnest({}) AS e (value)))").format(
                sql.SQL(one).format(quote("value")), quote(column.name)
            )
            for one in _NEEDS
        )
    return tuple(
        sql.SQL("max({})").format(sql.SQL(one).format(quote(column.name))) for one in _NEEDS
    )


def _with_shape(
    column: ReadColumn, scale: int | None, digits: int | None, infinite: int | None
) -> ReadColumn:
    if infinite:
        raise _not_finite(column)
    decimals, whole = scale or 0, digits or 1
    wide = _DIGITS_OF_128 if decimals + whole <= _DIGITS_OF_128 else _DIGITS_OF_256
    if decimals + whole > _DIGITS_OF_256:
        raise CannotRead(
            f"{column.name} ({column.spelled}) has numbers of {decimals + whole} digits: more than "
            "Arrow's widest decimal",
            remedy="numbers='float', or round it in the table's SQL",
        )
    return replace(column, modifier=((wide << 16) | decimals) + 4)


def _not_finite(column: ReadColumn) -> CannotRead:
    return CannotRead(
        f"{column.name} ({column.spelled}) has a number that is not finite (NaN or Infinity): an "
        "exact decimal cannot hold it",
        remedy="numbers='float' reads it",
    )


def arrow_type(column: ReadColumn, came: pa.DataType, numbers: Numbers) -> pa.DataType:
    """The type that a column has for its reader.

    Raises:
        CannotRead: it has more digits than Arrow's widest decimal.
    """
    import pyarrow as pa

    if not column.is_number or numbers == "float":
        return came
    digits, scale = column.shape or (_DIGITS_OF_128, 0)
    digits = max(digits, scale)
    if digits > _DIGITS_OF_256 or scale < 0:
        raise CannotRead(
            f"{column.name} is {column.spelled}, which no decimal of Arrow holds",
            remedy="numbers='float', or another type in the table's SQL",
        )
    kind = pa.decimal128 if digits <= _DIGITS_OF_128 else pa.decimal256
    exact = kind(digits, scale)
    return pa.list_(exact) if column.is_array else exact


def convert(column: ReadColumn, wanted: pa.DataType) -> Callable[[pa.Array], pa.Array]:
    """What makes a column of a batch what its reader gets; it raises CannotRead by name."""
    if column.kind in MOMENTS:
        return lambda values: _finite_moments(column, values)
    if column.is_number:
        return lambda values: values if values.type == wanted else _exact(column, values, wanted)
    return lambda values: values


def _exact(column: ReadColumn, values: Any, wanted: pa.DataType) -> pa.Array:
    import pyarrow as pa

    try:
        if not column.is_array:
            return values.storage.cast(wanted)
        items = values.values.storage.cast(wanted.value_type)
    except pa.ArrowInvalid:
        raise _not_finite(column) from None
    mask = values.is_null() if values.null_count else None
    return pa.ListArray.from_arrays(values.offsets, items, type=wanted, mask=mask)


def _finite_moments(column: ReadColumn, values: Any) -> pa.Array:
    """PostgreSQL's `infinity` has no place in Arrow: the driver sends some moment before the first
    that PostgreSQL has."""
    import pyarrow as pa
    import pyarrow.compute as pc

    flat = values.values if column.is_array else values
    is_date = column.kind == "date"
    if pa.types.is_string(flat.type):
        return values
    earliest = pc.min(flat.cast(pa.int32() if is_date else pa.int64())).as_py()
    if earliest is not None and earliest < (_FIRST_DAY if is_date else _FIRST_MICROSECOND):
        raise CannotRead(
            f"{column.name} ({column.spelled}) has a value that is not finite",
            remedy="say in the table's SQL what it means: NULLIF(column, 'infinity')",
        )
    return values


_FIRST_DAY = -2_440_588
_FIRST_MICROSECOND = _FIRST_DAY * 86_400_000_000
"""PostgreSQL's first day (in 4714 BC), counted from 1970."""
