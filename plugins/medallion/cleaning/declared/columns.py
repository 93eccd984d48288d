"""What a spec says about one silver column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from medallion.cleaning.declared.classification import ClassificationSpec
from medallion.cleaning.declared.scale import ScaleSpec
from medallion.model import SpecModel
from medallion.names import ColumnName, Name


def _null_as_text(value: object) -> object:
    return "null" if value is None else value


Missing = Annotated[
    Literal["quarantine", "keep", "null"],
    BeforeValidator(_null_as_text),
    WithJsonSchema({"enum": ["quarantine", "keep", "null", None]}),
]
"""What becomes of a text that is not found. `null` may be written with quotes or without."""


Unit = Annotated[str, Field(max_length=40)]


class LookupSpec(SpecModel):
    """Replace a value (or each element of an array) by another dataset's value for it."""

    dataset: Name
    """A dataset of the same spec: its published silver table is looked into."""
    key: ColumnName
    """The column of that dataset that holds this column's cleaned value."""
    value: ColumnName
    """The column of that dataset whose value is taken."""
    missing: Missing = "quarantine"
    """A value that is not found: quarantine the row, keep the value as it is, or make it NULL."""


class VerbSpec(SpecModel):
    """One word of `clean:`; whether the verb exists is a rule of the spec, not of this model."""

    name: str
    """`trim`, `replace` …"""
    arguments: Mapping[str, Any] = {}
    """What the verb takes: `{replace: {text: "-", with: ""}}`."""

    @model_validator(mode="before")
    @classmethod
    def _from_name_or_one_key(cls, value: object) -> object:
        if isinstance(value, str):
            return {"name": value}
        if not isinstance(value, Mapping) or "name" in value:
            return value
        if len(value) != 1:
            raise ValueError("a verb is a name, or one name with its arguments: {pad: {length: 5}}")
        ((name, arguments),) = value.items()
        if not isinstance(arguments, Mapping):
            raise ValueError(f"the arguments of {name} are a mapping: {{{name}: {{…: …}}}}")
        return {"name": name, "arguments": arguments}


def _as_list(value: object) -> object:
    if not isinstance(value, str | list | tuple):
        raise PydanticCustomError("text_or_list_type", "not a text and not a list")
    return [value] if isinstance(value, str) else value


TextOrTexts = Annotated[
    tuple[str, ...],
    Field(strict=False),
    BeforeValidator(_as_list),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


FieldNames = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    Field(strict=False),
    BeforeValidator(_as_list),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
            ]
        }
    ),
]


class ColumnSpec(SpecModel):
    """One silver column: the field it reads, how that is cleaned, and its type."""

    from_: FieldNames = Field(default=(), alias="from", min_length=1)
    """The record's field: a CSV header, or a dotted JSON path (`credits.director`, `items[0].id`,
    `genres[*].name` for an array). The column's own name by default. Several are names that it has
    had: [Référence, Ref]; the one that the file has is read, of JSON the first with a value."""
    optional: bool = False
    """Whether a file may lack the field: the column, which is nullable, is NULL then. JSON records
    may always."""
    type: str
    """text, bigint, integer, smallint, double, real, decimal(p,s), boolean, date, time, timestamp,
    timestamptz, uuid, json, bytea, or an array of one of them (`text[]`)."""
    nullable: bool = False
    """Whether the column may hold NULL; where not, a row without a value goes to quarantine."""
    delimiter: str | None = Field(default=None, min_length=1)
    """How an array is written where it is not JSON: `;` splits `a;b;c`."""
    clean: tuple[VerbSpec, ...] = Field(default=(), strict=False)
    """Cleaning verbs, applied in this order to the text before it is cast:
    `[trim, {replace: {text: "-", with: ""}}]`."""
    null_values: tuple[str, ...] | None = Field(default=None, strict=False)
    """Texts that mean NULL, compared after cleaning. Left out, an empty text does, but not in
    a database or a Parquet file: there NULL is written as such."""
    format: TextOrTexts = ()
    """How a date, time or timestamp is written: strptime's codes, `iso`, `epoch` (seconds) or
    `epoch_ms`. Of several the first that reads a text is taken; `iso` by default. Of `json` and
    arrays: `python`, for lists, tuples and dicts as Python prints them."""
    pivot_year: int | None = Field(default=None, ge=1, le=9900)
    """The first of the hundred years that `%y` means: with 1926, 26 is 1926 and 25 is 2025. 1969 by
    default."""
    timezone: str | None = None
    """`timestamptz`: the zone of texts that name none, such as Europe/Paris."""
    expression: str | None = None
    """Computes the column from others of its row, in place of `from`: `quantity * unit_price`.
    DuckDB's SQL, whose syntax is PostgreSQL's; it reads the typed values."""
    lookup: LookupSpec | None = None
    """Replace the cleaned value by what another dataset knows of it."""
    scale: ScaleSpec | None = None
    """What its numbers are multiplied by, as another field of the record says:
    `{from: Unit, map: {MIL: 1000, UNIT: 1}}`."""
    helper: bool = False
    """The column is not in silver: only expressions and the filter read it."""
    classification: ClassificationSpec | None = None
    """Personal data, and what silver holds in its place: `{pii: email, protect: hash}`."""
    description: str = ""
    """What the column holds; kept as its comment in the warehouse."""
    unit: Unit = ""
    """What its numbers count: `EUR`, `kg`, `%`. The catalogue shows it, the comment names it."""

    def reads(self, column: str) -> tuple[str, ...]:
        """The record's fields that it may be read from, under its name `column`; the first is
        preferred.

        >>> ColumnSpec(type="text").reads("title")
        ('title',)
        """
        return self.from_ or (column,)
