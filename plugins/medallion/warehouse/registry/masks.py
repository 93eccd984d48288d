"""Which columns the public view of a table masks, and for whom not, as of its spec.

The registry keeps it because a view is made again where no spec is at hand: by a rollback, by
maintenance, by a version that goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from medallion.names import PublishedTable
from medallion.publish.read_mask import ReadMask
from medallion.warehouse.session.statements import statements

SQL = "registry/masks.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskChange:
    """A column that is masked otherwise than before; `roles` read it in clear, None: all."""

    table: PublishedTable
    column: str
    roles: tuple[str, ...] | None

    def describe(self) -> str:
        """A line for a log: "silver_shop.people.email is masked, but for fraud_team"."""
        what = f"{self.table.public}.{self.column}"
        if self.roles is None:
            return f"{what} is no longer masked"
        return f"{what} is masked" + (f", but for {', '.join(self.roles)}" if self.roles else "")


def read_masks(connection: psycopg.Connection, table: PublishedTable) -> tuple[ReadMask, ...]:
    """What the public view masks."""
    rows = connection.execute(statements(SQL)["read"], table.key()).fetchall()
    return tuple(
        ReadMask(column=column, roles=tuple(roles), is_email=is_email, keep_last=keep_last)
        for column, roles, is_email, keep_last in rows
    )


def read_columns_in_clear(connection: psycopg.Connection, table: PublishedTable) -> tuple[str, ...]:
    """The columns that others read masked, and the session's own role in clear."""
    rows = connection.execute(statements(SQL)["read_in_clear"], table.key()).fetchall()
    return tuple(column for (column,) in rows)


def keep_masks(
    connection: psycopg.Connection, table: PublishedTable, wanted: Sequence[ReadMask]
) -> tuple[MaskChange, ...]:
    """Keep what the spec says; what has changed.

    A column that a spec masks before it is stored is masked by the view, too, once it has been
    there in clear: rows from then are.
    """
    known = {mask.column: mask for mask in read_masks(connection, table)}
    kept = {mask.column: mask for mask in wanted if mask.roles or mask.column in known}
    changes = []
    for column in sorted(known.keys() - kept.keys()):
        connection.execute(statements(SQL)["forget"], {**table.key(), "column_name": column})
        changes.append(MaskChange(table=table, column=column, roles=None))
    for column, mask in sorted(kept.items()):
        if known.get(column) != mask:
            said: dict[str, object] = {"column_name": column, "roles": list(mask.roles)}
            said |= {"is_email": mask.is_email, "keep_last": mask.keep_last}
            connection.execute(statements(SQL)["keep"], {**table.key(), **said})
            changes.append(MaskChange(table=table, column=column, roles=mask.roles))
    return tuple(changes)
