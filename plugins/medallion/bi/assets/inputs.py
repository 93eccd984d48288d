"""What assets are made of: the plan's declarations, what the warehouse says, where both are."""

from __future__ import annotations

from dataclasses import dataclass

from medallion.plan.bi import BiDashboard, BiTable


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseColumn:
    """A column of a published table, as PostgreSQL has it."""

    name: str
    type: str
    """As `format_type` writes it: `numeric(18,2)`, `timestamp with time zone`."""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredTable:
    """A gold table that specs declare for the BI team, or that one of their charts reads."""

    table: BiTable
    columns: tuple[WarehouseColumn, ...]
    """Of the published table, in its order."""
    attributions: tuple[str, ...] = ()
    """The texts that licences ask for wherever its data are shown."""
    spec_url: str = ""
    """Where its spec is in the repository. It is part of what is compared: name a branch, or the
    last commit that changed the spec, not the commit of today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredDashboard:
    """A dashboard and where its spec is."""

    dashboard: BiDashboard
    spec_url: str = ""
    """As of DeclaredTable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """The database that Superset asks, as a reader."""

    project: str
    """Whose assets these are: part of each UUID. Another name makes all objects new ones."""
    database: str
    """What Superset calls it: `Medallion warehouse`. Unique there."""
    sqlalchemy_uri: str
    """Without a password: `postgresql+psycopg2://bi_reader@db.example.org:5432/warehouse`."""
    url: str = ""
    """Of the repository."""
