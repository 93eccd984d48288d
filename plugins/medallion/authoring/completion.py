"""What may be written where the cursor is: keys, values, and the names that the project knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import PurePosixPath

from medallion.authoring.cursor_words import TABLE
from medallion.authoring.files import is_test_file
from medallion.authoring.key_paths import ITEM, KeyPath, Spot, spot_at
from medallion.authoring.schema_words import Schema, schema_of
from medallion.names import BI_READER, TableName, reader_of
from medallion.spec.sql.files import SQL_FOLDER
from medallion.workbench.comparison.sides import Side

COLUMN_KEYS = frozenset((
    "column", "columns", "column_list", "column_set", "column_A", "column_B", "primary_key",
    "time_column", "by", "order_by",
))  # fmt: skip
_TABLE_KEYS = frozenset(("to", "table", "tables", "reads"))
_CONNECTION_KEYS = frozenset(("conn_id", "connection", "connections"))


class Kind(StrEnum):
    """What a proposal would write: an editor shows another icon for each."""

    KEY = "key"
    VALUE = "value"
    TABLE = "table"
    COLUMN = "column"
    CONNECTION = "connection"
    FILE = "file"
    ROLE = "role"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One thing that may be written. `text`: what is written, where it is not the label itself."""

    label: str
    kind: Kind
    detail: str = ""
    description: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The names that a project knows; of a spec that is wrong now, those it had before.

    `columns`: by table, each with its type. `files`: of gold SQL, by domain.
    """

    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    connections: frozenset[str] = frozenset()
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def after(self, side: Side, paths: Iterable[str]) -> Facts:
        """With what a newer look at the project knows.

        Args:
            side: the project now.
            paths: of its files.
        """
        columns, connections = dict(self.columns), set(self.connections)
        for name, table in side.all_tables.items():
            types = {one.name: one.type for one in table.columns}
            names = side.origins.columns(TableName.parse(name)).names or tuple(types)
            columns[name] = {one: types.get(one, "") for one in names}
            connections |= {table.connection} - {""}
        for loaded in side.loaded.values():
            connections |= set(loaded.domain.connections)
        files: dict[str, tuple[str, ...]] = {}
        for path in map(PurePosixPath, paths):
            if path.as_posix().startswith(f"{SQL_FOLDER}/"):
                files[path.parent.name] = (*files.get(path.parent.name, ()), path.name)
        return Facts(columns=columns, connections=frozenset(connections), files=files)


def complete(path: str, lines: list[str], line: int, column: int, facts: Facts) -> list[Proposal]:
    """What may be written at a place.

    Args:
        path: of the file, below the project.
        lines: its text.
        line, column: in characters, from 0.
        facts: what the project knows.
    """
    schema = schema_of(path)
    if schema is None:
        return list(_in_sql("\n".join(lines), facts))
    spot = spot_at(lines, line, column)
    if is_test_file(path) and spot.is_key and (named := list(_in_tests(spot, facts))):
        return named
    if spot.is_key:
        return list(_keys(spot, schema))
    return list(_values(path, spot, schema, facts))


def _in_tests(spot: Spot, facts: Facts) -> Iterator[Proposal]:
    """The names in unit tests that are the project's: tables, and the columns of their rows."""
    where = spot.path
    if len(where) == 3 and where[0] == "tests" and where[2] in ("given", "expect"):
        for name in sorted(set(facts.columns) - spot.siblings):
            yield Proposal(label=name, kind=Kind.TABLE, text=name if spot.key else f"{name}: ")
    elif where[2:3] in (("given",), ("expect",)) and where[4:] == ("rows", ITEM):
        for one in _columns(str(where[3]), facts):
            if one.label not in spot.siblings or one.label == spot.key:
                yield replace(one, text=one.label if spot.key else f"{one.label}: ")


def _keys(spot: Spot, schema: Schema) -> Iterator[Proposal]:
    for word in schema.keys(spot.path):
        if word.name not in spot.siblings or word.name == spot.key:
            yield Proposal(
                label=word.name,
                kind=Kind.KEY,
                detail=word.kind,
                description=word.description,
                text=word.name if spot.key else f"{word.name}: ",
            )


def _values(path: str, spot: Spot, schema: Schema, facts: Facts) -> Iterator[Proposal]:
    domain = PurePosixPath(path).parent.name
    named = next((part for part in reversed(spot.whole) if isinstance(part, str)), "")
    for value in schema.values(spot.whole):
        yield Proposal(label=value, kind=Kind.VALUE)
    for word in schema.keys(spot.whole) if spot.whole and spot.whole[-1] == 0 else ():
        yield Proposal(label=word.name, kind=Kind.VALUE, description=word.description)
    if named in COLUMN_KEYS:
        yield from _columns(_own_table(spot.path, domain), facts)
    elif named in _TABLE_KEYS:
        yield from (Proposal(label=name, kind=Kind.TABLE) for name in sorted(facts.columns))
    elif named in _CONNECTION_KEYS:
        yield from (Proposal(label=one, kind=Kind.CONNECTION) for one in sorted(facts.connections))
    elif named == "sql":
        yield from (Proposal(label=one, kind=Kind.FILE) for one in facts.files.get(domain, ()))
    elif named == "grants":
        roles = (BI_READER, *(reader_of(one) for one in _domains(facts)))
        yield from (Proposal(label=role, kind=Kind.ROLE) for role in roles)
    elif named == "share_with":
        yield from (Proposal(label=one, kind=Kind.DOMAIN) for one in _domains(facts))


def _columns(table: str, facts: Facts) -> Iterator[Proposal]:
    for name, kind in facts.columns.get(table, {}).items():
        yield Proposal(label=name, kind=Kind.COLUMN, detail=f"{table} {kind}".strip())


def _own_table(path: KeyPath, domain: str) -> str:
    """The table that a place of a spec is about."""
    if len(path) < 2 or path[0] not in ("datasets", "gold"):
        return ""
    layer = "silver" if path[0] == "datasets" else "gold"
    return f"{layer}_{domain}.{path[1]}"


def _domains(facts: Facts) -> list[str]:
    return sorted({name.partition(".")[0].partition("_")[2] for name in facts.columns})


def _in_sql(text: str, facts: Facts) -> Iterator[Proposal]:
    """All tables, and the columns of those that the text names."""
    yield from (Proposal(label=name, kind=Kind.TABLE) for name in sorted(facts.columns))
    named = {found["table"] for found in TABLE.finditer(text)}
    for table in sorted(named & set(facts.columns)):
        yield from _columns(table, facts)
