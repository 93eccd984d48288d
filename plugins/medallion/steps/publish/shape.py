"""What a publication would change in the columns that readers see, and whether it may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from medallion.errors import WarehouseRefused
from medallion.names import DATA_INTERVAL_END, DELETED_AT, Layer, PublishedTable
from medallion.plan.model import Exposure, PublishStep
from medallion.publish.declaration import BreakingChange, ShapeContract
from medallion.publish.relations import VERSION, Column, identifier, parent_of
from medallion.roots import dashboard_url
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.relations import columns_of, dependents_of
from medallion.warehouse.session.transaction import Session
from medallion.warehouse.tables.store import added_columns

_OWN_COLUMNS = (VERSION, DATA_INTERVAL_END, DELETED_AT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeChange:
    """`grows`: relations must be created or get columns. `breaks`: each column that goes or changes
    type, in words."""

    grows: bool
    breaks: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    """Columns that a table that is there gets; none of one that is published for the first time."""


def shape_change(connection: Session, step: PublishStep, staged: Sequence[Column]) -> ShapeChange:
    """Compare the staged columns with the published ones.

    Raises:
        WarehouseRefused: a column would disappear or change its type and the spec does not allow
            it; the message names who reads the table.
    """
    published = columns_of(connection, parent_of(step.table))
    added = added_columns(step)
    own = {*_OWN_COLUMNS, *(column.name for column in added)}
    types = {column.name: column.type for column in staged}
    broken = tuple(
        f"{column.name}: {column.type} → {types.get(column.name, 'gone')}"
        for column in published
        if column.name not in own and types.get(column.name) != column.type
    )
    if broken and step.breaking_change is not BreakingChange.ALLOW:
        raise _refused(connection, step, broken)
    known = {column.name for column in published}
    fresh = [column.name for column in staged if column.name not in known]
    if published and fresh and step.schema_contract is ShapeContract.FREEZE:
        raise WarehouseRefused(
            f"{step.table.public} would have new columns: {', '.join(fresh)}, and its schema "
            "contract is frozen",
            remedy="leave them out of the SELECT, or set `schema_contract: evolve`. The published "
            "table is untouched",
        )
    shown = bool(columns_of(connection, step.table.public))
    wanted = (*staged, *added)
    grows = not shown or any(column.name not in known for column in wanted)
    return ShapeChange(grows=grows, breaks=broken, added=tuple(fresh) if published else ())


def _refused(connection: Session, step: PublishStep, broken: Sequence[str]) -> WarehouseRefused:
    readers = "; ".join(reader for reader, _ in readers_of(connection, step))
    return WarehouseRefused(
        f"{step.table.public} would break its readers: {'; '.join(broken)}"
        + (f". It is read by {readers}" if readers else ""),
        remedy="keep the column as it was, or publish the new shape under another name. If it is "
        "meant, and they know of it, set `breaking_change: allow` in the spec until it is "
        "published. The published table is untouched",
    )


def readers_of(connection: Session, step: PublishStep) -> list[tuple[str, str]]:
    """Who would notice a breaking change: views, gold tables of any pipeline, and the spec's
    exposures; each with its domain, empty where it has none of its own."""
    tables = registry.readers_of(connection, step.table)
    return [
        *((f"view {name}", _domain_of(name)) for name in _views(connection, step.table)),
        *((f"gold table {name}", _domain_of(name)) for name in tables),
        *((str(_with_address(exposure)), "") for exposure in step.exposures),
    ]


def _with_address(exposure: Exposure) -> Exposure:
    """A dashboard that a spec declares is where Superset is now."""
    return replace(exposure, url=exposure.url or dashboard_url(exposure.dashboard))


def _domain_of(name: str) -> str:
    """By the schema; empty: it is not one of a domain."""
    layer, _, domain = name.partition(".")[0].strip('"').partition("_")
    return domain if layer in (Layer.SILVER, Layer.GOLD) else ""


def _views(connection: Session, table: PublishedTable) -> list[str]:
    name = identifier(table.public).as_string(connection)
    return [*dependents_of(connection, name)]
