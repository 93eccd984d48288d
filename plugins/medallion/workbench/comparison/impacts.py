"""What a change concerns: tables, checks, exposures, metrics, dashboards and charts, each with its
owner and its line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from medallion.catalogue.declared_table import DeclaredTable
from medallion.names import Layer, TableName
from medallion.plan.asset_facts import web_address
from medallion.plan.bi import BiDashboard, BiTable
from medallion.plan.column_uses import names_made_of, of_dashboard, of_dataset
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.pipeline import PipelineSpec
from medallion.spec.sql.lineage import read_query
from medallion.sql.result_columns import TableColumn
from medallion.workbench.comparison.changes import Impact, list_names
from medallion.workbench.comparison.downstream import Graph, Reader
from medallion.workbench.comparison.places import Place
from medallion.workbench.comparison.sides import Side


def of_column(
    column: TableColumn, readers: Sequence[Reader], graph: Graph, after: Side
) -> tuple[Impact, ...]:
    """Everything that a column concerns.

    Args:
        readers: the tables that it concerns.
        graph: in which they stand.
        after: the working tree: its dashboards, exposures and checks count.
    """
    touched: dict[str, list[str]] = {str(column.table): [column.column]}
    found: list[Impact] = []
    for one in readers:
        found.append(_reader(column, one, graph))
        touched.setdefault(str(one.table.table.public), []).extend(one.columns)
    found += _foreign_keys(column, after)
    for name, columns in touched.items():
        found += _exposures(graph.tables.get(name), graph, own=name == str(column.table))
        found += of_bi(name, columns, after)
        found += _find_offers(name, after)
    return tuple(dict.fromkeys(found))


def of_table(table: str, graph: Graph, after: Side, how: str) -> tuple[Impact, ...]:
    """Everything that is downstream of a table as a whole.

    Args:
        how: what becomes of those who read it, the rest of a sentence.
    """
    found: list[Impact] = []
    direct = {str(one.table.public) for one in graph.direct(table)}
    readers = graph.readers(table)
    names = {table, *(str(one.table.public) for one in readers)}
    for one in readers:
        said = "reads it" if str(one.table.public) in direct else "is made of what reads it"
        read = next(other for other in one.upstream if str(other) in names)
        said = f"{said}: {how}" if how else said
        found.append(_table(one, said, _place_in(one, read, graph)))
    for name in (table, *(str(one.table.public) for one in readers)):
        found += _exposures(graph.tables.get(name), graph, own=name == table)
        found += of_bi(name, None, after)
        found += _find_offers(name, after)
    return tuple(dict.fromkeys(found))


def _table(table: DeclaredTable, how: str, place: Place) -> Impact:
    layer = table.table.layer
    return Impact(
        kind=f"{layer} table",
        name=str(table.table.public),
        how=how,
        owner=table.owner,
        contacts=table.contacts,
        place=place,
    )


def _reader(column: TableColumn, reader: Reader, graph: Graph) -> Impact:
    """A table, with the line that names the column, or what it is made of."""
    table = reader.table
    made = (
        f"its {list_names(reader.columns)} {'are' if len(reader.columns) > 1 else 'is'} made of it"
    )
    if reader.spots:
        through = sorted({str(one.table) for one in reader.names} - {str(column.table)})
        of = f" of {list_names(through)}" if through else ""
        named = list_names(dict.fromkeys(one.column for one in reader.names))
        how = f"names {named}{of}" + (f"; {made}" if reader.columns else "")
        return _table(table, how, Place(path=table.sql_path, line=reader.spots[0][0]))
    upstream = next(
        (one for one in table.upstream if one == column.table), next(iter(table.upstream), None)
    )
    if table.table.layer is Layer.SILVER or upstream is None:
        side = graph.sides[str(table.table.public)]
        key = ("datasets", table.table.name, "silver", "columns", reader.columns[0])
        return _table(table, made, side.places.of(table.spec_path, key))
    return _table(table, made, _place_in(table, upstream, graph))


def _place_in(table: DeclaredTable, read: TableName, graph: Graph) -> Place:
    """The line at which a table's SQL names another table; of silver that of the dataset."""
    if table.sql:
        return Place(path=table.sql_path, line=read_query(table.sql).place_of(read)[0])
    side = graph.sides[str(table.table.public)]
    return side.places.of(table.spec_path, ("datasets", table.table.name))


