"""The lineage of everything that a person may see: sources, tables, what reads them.

What belongs to a domain that he may not see has no name here and no number: that a table is made of
something else too, or has readers elsewhere, is one node beside that table, of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from medallion.catalogue.declared import Declared
from medallion.catalogue.declared_table import DeclaredTable, Exposure
from medallion.catalogue.overview import TableLine, read_tables
from medallion.catalogue.state import State
from medallion.names import PublishedTable, TableName
from medallion.warehouse.session.transaction import Session

ANOTHER_DOMAIN = "another domain"


class NodeKind(StrEnum):
    """What a node shows: where data come from, a table, or who uses it."""

    SOURCE = "source"
    TABLE = "table"
    EXPOSURE = "exposure"
    ANOTHER_DOMAIN = ANOTHER_DOMAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node. `id` is a table's name as readers write it, of other kinds a text of our own.

    `about`: of a source its type and connection, of a table its schema, of an exposure its type.
    """

    id: str
    kind: NodeKind
    name: str
    about: str = ""
    table: PublishedTable | None = None
    state: State | None = None
    """Of a table; None where no spec that runs declares it and it was never published."""
    why: str = ""
    """The reason for the state, in a sentence."""
    description: str = ""
    owner: str = ""
    url: str = ""
    """Of an exposure: where it is."""

    @property
    def title(self) -> str:
        """The whole name that people read."""
        return self.id if self.kind is NodeKind.TABLE else self.name

    @property
    def is_known(self) -> bool:
        """Whether it is a table that has a page."""
        return self.state is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """`after` is made of `before`, or reads it. Both are ids of nodes."""

    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnEdge:
    """`column` of the node `after` is made of `from_column` of the node `before`; of a source that
    is a field of its records. `is_copy`: the value is taken as it is."""

    before: str
    from_column: str
    after: str
    column: str
    is_copy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Nodes and edges, sources before what is made of them; `focus`: the table that they are
    about, empty for everything."""

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    focus: str = ""
    domain: str = ""
    """The domain that they are about; empty: all."""
    columns: Sequence[ColumnEdge] = ()
    """Where they are asked for."""

    def around(self, focus: str) -> Lineage:
        """One node with all that it is made of and all that is made of it."""
        kept = {focus}
        for here, there in (("before", "after"), ("after", "before")):
            kept |= _reach(focus, ((getattr(e, here), getattr(e, there)) for e in self.edges))
        return Lineage(
            nodes=[one for one in self.nodes if one.id in kept],
            edges=[one for one in self.edges if {one.before, one.after} <= kept],
            columns=[one for one in self.columns if {one.before, one.after} <= kept],
            focus=focus,
        )

    def of_domain(self, domain: str) -> Lineage:
        """The tables of one domain, with the nodes right before and after them."""
        own = {one.id for one in self.nodes if one.table and one.table.domain == domain}
        edges = [one for one in self.edges if one.before in own or one.after in own]
        kept = own.union(*((one.before, one.after) for one in edges))
        return Lineage(
            nodes=[one for one in self.nodes if one.id in kept],
            edges=edges,
            columns=[one for one in self.columns if one.before in own or one.after in own],
            domain=domain,
        )


def read_lineage(
    session: Session,
    declared: Declared,
    domains: frozenset[str],
    focus: PublishedTable | None = None,
    *,
    with_columns: bool = False,
) -> Lineage:
    """The lineage of the tables of some domains, or of one of them. Two queries."""
    everything = lineage(read_tables(session, declared, domains), declared, domains)
    if with_columns:
        everything = replace(everything, columns=list(_columns(everything, declared)))
    return everything.around(str(focus.public)) if focus else everything


def lineage(lines: Iterable[TableLine], declared: Declared, domains: frozenset[str]) -> Lineage:
    """The lineage of some tables.

    Args:
        lines: all tables of the domains.
        domains: those that the person may see.
    """
    nodes: dict[str, Node] = {}
    edges: dict[Edge, None] = {}
    by_name = sorted(lines, key=lambda one: (one.table.domain, one.table.layer, one.name))
    for row in by_name:
        nodes[row.name] = _table(row)
    for row in by_name:
        said = declared.tables.get(row.table)
        if said is None:
            continue
        for node, edge in (*_inputs(said, domains), *_readers(said, declared, domains)):
            nodes.setdefault(node.id, node)
            edges[edge] = None
    return Lineage(nodes=list(nodes.values()), edges=list(edges))


def _columns(shown: Lineage, declared: Declared) -> Iterator[ColumnEdge]:
    """What the columns of the tables that are shown are made of, as far as that is shown too."""
    there = {node.id for node in shown.nodes}
    for node in shown.nodes:
        said = declared.tables.get(node.table) if node.table else None
        if said is None:
            continue
        for column in said.columns if said.source else ():
            for one in column.fields:
                source = _source(said).id
                yield ColumnEdge(
                    before=source, from_column=one, after=node.id, column=column.name, is_copy=False
                )
        for name, made in declared.origins.of(said).items():
            for other in sorted(made.columns):
                if str(other.table) in there:
                    yield ColumnEdge(
                        before=str(other.table),
                        from_column=other.column,
                        after=node.id,
                        column=name,
                        is_copy=made.is_copy,
                    )


def _table(row: TableLine) -> Node:
    return Node(
        id=row.name,
        kind=NodeKind.TABLE,
        name=row.table.name,
        about=row.table.schema(),
        table=row.table,
        state=row.state,
        why=row.why,
        description=row.description,
        owner=row.owner,
    )


def _inputs(said: DeclaredTable, domains: frozenset[str]) -> Iterator[tuple[Node, Edge]]:
    """What a table is made of, with the edges to it."""
    name = str(said.table.public)
    if said.source:
        source = _source(said)
        yield source, Edge(before=source.id, after=name)
    for other in said.upstream:
        node = _input(other) if _domain(other) in domains else _elsewhere(f"before {name}")
        yield node, Edge(before=node.id, after=name)


def _readers(
    said: DeclaredTable, declared: Declared, domains: frozenset[str]
) -> Iterator[tuple[Node, Edge]]:
    """What reads a table outside of the warehouse, and where no name of it may be shown."""
    name = str(said.table.public)
    for exposure in said.exposures_seen_in(domains):
        node = _exposure(exposure)
        yield node, Edge(before=name, after=node.id)
    if any(one.table.domain not in domains for one in declared.readers_of(said.table)):
        node = _elsewhere(f"after {name}")
        yield node, Edge(before=name, after=node.id)


def _source(said: DeclaredTable) -> Node:
    kind, _, place = said.source.partition(" ")
    about = " · ".join(filter(None, (kind, said.connection if place else "")))
    return Node(
        id=f"source {said.source} {said.connection}".rstrip(),
        kind=NodeKind.SOURCE,
        name=place or said.connection or kind,
        about=about,
    )


def _input(name: TableName) -> Node:
    """A table that is read and of which nothing else is known; one that is known stands already."""
    return Node(id=str(name), kind=NodeKind.TABLE, name=name.table, about=name.schema)


def _exposure(said: Exposure) -> Node:
    return Node(
        id=f"{said.type} {said.name} {said.url}".rstrip(),
        kind=NodeKind.EXPOSURE,
        name=said.name,
        about=said.type,
        description=said.description,
        owner=said.owner,
        url=said.url,
    )


def _elsewhere(where: str) -> Node:
    return Node(id=f"{ANOTHER_DOMAIN} {where}", kind=NodeKind.ANOTHER_DOMAIN, name=ANOTHER_DOMAIN)


def _domain(name: TableName) -> str:
    return name.schema.partition("_")[2]


def _reach(start: str, steps: Iterable[tuple[str, str]]) -> set[str]:
    onwards: Mapping[str, list[str]] = defaultdict(list)
    for here, there in steps:
        onwards[here].append(there)
    seen = {start}
    todo = [start]
    while todo:
        new = [one for one in onwards.get(todo.pop(), ()) if one not in seen]
        seen.update(new)
        todo += new
    return seen
