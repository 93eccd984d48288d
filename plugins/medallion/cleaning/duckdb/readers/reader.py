"""What the cleaning query asks of each kind of part: where records and their fields are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from sqlglot import exp

from medallion.cleaning.duckdb import whole_records
from medallion.cleaning.duckdb.reading import Column
from medallion.cleaning.engines.functions import known
from medallion.records import RecordLayout


class Reader(ABC):
    """One kind of part that the engine reads. It has no state."""

    is_json: bool = False
    """Whether a field may be any value of JSON: a number, an object, an array."""
    leaves_lines_out: bool = False
    """Whether the engine leaves out the lines that it cannot read, and says which they are."""

    @abstractmethod
    def read(self, path: str, layout: RecordLayout) -> exp.Select:
        """The records of one part, in their order."""

    @abstractmethod
    def whole_record(
        self, layout: RecordLayout, columns: Iterable[Column]
    ) -> tuple[list[str], exp.Expr]:
        """The columns that hold the record as it was landed, and that record as a JSON text."""

    @abstractmethod
    def fields(self, columns: Sequence[Column], layout: RecordLayout) -> list[exp.Expr]:
        """Each column's field as text, an array's still as JSON; or as it is held, where it goes on
        so.

        Raises:
            DataRejected: the records have no such column.
        """

    @abstractmethod
    def field(self, name: str, layout: RecordLayout) -> exp.Expr:
        """A field as a value of JSON; NULL where the record has none of that name."""

    @abstractmethod
    def has_other_fields(self, layout: RecordLayout, known: Iterable[str]) -> exp.Expr:
        """True where a record has a value in a field that is not known; false, never NULL,
        elsewhere.

        An empty field of a CSV and a null of JSON are not values.
        """

    def problem(self, columns: Sequence[Column], layout: RecordLayout) -> exp.Expr | None:
        """What is wrong with a record as a whole, NULL where nothing is; None: nothing can be."""
        return None

    def kept_whole(self, record: exp.Expr) -> exp.Expr:
        """The record as quarantine keeps it."""
        return whole_records.kept_whole(record)

    def parsed(self, columns: Sequence[Column]) -> exp.Expr | None:
        """What all fields are taken from, made once a record; None: nothing has to be made."""
        return None


def table_function(name: str, path: str, **options: exp.Expr) -> exp.Expr:
    """A call of one, with its options by their names."""
    named = [
        exp.EQ(this=exp.to_identifier(key), expression=value) for key, value in options.items()
    ]
    return exp.Anonymous(this=known(name), expressions=[exp.Literal.string(path), *named])
