"""A table of an environment that is production's: a view on the published one, which copies
nothing and shows what readers of production see, as soon as they see it.
"""

from __future__ import annotations

from psycopg import sql

from medallion.names import PublishedTable
from medallion.plan.environment import production_of
from medallion.publish.relations import identifier, parent_of, select_columns
from medallion.spec.models.sharing import ShareWith
from medallion.warehouse.environments.record import SQL
from medallion.warehouse.roles import readers
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session
from medallion.warehouse.tables.selects import drop_hidden_selects


def show_production(own: Session, table: PublishedTable, share_with: ShareWith) -> None:
    """Make the view, where there is none of this shape. What the environment had made itself under
    that name goes.

    Args:
        own: a session of the environment's role, which may read production's table.
        table: of the environment.
        share_with: the domains of the environment whose SQL may read it.
    """
    wanted = columns_of(own, production_of(table).public)
    if is_built(own, table):
        drop_built(own, table)
    if columns_of(own, table.public) != wanted:
        drop_view(own, table)
        select = select_columns(production_of(table).public, [column.name for column in wanted])
        own.execute(sql.SQL("CREATE VIEW {} AS {}").format(identifier(table.public), select))
        comment = (
            f"Production's {production_of(table).public}: its spec and its inputs are the same."
        )
        own.execute(
            sql.SQL("COMMENT ON VIEW {} IS {}").format(
                identifier(table.public), sql.Literal(comment)
            )
        )
    readers.share(own, table, share_with)


def make_room(own: Session, table: PublishedTable, fingerprint: str) -> None:
    """Drop what has to go before the environment publishes under that name itself: a view on
    production's table, or what it has built by another spec, whose rows would stay among the new.
    """
    if not is_built(own, table):
        drop_view(own, table)
        return
    row = own.execute(statements(SQL)["fingerprint"], table.key()).fetchone()
    if row is None or row[0] != fingerprint:
        drop_built(own, table)


def drop_without_view(own: Session, table: PublishedTable) -> None:
    """Drop a table that the environment has built and whose public view is gone: it was a SELECT on
    a table that has made room. Nothing of it can be read, so the next publication is its first."""
    if is_built(own, table) and not columns_of(own, table.public):
        drop_built(own, table)


def is_built(own: Session, table: PublishedTable) -> bool:
    """Whether the environment has published the table itself."""
    return bool(columns_of(own, parent_of(table)))


def drop_view(own: Session, table: PublishedTable) -> None:
    """Drop the public view, and what somebody has made upon it."""
    own.execute(sql.SQL("DROP VIEW IF EXISTS {} CASCADE").format(identifier(table.public)))


def drop_built(own: Session, table: PublishedTable) -> None:
    """Drop a table that the environment has published itself, with all that the registry has of
    it."""
    drop_view(own, table)
    drop_hidden_selects(own, table)
    for name in (parent_of(table), table.quarantine):
        own.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(identifier(name)))
    own.execute(statements(SQL)["forget_table"], table.key())
