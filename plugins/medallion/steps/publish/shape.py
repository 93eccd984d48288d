"""What a publication would change in the columns that readers see, and whether it may."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from medallion.errors import WarehouseRefused
from medallion.names import (
    Layer,
    PublishedTable,
    TableName,
    is_of_environment,
)
from medallion.plan.boards import Board
from medallion.plan.column_uses import BiReaders
from medallion.plan.model import Exposure, PublishStep
from medallion.prose import list_and_count
from medallion.publish.declaration import BreakingChange, ShapeContract
from medallion.publish.relations import OWN_COLUMNS, Column, identifier, parent_of
from medallion.roots import dashboard_url
from medallion.steps.context import declare_nothing
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.relations import columns_of, dependents_of
from medallion.warehouse.session.transaction import Session
from medallion.warehouse.tables.store import list_added_columns

_MOST_METRICS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeChange:
    """`grows`: relations must be created or get columns. `breaks`: each column that goes or changes
    type, in words."""

    grows: bool
    breaks: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    """The names of these columns."""
    added: tuple[str, ...] = ()
    """Columns that a table that is there gets; none of one that is published for the first time."""


def shape_change(
    connection: Session,
    step: PublishStep,
    staged: Sequence[Column],
    bi_readers: Callable[[TableName], BiReaders] = declare_nothing,
) -> ShapeChange:
    """Compare the staged columns with the published ones.

    Args:
        connection: to the warehouse.
        step: of the table.
        staged: the columns that would be published.
        bi_readers: what specs declare of the table for the BI team; asked where something breaks.

    Raises:
        WarehouseRefused: a column would disappear or change its type and the spec does not allow
            it; the message names who reads the table.
    """
    published = columns_of(connection, parent_of(step.table))
    added = list_added_columns(step)
    known = {column.name for column in published}
    fresh = tuple(column.name for column in staged if column.name not in known)
    shown = bool(columns_of(connection, step.table.public))
    broken = _compare(published, staged, own={*OWN_COLUMNS, *(column.name for column in added)})
    shape = ShapeChange(
        grows=not shown or any(column.name not in known for column in (*staged, *added)),
        breaks=tuple(f"{name}: {words}" for name, words in broken.items()),
        broken=tuple(broken),
        added=fresh if published else (),
    )
    if broken and step.breaking_change is not BreakingChange.ALLOW:
        raise _refuse(connection, step, shape, bi_readers(step.table.public))
    if shape.added and step.schema_contract is ShapeContract.FREEZE:
        raise WarehouseRefused(
            f"{step.table.public} would have new columns: {', '.join(fresh)}, and its schema "
            "contract is frozen",
            remedy="leave them out of the SELECT, or set `schema_contract: evolve`. The published "
            "table is untouched",
        )
    return shape


def _compare(
    published: Sequence[Column], staged: Sequence[Column], own: Collection[str]
) -> dict[str, str]:
    """By published column that goes or changes its type, what becomes of it."""
    types = {column.name: column.type for column in staged}
    return {
        column.name: f"{column.type} → {types.get(column.name, 'gone')}"
        for column in published
        if column.name not in own and types.get(column.name) != column.type
    }


def _refuse(
    connection: Session, step: PublishStep, shape: ShapeChange, bi: BiReaders
) -> WarehouseRefused:
    readers = "; ".join(reader for reader, _ in readers_of(connection, step, shape, bi))
    return WarehouseRefused(
        f"{step.table.public} would break its readers: {'; '.join(shape.breaks)}"
        + (f". It is read by {readers}" if readers else ""),
        remedy="keep the column as it was, or publish the new shape under another name. If it is "
        "meant, and they know of it, set `breaking_change: allow` in the spec until it is "
        "published. The published table is untouched",
    )


def readers_of(
    connection: Session, step: PublishStep, shape: ShapeChange, bi: BiReaders
) -> list[tuple[str, str]]:
    """Who would notice a breaking change: views, gold tables of any pipeline, exposures, and of the
    dashboards that specs declare those that use what goes; each with its domain, empty where it has
    none of its own.

    Args:
        connection: to the warehouse.
        step: of the table.
        shape: what the publication would change.
        bi: what specs declare for the BI team. A dashboard that is not among it is named whatever
            it uses.
    """
    tables = registry.readers_of(connection, step.table)
    return [
        *((f"view {name}", _domain_of(name)) for name in _views(connection, step.table)),
        *((f"gold table {name}", _domain_of(name)) for name in tables),
        *_exposures(step, shape.broken, bi),
    ]


def _exposures(
    step: PublishStep, columns: Sequence[str], bi: BiReaders
) -> Iterator[tuple[str, str]]:
    domain, slugs = step.table.domain, {one.slug for one in bi.dashboards}
    declared: dict[str, Exposure] = {}
    for one in step.exposures:
        # An exposure of a dashboard's name is the dashboard itself.
        slug = one.dashboard or (f"{domain}-{one.name}" if one.kind == "dashboard" else "")
        if slug in slugs:
            declared[slug] = one
        else:
            yield str(_with_address(one)), ""
    for board, parts in bi.dashboards_with(step.table.public, columns):
        made = Board.of(board).exposure_for(domain)
        shown = _with_address(declared.get(board.slug, made))
        yield f"{shown}: {parts}", "" if board.domain == domain else board.domain
    if metrics := bi.metrics_of(columns):
        yield f"metrics of its dataset: {list_and_count(metrics, _MOST_METRICS)}", ""


def _with_address(exposure: Exposure) -> Exposure:
    """A dashboard that a spec declares is where Superset is now."""
    return replace(exposure, url=exposure.url or dashboard_url(exposure.dashboard))


def _domain_of(name: str) -> str:
    """By the schema; empty: it is not one of a domain."""
    layer, _, domain = name.partition(".")[0].strip('"').partition("_")
    return domain if layer in (Layer.SILVER, Layer.GOLD) else ""


def _views(connection: Session, table: PublishedTable) -> list[str]:
    """Those of environments are made again by their next runs: nobody has to know."""
    views = dependents_of(connection, identifier(table.public).as_string(connection))
    return [view for view in views if not is_of_environment(view.partition(".")[0].strip('"'))]
