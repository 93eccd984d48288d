"""Deleting rows of quarantine that nobody wants any more; the registry keeps how many."""

from __future__ import annotations

from collections.abc import Sequence

from medallion.errors import SetupError
from medallion.names import PublishedTable
from medallion.operations.replay_quarantine import obsolete_runs
from medallion.warehouse.quarantine.chosen import Chosen
from medallion.warehouse.quarantine.runs import one_replay_at_a_time, open_runs
from medallion.warehouse.registry.deletions import drop_chosen, drop_run
from medallion.warehouse.registry.operator_actions import record_action
from medallion.warehouse.session.transaction import session


def drop_quarantine(
    url: str, table: PublishedTable, run_ids: Sequence[str] | None, by: str = ""
) -> int:
    """Delete open rows of some runs, and return how many.

    Args:
        url: the warehouse, as the loader.
        run_ids: whose rows; None: of the runs that another one has overtaken.
        by: the person who wants it, for the journal; empty: nothing is written there.

    Raises:
        SetupError: one of the runs has no open rows.
        WarehouseUnavailable: a replay of the table is running.
    """
    doing = f"dropping rows of {table.quarantine}"
    with one_replay_at_a_time(url, table), session(url, doing) as connection:
        runs = open_runs(connection, table)
        if run_ids is None:
            wanted = obsolete_runs(connection, table, runs)
        else:
            wanted = [one for one in runs if one.run.run_id in run_ids]
            known = {one.run.run_id for one in wanted}
            if missing := [run_id for run_id in run_ids if run_id not in known]:
                raise SetupError(
                    f"the run {missing[0]} has no open rows in the quarantine of {table.public}",
                    remedy="those that have: "
                    f"{', '.join(one.run.run_id for one in runs) or 'none'}",
                )
        reason = "obsolete, dropped by hand" if run_ids is None else "dropped by hand"
        gone = sum(drop_run(connection, table, one.run, reason).rows for one in wanted)
        if by:
            details = {"runs": [one.run.run_id for one in wanted], "rows": gone}
            record_action(connection, table, by=by, action="drop quarantine", details=details)
    return gone


def drop_chosen_rows(url: str, table: PublishedTable, chosen: Chosen, by: str = "") -> int:
    """Delete the open rows that were chosen, and return how many. Whatever replays their runs
    leaves them out.

    Args:
        url: the warehouse, as the loader.
        chosen: which; what has left quarantine since is not among them.
        by: the person who wants it, for the journal; empty: nothing is written there.

    Raises:
        SetupError: none of them is open.
        WarehouseUnavailable: a replay of the table is running.
    """
    doing = f"dropping rows of {table.quarantine}"
    with one_replay_at_a_time(url, table), session(url, doing) as connection:
        gone = drop_chosen(connection, table, chosen, "dropped by hand").rows
        if not gone:
            raise SetupError(
                f"none of these rows is open in the quarantine of {table.public}",
                remedy="somebody may have dropped or replayed them: look at the quarantine again",
            )
        if by:
            details = {**chosen.describe(), "rows": gone}
            record_action(connection, table, by=by, action="drop quarantine", details=details)
    return gone
