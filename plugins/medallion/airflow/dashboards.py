"""What specs declare of a table for the BI team, asked while one of its tasks runs.

A starting task reads its own spec alone. Where nothing else is known here, that is all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from medallion.errors import MedallionError

if TYPE_CHECKING:
    from medallion.names import TableName
    from medallion.plan.boards import Board
    from medallion.plan.column_uses import BiReaders


def bi_readers_of(table: TableName) -> BiReaders:
    """The dataset and the dashboards of a table, of all specs that run."""
    from medallion.compiler.running import running_bi
    from medallion.plan.column_uses import BiReaders
    from medallion.roots import project_root

    try:
        return running_bi(project_root(), table)
    except (MedallionError, OSError):
        return BiReaders()


def boards_of_table(table: TableName) -> tuple[Board, ...]:
    """The dashboards that read a table, of all specs that run; no plan is read."""
    from medallion.compiler.running import running_boards
    from medallion.roots import project_root

    try:
        return running_boards(project_root(), table)
    except (MedallionError, OSError):
        return ()