def _exposures(table: DeclaredTable | None, graph: Graph, *, own: bool) -> Iterator[Impact]:
    if table is None:
        return
    name = str(table.table.public)
    side = graph.sides[name]
    key = ("gold",) if table.table.layer is Layer.GOLD else ("datasets",)
    rest = () if table.table.layer is Layer.GOLD else ("silver",)
    for one in table.exposures:
        place = side.places.of(
            table.spec_path, (*key, table.table.name, *rest, "exposures", one.name)
        )
        yield Impact(
            kind="exposure",
            name=f"{one.type} {one.name}",
            how="reads the table" if own else f"reads {name}",
            owner=one.owner or table.owner,
            contacts=() if one.owner else table.contacts,
            url=web_address(one.url),
            place=place,
        )


def _find_offers(table: str, after: Side) -> Iterator[Impact]:
    """The data products that a table is part of."""
    for one in after.offers:
        for name, product in one.products.items():
            if table not in product.tables:
                continue
            contact = product.support.contact
            yield Impact(
                kind="data product",
                name=f"{one.domain}.{name}",
                how=f"offers {table}",
                owner=product.owner or one.owner,
                contacts=(contact,) if contact else one.contacts,
                place=after.places.of(one.path, ("products", name)),
            )


def _foreign_keys(column: TableColumn, after: Side) -> Iterator[Impact]:
    """Checks of any table that look into the column."""
    for path, loaded in sorted(after.loaded.items()):
        for where, table in loaded.checked_against:
            if table != column.table or where[-1] != "to":
                continue
            if _refers_to(loaded.spec, where) != f"{table}.{column.column}":
                continue
            schema = f"{'gold' if where[0] == 'gold' else 'silver'}_{loaded.dag_id.domain}"
            yield Impact(
                kind="check",
                name=f"foreign_key of {schema}.{where[1]}",
                how="looks into it",
                owner=loaded.spec.owner or loaded.domain.owner or "",
                contacts=loaded.domain.contacts,
                place=after.places.of(path, where),
            )


def _refers_to(spec: PipelineSpec, where: KeyPath) -> str:
    """The column that a foreign key names; `where` ends with its position, its name and `to`."""
    at, part = int(where[-3]), str(where[1])
    if where[0] == "gold":
        checks = spec.gold[part].checks
    else:
        dataset = spec.datasets[part]
        checks = dataset.bronze.checks if where[2] == "bronze" else dataset.silver.checks
    return str(checks[at].arguments.get("to"))


def of_bi(table: str, columns: Collection[str] | None, after: Side) -> Iterator[Impact]:
    """Metrics, charts and filters that use columns of a table, or the table; None: any column."""
    path, dataset = after.bi_tables.get(table, ("", None))
    made = names_made_of(dataset, columns) if columns is not None else frozenset[str]()
    if dataset is not None:
        yield from _of_dataset(path, dataset, columns)
    for file, dashboard in after.dashboards:
        yield from _of_dashboard(file, dashboard, table, columns, made, after)


def _of_dataset(path: str, dataset: BiTable, columns: Collection[str] | None) -> Iterator[Impact]:
    for kind, name, how in of_dataset(dataset, columns):
        yield Impact(
            kind=kind,
            name=f"{dataset.table}.{name}" if name else str(dataset.table),
            how=how,
            owner=dataset.owner,
            contacts=dataset.contacts,
            place=Place(path=path, line=dataset.line),
        )


def _of_dashboard(
    file: str,
    dashboard: BiDashboard,
    table: str,
    columns: Collection[str] | None,
    made: Collection[str],
    after: Side,
) -> Iterator[Impact]:
    contacts = _contacts(dashboard.domain, after)
    for kind, name, how, line in of_dashboard(dashboard, table, columns, made):
        yield Impact(
            kind=kind,
            name=": ".join(filter(None, (dashboard.title or dashboard.name, name))),
            how=how,
            owner=dashboard.owner,
            contacts=contacts,
            place=Place(path=file, line=line or dashboard.line),
        )


def _contacts(domain: str, after: Side) -> tuple[str, ...]:
    loaded = (one for one in after.loaded.values() if one.dag_id.domain == domain)
    return next((one.domain.contacts for one in loaded), ())
