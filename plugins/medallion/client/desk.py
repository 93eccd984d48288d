"""`connect`, and what a reader does with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from medallion.client.frames import KINDS, As
from medallion.client.pinned_table import PinnedTable, read_frame
from medallion.client.training import TrainingSet, training_set
from medallion.errors import CannotRead, NotAllowed
from medallion.warehouse.reading import ledger
from medallion.warehouse.reading.columns import Numbers
from medallion.warehouse.reading.features import FeatureTable, feature_tables
from medallion.warehouse.reading.pinned import Pin
from medallion.warehouse.reading.session import read_session
from medallion.warehouse.reading.versions import pin_version

if TYPE_CHECKING:
    from medallion.warehouse.reading.lineage import Lineage


def connect(url: str = "") -> Desk:
    """The warehouse as whoever reads may see it. It is asked once, whether it is one.

    Args:
        url: `postgresql://ada@warehouse/analytics`, `service=warehouse`, or nothing: then PGHOST,
            PGUSER, PGSERVICE and the others say where it is, as for psql. A password belongs into
            ~/.pgpass.

    Raises:
        NotAllowed: the role is the loader, which may do more than read.
        SetupError: the database is not a warehouse.
        WarehouseUnavailable, WarehouseRefused: the server does not answer, or not this role.
    """
    with read_session(url, "connecting to the warehouse") as session:
        if ledger.is_loader(session):
            raise NotAllowed(
                "this is the loader's role: it owns the warehouse and may change it",
                remedy="log in as yourself: a role of your own that is granted reader_<domain>",
            )
    return Desk(url=url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A warehouse and a reader. It holds no connection: each call opens one, and closes it."""

    url: str = field(default="", repr=False)

    def read(
        self,
        table: str,
        as_: As = "pandas",
        *,
        columns: Sequence[str] | None = None,
        version: int | None = None,
        as_of: datetime | date | str | None = None,
        run: str | None = None,
        numbers: Numbers = "exact",
    ) -> Any:
        """A published table as a frame; `lineage_of(frame)` says which data it is.

        Args:
            table: `gold_cinema.brand_performance`, `silver_cinema.movies`.
            as_: `pandas` (with Arrow's types), `polars` or `arrow`.
            columns: none: all.
            version: that number.
            as_of: what readers saw at that moment; without a zone it is in UTC.
            run: what that run published.
            numbers: `exact`: numerics are decimals; `float`: 64-bit floats.

        Raises:
            UnknownTable, NotAllowed, VersionGone, CannotRead: each says what to do.
        """
        if as_ not in KINDS:
            raise CannotRead(f"as_={as_!r} is not known", remedy=f"one of {', '.join(KINDS)}")
        pin = Pin.of(version=version, as_of=as_of, run=run)
        found = ledger.table_of(table)
        return read_frame(self.url, found, pin, as_, columns=columns, numbers=numbers)

    def read_silver(self, table: str, as_: As = "pandas", **how: Any) -> Any:
        """`read` of a silver table: `read_silver("cinema.movies")`."""
        return self.read(f"silver_{table.removeprefix('silver_')}", as_, **how)

    def read_gold(self, table: str, as_: As = "pandas", **how: Any) -> Any:
        """`read` of a gold table: `read_gold("cinema.brand_performance")`."""
        return self.read(f"gold_{table.removeprefix('gold_')}", as_, **how)

    def table(
        self,
        table: str,
        *,
        version: int | None = None,
        as_of: datetime | date | str | None = None,
        run: str | None = None,
    ) -> PinnedTable:
        """The publication that is meant, to be read later and more than once; see `read`."""
        found, pin = ledger.table_of(table), Pin.of(version=version, as_of=as_of, run=run)
        with read_session(self.url, f"looking up {table}") as session:
            lineage = pin_version(session, found, pin)
        return PinnedTable(url=self.url, table=found, lineage=lineage)

    def feature_views(self) -> tuple[FeatureTable, ...]:
        """The gold tables that may be named in `training_set`, with their features."""
        with read_session(self.url, "listing the feature views") as session:
            return tuple(feature_tables(session).values())

    def training_set(
        self,
        labels: Any,
        features: Sequence[str],
        *,
        label_time: str,
        versions: Mapping[str, int] | None = None,
        as_of: datetime | date | str | None = None,
        numbers: Numbers = "exact",
    ) -> TrainingSet:
        """Labels with the features that were known at their times: no row of the future is seen.

        A label gets the features of its entity's latest row whose event time is not after its own,
        unless that row is older than the view's `ttl`: then, and where there is none, NULLs.

        Args:
            labels: a pandas or Polars frame, or an Arrow table, with the views' entity columns.
            features: `gold_shop.customers:orders_30d`; `gold_shop.customers:*` for all of a view.
            label_time: the labels' column of times; without a zone they are in UTC.
            versions: of views that are not to be read as they are published now.
            as_of: for all views that `versions` does not name.

        Raises:
            CannotRead, NotAllowed, VersionGone: each says what to do.
        """
        named = {name: Pin.of(version=version) for name, version in (versions or {}).items()}
        rest = Pin.of(as_of=as_of)
        pins = {text.partition(":")[0]: rest for text in features} | named
        return training_set(
            self.url, labels, features, label_time=label_time, pins=pins, numbers=numbers
        )

    def tables(self) -> tuple[str, ...]:
        """The names of all published tables: also of those that somebody has to grant first."""
        with read_session(self.url, "listing the tables") as session:
            return ledger.names(session)

    def versions(self, table: str) -> tuple[Lineage, ...]:
        """The versions that can be read, the latest first."""
        found = ledger.table_of(table)
        with read_session(self.url, f"listing the versions of {table}") as session:
            ledger.lock(session, found)
            return ledger.versions(session, found)
