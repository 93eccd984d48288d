"""What the cleaning query asks of each kind of part: its records and their fields."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from sqlglot import exp

from medallion.cleaning.duckdb import whole_records
from medallion.cleaning.duckdb.reading import Column
from medallion.cleaning.engines.functions import check_known
from medallion.records import RecordLayout


class Reader(ABC):
    """One kind of part that the engine reads. Stateless; the methods return expressions."""

    is_json: bool = False
    """Whether a field may be any value of JSON: a number, an object, an array."""
    leaves_lines_out: bool = False
    """Whether the engine leaves out the lines that it cannot read, and says which they are."""

    @abstractmethod
    def read(self, path: str, layout: RecordLayout) -> exp.Select:
        """A SELECT of the part's records, in their order."""

    @abstractmethod
    def whole_record(
        self, layout: RecordLayout, columns: Iterable[Column]
    ) -> tuple[list[str], exp.Expr]:
        """(columns, expression): the columns that hold the record as landed, and the record as a
        JSON text made from them."""

    @abstractmethod
    def fields(self, columns: Sequence[Column], layout: RecordLayout) -> list[exp.Expr]:
        """Each column's field as text (an array's as JSON), or in Parquet's type if it goes
        straight.

        Raises:
            DataRejected: the records have no such field.
        """

    @abstractmethod
    def field(self, name: str, layout: RecordLayout) -> exp.Expr:
        """A field as a JSON value; NULL if the record has no field of that name."""

    @abstractmethod
    def has_other_fields(self, layout: RecordLayout, known: Iterable[str]) -> exp.Expr:
        """True if a record has a value in a field that is not known; else false, never NULL.

        An empty field of a CSV and a null of JSON are not values.
        """

    def problem(self, columns: Sequence[Column], layout: RecordLayout) -> exp.Expr | None:
        """What is wrong with a record as a whole, NULL if nothing is. None: this kind has no such
        problems."""
        return None

    def keep_whole(self, record: exp.Expr) -> exp.Expr:
        """The record as quarantine stores it, in jsonb."""
        return whole_records.keep_whole(record)

    def parse_once(self, columns: Sequence[Column]) -> exp.Expr | None:
        """An expression that is computed once a record and that all fields are taken from. None:
        not needed."""
        return None


def table_function(name: str, path: str, **options: exp.Expr) -> exp.Expr:
    """A call of an engine's function that reads a file; the path is a literal, options go by
    name."""
    named = [
        exp.EQ(this=exp.to_identifier(key), expression=value) for key, value in options.items()
    ]
    return exp.Anonymous(this=check_known(name), expressions=[exp.Literal.string(path), *named])
