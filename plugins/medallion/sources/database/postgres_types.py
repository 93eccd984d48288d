"""PostgreSQL's types → Arrow: what the ADBC driver returns unchanged, and what is requested as
text.

A `numeric` comes as text: with declared digits it becomes a decimal, without them it stays text, as
no type holds every value. With digits the server writes that text, in a fraction of the driver's
time for it. Infinite times wrap round in the driver's integers; here they become what DuckDB takes
for infinite, so that the cleaning quarantines them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medallion.errors import SourceRefused
from medallion.sources.database.rows import cast_texts

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

_AS_IT_IS = frozenset(
    (
        *("bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "bpchar", "name"),
        *("bytea", "date", "time", "timestamp", "timestamptz", "uuid", "json", "jsonb"),
    )
)
_MOST_DIGITS = 38
_NESTED = "nested"
"""The column that says whether a row has an array of several dimensions."""

_FIRST_DAY = 10_957  # from 1970-01-01 to 2000-01-01, where PostgreSQL counts from
_FIRST_MICROSECOND = 946_684_800_000_000
_LARGEST = {32: 2**31 - 1, 64: 2**63 - 1}

_TYPES = """
SELECT t.oid, t.typname, t.typtype, e.typname, e.typtype
FROM pg_catalog.pg_type AS t LEFT JOIN pg_catalog.pg_type AS e
    ON e.oid = t.typelem AND t.typcategory = 'A'
WHERE t.oid = ANY(%s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresColumn:
    """A column of a query: its name, its type's (for an array, its elements'), and its digits."""

    name: str
    type: str
    array: bool = False
    precision: int | None = None
    scale: int | None = None

    @property
    def is_decimal(self) -> bool:
        """Whether it is a number whose digits are declared, and an Arrow decimal holds them."""
        digits, scale = self.precision or 0, self.scale or 0
        known = 0 < digits <= _MOST_DIGITS and 0 <= scale <= digits
        return self.type == "numeric" and not self.array and known

    @property
    def asked_as(self) -> str:
        """The type to cast to on the server; empty if the column is sent as it is."""
        if self.is_decimal:
            return "text"
        if self.type in _AS_IT_IS or self.type == "numeric":
            return ""
        if self.type == "oid":
            return "bigint[]" if self.array else "bigint"
        return "text[]" if self.array else "text"


def describe_query(connection: psycopg.Connection[Any], query: str) -> tuple[PostgresColumn, ...]:
    """The columns of a query; it is planned with LIMIT 0 and reads no rows.

    Raises:
        SourceRefused: it has no columns.
    """
    from psycopg import sql

    cursor = connection.cursor()
    # The text is the author's, one SELECT. It may end with a comment.
    cursor.execute(sql.SQL("SELECT * FROM (\n{}\n) AS q LIMIT 0").format(sql.SQL(query)))
    description = cursor.description or []
    if not description:
        raise SourceRefused("the table or query has no column", remedy="name another one")
    oids = list({column.type_code for column in description})
    types = {row[0]: row[1:] for row in connection.execute(_TYPES, [oids])}
    found = []
    for column in description:
        name, kind, element, element_kind = types[column.type_code]
        own, own_kind = (element, element_kind) if element else (name, kind)
        found.append(
            PostgresColumn(
                name=column.name,
                type="text" if own_kind == "e" else own,
                array=bool(element),
                precision=column.precision,
                scale=column.scale,
            )
        )
    return tuple(found)


def select_of(query: str, columns: Sequence[PostgresColumn]) -> str:
    """The query with each column cast as it is to be sent, by position, whatever its name.

    The driver flattens arrays of several dimensions, so the query also asks whether a row has one.
    """
    from psycopg import sql

    places = [sql.Identifier(f"c{number}") for number in range(1, len(columns) + 1)]
    asked = [
        sql.SQL("CAST(q.{0} AS {1}) AS {0}").format(place, sql.SQL(column.asked_as))
        if column.asked_as
        else sql.SQL("q.{}").format(place)
        for place, column in zip(places, columns, strict=True)
    ]
    nested = [
        sql.SQL("array_ndims(q.{}) > 1").format(place)
        for place, column in zip(places, columns, strict=True)
        if column.array
    ]
    if nested:
        found = sql.SQL(" OR ").join(nested)
        asked.append(sql.SQL("{} AS {}").format(found, sql.Identifier(_NESTED)))
    select = sql.SQL("SELECT {} FROM (\n{}\n) AS q({})").format(
        sql.SQL(", ").join(asked), sql.SQL(query), sql.SQL(", ").join(places)
    )
    return select.as_string()


def schema_of(columns: Sequence[PostgresColumn], sent: pa.Schema) -> pa.Schema:
    """The Arrow schema that is landed, with the columns' names."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field(column.name, _choose_landed_type(column, field.type))
            for column, field in zip(columns, sent, strict=False)  # and whether arrays are nested
        ]
    )


def land_batch(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """A batch of the driver in the types that are landed.

    Raises:
        SourceRefused: a value does not fit its column's type: NaN in a numeric with digits, an
            array of several dimensions.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if _NESTED in batch.schema.names and pc.any(batch.column(_NESTED)).as_py():
        lists = [field.name for field in schema if pa.types.is_list(field.type)]
        raise SourceRefused(
            f"an array in {' or '.join(lists)} has several dimensions",
            remedy="read it as JSON: SELECT to_jsonb(…), and `type: json`",
        )
    arrays = [
        _land_array(array, field) for array, field in zip(batch.columns, schema, strict=False)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _choose_landed_type(column: PostgresColumn, sent: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    if pa.types.is_list(sent):
        return pa.list_(_plain(sent.value_type))
    if column.is_decimal:
        return pa.decimal128(column.precision or 0, column.scale or 0)
    return _plain(sent)


def _plain(kind: pa.DataType) -> pa.DataType:
    """Without what the driver says beside a type; a uuid is one for Parquet too."""
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType) and not isinstance(kind, pa.UuidType):
        return kind.storage_type
    return kind


def _land_array(array: Any, field: pa.Field[Any]) -> Any:
    import pyarrow as pa

    if isinstance(array.type, pa.BaseExtensionType) and not isinstance(array.type, pa.UuidType):
        array = array.storage
    if pa.types.is_list(array.type):
        element = pa.field(field.name, field.type.value_type)
        values = _land_array(array.values, element)
        return pa.ListArray.from_arrays(
            array.offsets, values, type=field.type, mask=array.is_null()
        )
    if pa.types.is_decimal(field.type):
        return cast_texts(array, field)
    if pa.types.is_timestamp(array.type):
        return _with_infinity(array, pa.int64(), _FIRST_MICROSECOND)
    if pa.types.is_date32(array.type):
        return _with_infinity(array, pa.int32(), _FIRST_DAY)
    return array


def _with_infinity(array: Any, whole: Any, offset: int) -> Any:
    """Infinite times as the largest integers, which is what DuckDB takes for them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    largest = _LARGEST[whole.bit_width]
    earliest, latest = offset - largest - 1, offset - largest - 2  # of -infinity and of infinity
    numbers = array.view(whole)
    least = pc.min(numbers).as_py()
    if least is None or least > earliest:
        return array
    for wrapped, meant in ((earliest, -largest), (latest, largest)):
        numbers = pc.if_else(
            pc.equal(numbers, pa.scalar(wrapped, whole)), pa.scalar(meant, whole), numbers
        )
    return numbers.view(array.type)


def land_batches(reader: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Every batch of the driver's reader, through `land_batch`."""
    for batch in reader:
        yield land_batch(batch, schema)
