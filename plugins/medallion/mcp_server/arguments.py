"""What each tool takes. A call comes from a model that may have read hostile text: everything is
bounded here, before anything is opened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from medallion.authoring.files import FILE_PATTERN
from medallion.names import ColumnName, Name
from medallion.spec.models.policy import TABLE_PATTERN

LONGEST_PATH = 200
LONGEST_TEXT = 200_000
LONGEST_QUESTION = 300
MOST_ROWS = 50
MOST_PASSAGES = 10
_PIPELINE = r"^[a-z][a-z0-9_]{0,39}/[a-z][a-z0-9_]{0,39}$"
_DAG = _PIPELINE.replace("/", "[.]")
_PREVIEWED = f"{TABLE_PATTERN}|{_DAG}"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.+Z-]{2,25})?$"
_PLAIN_NAME = r"^[A-Za-z_][A-Za-z0-9_.-]{0,99}$"
_FILE = re.compile(FILE_PATTERN)


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("a control character is in it: write plain text on one line")
    return text


def _relative(path: str) -> str:
    """A path below some folder of the project, whatever is there."""
    _printable(path)
    if path.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:", path) or "://" in path:
        raise ValueError("it is not a path below the project's folder: leave out what comes before")
    if ".." in re.split(r"[/\\]", path):
        raise ValueError("it leads out of its folder: write it without ..")
    return path


def _of_author(path: str) -> str:
    _relative(path)
    if not _FILE.match(path):
        raise ValueError(
            "it is not a file that authors write: specs/<domain>/<pipeline>.yaml, "
            "specs/<domain>/domain.yaml or include/sql/<domain>/<table>.sql"
        )
    return path


def _without_controls(text: str) -> str:
    if any(not one.isprintable() and one not in "\n\t" for one in text):
        raise ValueError("a control character is in it: only line ends and tabs are taken")
    return text


AuthorFile = Annotated[
    str,
    Field(
        max_length=LONGEST_PATH,
        description="A file by its path below the project: specs/<domain>/<pipeline>.yaml, "
        "specs/<domain>/domain.yaml or include/sql/<domain>/<table>.sql",
    ),
    AfterValidator(_of_author),
]
DataPath = Annotated[str, Field(min_length=1, max_length=LONGEST_PATH), AfterValidator(_relative)]
FileText = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_without_controls)]
OneLine = Annotated[str, Field(max_length=LONGEST_QUESTION), AfterValidator(_printable)]
Table = Annotated[
    str,
    Field(
        pattern=TABLE_PATTERN,
        description="A table: silver_<domain>.<dataset> or gold_<domain>.<table>",
    ),
]
Rows = Annotated[int, Field(ge=1, le=MOST_ROWS, description="Rows of each sample")]


class Arguments(BaseModel):
    """Those of one tool: an unknown one is refused, and no value is turned into another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Validate(Arguments):
    """Which file is judged; with `text`, as it would be with that text."""

    path: AuthorFile | None = None
    text: FileText | None = Field(
        default=None, description="A text to judge in place of the file's own; it is not written"
    )

    @model_validator(mode="after")
    def _has_a_path(self) -> Validate:
        if self.text is not None and self.path is None:
            raise ValueError("path is missing: which file is the text of?")
        return self


class Infer(Arguments):
    """What a spec is proposed from, and which pipeline it will be."""

    pipeline: Annotated[
        str, Field(pattern=_PIPELINE, description="Of the spec that is to be: <domain>/<pipeline>")
    ]
    path: DataPath | None = Field(
        default=None,
        description="A file below include/data/<domain>/, or a pattern such as sales/*.csv",
    )
    connection: Annotated[str, Field(pattern=_PLAIN_NAME)] | None = Field(
        default=None, description="The name of an Airflow connection to a database or an API"
    )
    table: Annotated[str, Field(pattern=_PLAIN_NAME)] | None = Field(
        default=None, description="A table of the connection's database: schema.table"
    )
    api_path: DataPath | None = Field(
        default=None, description="A path below the connection's address, of a JSON API"
    )
    key: list[ColumnName] = Field(default=[], max_length=8, description="The primary key's columns")
    day_first: bool | None = Field(
        default=None, description="Whether 05/01/2026 is the 5th of January; left out: guessed"
    )

    @model_validator(mode="after")
    def _names_one_source(self) -> Infer:
        if sum(one is not None for one in (self.path, self.table, self.api_path)) != 1:
            raise ValueError("name one source: path, table or api_path")
        if self.path is None and self.connection is None:
            raise ValueError("connection is missing: by its name alone, never with a password")
        return self


