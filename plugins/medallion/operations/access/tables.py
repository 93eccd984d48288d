"""From relations that a statement names to the published tables that are read by it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from medallion.names import Area, Layer, PublishedTable, TableName
from medallion.sql.statement_reads import Read

_PUBLIC = re.compile(rf"(?:{Layer.SILVER}|{Layer.GOLD})_[a-z][a-z0-9_]*")
_STORE = f"{Area.STORE}_"
_VERSION = re.compile(r"(?P<table>.+?)__v\d+(?:__.*)?")
_NAMED = re.compile(r'"?((?:silver|gold)_[a-z][a-z0-9_]{0,62})"?\."?([a-z][a-z0-9_]{0,62})"?')


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What is there of tables and of other people's views.

    Attributes:
        by_name: published tables by their names without a schema.
        made_of: what each view of others reads, directly.
    """

    by_name: Mapping[str, tuple[TableName, ...]]
    made_of: Mapping[TableName, frozenset[TableName]]

    @classmethod
    def of(
        cls, published: Iterable[TableName], views: Iterable[tuple[TableName, TableName]]
    ) -> Catalogue:
        """From the tables that are there, and each view with a relation that it reads."""
        by_name: dict[str, tuple[TableName, ...]] = {}
        for table in published:
            by_name[table.table] = (*by_name.get(table.table, ()), table)
        made_of: dict[TableName, frozenset[TableName]] = {}
        for view, used in views:
            made_of[view] = made_of.get(view, frozenset()) | {used}
        return cls(by_name=by_name, made_of=made_of)

    def find_tables(self, reads: Iterable[Read]) -> tuple[frozenset[PublishedTable], bool]:
        """The published tables behind the relations of a statement, and whether a name of them may
        be that of several."""
        found: set[PublishedTable] = set()
        is_ambiguous = False
        seen: set[TableName] = set()
        todo: list[TableName] = []
        for read in reads:
            named = self._name(read)
            is_ambiguous = is_ambiguous or len(named) > 1
            todo += named if len(named) == 1 else []
        while todo:
            relation = todo.pop()
            if relation in seen:
                continue
            seen.add(relation)
            table = _find_published(relation)
            if table is not None:
                found.add(table)
            else:
                todo += self.made_of.get(relation, ())
        return frozenset(found), is_ambiguous

    def _name(self, read: Read) -> tuple[TableName, ...]:
        """What a name may be of. Without a schema it is found by the search path of a session,
        which no log has: of a statement that was run it is one of those that there are."""
        if read.schema:
            return (TableName(read.schema, read.name),)
        views = tuple(view for view in self.made_of if view.table == read.name)
        return (*self.by_name.get(read.name, ()), *views)


def _find_published(relation: TableName) -> PublishedTable | None:
    schema, name = relation.schema, relation.table
    if schema.startswith(_STORE):
        schema = schema.removeprefix(_STORE)
        version = _VERSION.fullmatch(name)
        name = version["table"] if version else name
    if not _PUBLIC.fullmatch(schema):
        return None
    return PublishedTable.of(TableName(schema, name))


def find_words(text: str) -> Iterator[Read]:
    """What looks like a published table in a text that is not understood: rather one too many."""
    for found in _NAMED.finditer(text):
        yield Read(found[1], found[2])
