"""Feature views: which there are, and their rows as a point-in-time join takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from medallion.closest import closest
from medallion.errors import CannotRead
from medallion.names import Layer, PublishedTable
from medallion.warehouse.reading import ledger
from medallion.warehouse.reading.columns import ARROW, Numbers, ReadColumn, select_one
from medallion.warehouse.reading.session import quote
from medallion.warehouse.session.statements import statements

if TYPE_CHECKING:
    from medallion.warehouse.reading.session import ReadSession

SQL = "reading/features.sql"
TIME = "_event_time"
"""The column of the join's input that holds the event time: microseconds since 1970, UTC."""
_ORDERED = ARROW - {"json"}
"""What PostgreSQL compares; the rest is compared as texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureTable:
    """A gold table that its spec declares to be a feature view, in Feast's words."""

    name: str
    entity: tuple[str, ...]
    event_time: str
    ttl_microseconds: int | None
    """How long a row holds; None: until the entity's next row."""
    features: tuple[str, ...]

    @property
    def table(self) -> PublishedTable:
        """Parsed from its name, as the ledger writes tables."""
        return ledger.table_of(self.name)


def feature_tables(session: ReadSession) -> dict[str, FeatureTable]:
    """Those that the session's role may read, by their names."""
    found = {}
    for row in session.rows("feature_views"):
        name = f"{Layer.GOLD}_{row['domain']}.{row['table_name']}"
        found[name] = FeatureTable(
            name=name,
            entity=tuple(row["entity"]),
            event_time=row["event_time"],
            ttl_microseconds=row["ttl_microseconds"],
            features=tuple(row["features"]),
        )
    return found


def find_named_features(
    known: dict[str, FeatureTable], asked_for: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """By table, the features of texts like `gold_shop.customers:orders_30d`, or `…:*` for all.

    Raises:
        CannotRead: there is no such feature view, or it has no such feature.
    """
    found: dict[str, list[str]] = {}
    for text in asked_for:
        name, _, feature = text.partition(":")
        view = known.get(name)
        if view is None:
            near = closest(name, known)
            raise CannotRead(
                f"{text!r}: {name} is not a feature view that you may read",
                remedy=f"did you mean {near}?" if near else f"there are: {', '.join(known) or '-'}",
            )
        if feature not in ("*", *view.features):
            near = closest(feature, view.features)
            raise CannotRead(
                f"{text!r}: {name} has no feature {feature!r}",
                remedy=f"did you mean {near}?" if near else f"it has {', '.join(view.features)}",
            )
        wanted = view.features if feature == "*" else (feature,)
        listed = found.setdefault(name, [])
        listed += [one for one in wanted if one not in listed]
    return {name: tuple(features) for name, features in found.items()}


def select_features(
    view: FeatureTable,
    columns: Sequence[ReadColumn],
    features: Sequence[str],
    *,
    numbers: Numbers,
    as_text: frozenset[str],
    window: tuple[int | None, int],
) -> sql.Composed:
    """The rows of a view that labels of a time window may need: of each entity and event time one.

    Where two rows have the same, the one that is greatest by the table's columns in their order
    stays, NULL last. Rows without an entity or a finite time are not joined.

    Args:
        columns: all of the table's, in order.
        window: the earliest event time (None: any) and the last one, in microseconds since 1970.
    """
    by_name = {column.name: column for column in columns}
    wanted = [select_one(by_name[name], numbers, as_text) for name in (*view.entity, *features)]
    moment = sql.SQL("CAST({} AS timestamptz)").format(quote(view.event_time))
    micros = sql.SQL("CAST(extract(epoch FROM {}) * 1000000 AS bigint)").format(moment)
    same = [quote(name) for name in (*view.entity, view.event_time)]
    rest = [_comparable(one) for one in columns if not one.name.startswith("_")]
    bounds = [sql.SQL("isfinite({})").format(moment)]
    bounds += [sql.SQL("{} IS NOT NULL").format(quote(name)) for name in view.entity]
    earliest, last = window
    bounds.append(sql.SQL("{} <= {}").format(micros, sql.Literal(last)))
    if earliest is not None:
        bounds.append(sql.SQL("{} >= {}").format(micros, sql.Literal(earliest)))
    return statements(SQL)["rows_of_view"].format(
        same=sql.SQL(", ").join(same),
        wanted=sql.SQL(", ").join(wanted),
        micros=micros,
        time=quote(TIME),
        table=quote(view.table.public.schema, view.table.public.table),
        bounds=sql.SQL(" AND ").join(bounds),
        rest=sql.SQL(", ").join(sql.SQL("{} DESC NULLS LAST").format(one) for one in rest),
    )


def _comparable(column: ReadColumn) -> sql.Composable:
    if column.kind in _ORDERED:
        return quote(column.name)
    return sql.SQL("CAST({} AS text)").format(quote(column.name))