class Preview(Arguments):
    """Which pipeline or table is tried, over which interval, and how many rows are shown."""

    name: Annotated[
        str,
        Field(
            max_length=90,
            pattern=_PREVIEWED,
            description="A pipeline, <domain>.<pipeline>, or a table, silver_<domain>.<dataset>",
        ),
    ]
    run: Annotated[str, Field(pattern=_MOMENT)] | None = Field(
        default=None,
        description="A moment, 2026-01-31 or 2026-01-31T06:00: the data interval that holds it; "
        "left out: the last whole one",
    )
    rows: Rows = 5


class ExplainFailure(Arguments):
    """Which failure: of a pipeline, of one of its tables, or the last of all."""

    pipeline: Annotated[str, Field(pattern=_DAG)] | None = Field(
        default=None, description="<domain>.<pipeline>; left out: the last failure of all"
    )
    table: Name | None = Field(
        default=None, description="One of its tables, without its schema; left out: any"
    )


class Search(Arguments):
    """A question in words, and how many passages answer it."""

    question: Annotated[OneLine, Field(min_length=2)]
    most: Annotated[int, Field(ge=1, le=MOST_PASSAGES)] = 5


class Lineage(Arguments):
    """Which table or column is followed, and in which direction."""

    table: Table
    column: ColumnName | None = None
    direction: Literal["upstream", "downstream", "both"] = "both"


class ProposePatch(Arguments):
    """Those of `propose_patch` and `write_file`."""

    path: AuthorFile
    text: Annotated[FileText, Field(description="The whole file as it is to be")]


class Read(Arguments):
    """The address of a resource."""

    address: OneLine


def problems_of(error: ValidationError, takes: type[BaseModel]) -> str:
    """What is wrong with arguments, in lines. The values are not repeated.

    >>> try: Search.model_validate({"question": "x" * 400, "limit": 3})
    ... except ValidationError as error: print(problems_of(error, Search))
    question: it is too long: at most 300 characters
    limit: there is no such argument; it takes question, most
    """
    lines = []
    for one in error.errors(include_url=False, include_input=False):
        where = ".".join(map(str, one["loc"]))
        what = _say(one["type"], one.get("ctx", {}), takes)
        what = what or one["msg"].removeprefix("Value error, ")
        lines.append(f"{where}: {what}" if where else what)
    return "\n".join(lines)


_PATTERNS = {
    TABLE_PATTERN: "it is not a table: write silver_<domain>.<dataset> or gold_<domain>.<table>",
    _PIPELINE: "it is not a pipeline: write <domain>/<pipeline>, in small letters, digits and _",
    _DAG: "it is not a pipeline: write <domain>.<pipeline>, in small letters, digits and _",
    _PREVIEWED: "it is neither a pipeline, <domain>.<pipeline>, nor a table, "
    "silver_<domain>.<dataset> or gold_<domain>.<table>",
    _MOMENT: "it is not a moment: write 2026-01-31, or 2026-01-31T06:00",
    _PLAIN_NAME: "it is not a name: write letters, digits, `_`, `.` and `-`; a connection goes by "
    "its name alone",
}
"""What is wrong where a text does not match one of them."""
_NO_NAME = "it is not a name: a small letter, then small letters, digits or _, 40 at most"
_SAID = {
    "missing": "it is missing",
    "string_pattern_mismatch": _NO_NAME,
    "string_type": "it is to be a text",
    "int_type": "it is to be a whole number",
    "bool_type": "it is to be true or false",
    "list_type": "it is to be a list",
    "string_too_long": "it is too long: at most {max_length} characters",
    "string_too_short": "it is too short: at least {min_length} characters",
    "too_long": "it has too many entries: at most {max_length}",
    "less_than_equal": "it is too much: at most {le}",
    "greater_than_equal": "it is too little: at least {ge}",
    "literal_error": "it is to be one of {expected}",
}
"""By pydantic's type of error."""


def _say(kind: str, context: Mapping[str, Any], takes: type[BaseModel]) -> str:
    """One problem in words; empty where the error has its own."""
    if kind == "extra_forbidden":
        return f"there is no such argument; it takes {', '.join(takes.model_fields)}"
    if kind == "string_pattern_mismatch" and context.get("pattern") in _PATTERNS:
        return _PATTERNS[context["pattern"]]
    return _SAID.get(kind, "").format_map(context)
