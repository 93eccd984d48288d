"""A replay as an operator asks for it: a table's quarantine, then the gold tables that read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from medallion.names import PublishedTable
from medallion.operations.rebuild_gold import RebuiltTable, rebuild_after
from medallion.operations.replay_quarantine import (
    Asker,
    ReplayedRun,
    Verdict,
    describe,
    replay,
)
from medallion.operations.surroundings import Surroundings
from medallion.warehouse.quarantine.chosen import EVERY, Chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReplay:
    """The results for a table's quarantined runs, and for the gold tables that read it."""

    table: PublishedTable
    runs: tuple[ReplayedRun, ...]
    gold: tuple[RebuiltTable, ...]
    chosen: Chosen = EVERY

    @property
    def refused(self) -> bool:
        """Whether a run stays in quarantine, or a gold table could not be rebuilt: the exit
        code."""
        refused = any(run.verdict is Verdict.REFUSED for run in self.runs)
        return refused or any(gold.why_not for gold in self.gold)

    @property
    def rows(self) -> int:
        """Rows that left quarantine for the published table, over all runs that were replayed."""
        return sum(run.left for run in self.runs)

    def list_changed(self) -> tuple[PublishedTable, ...]:
        """The tables that readers now see changed, in the order of publication."""
        replayed = any(run.verdict is Verdict.REPLAYED for run in self.runs)
        own = (self.table,) if replayed else ()
        return own + tuple(gold.table for gold in self.gold if not gold.why_not)

    def lines(self) -> list[str]:
        """A line for people for each run and each gold table."""
        return [*_of_runs(self.table, self.runs, self.chosen), *_of_gold(self.gold)]


def replay_table(
    table: PublishedTable,
    surroundings: Surroundings,
    only_run: str | None,
    report: Callable[[str], None],
    chosen: Chosen = EVERY,
    asker: Asker | None = None,
) -> TableReplay:
    """Replay a silver table's quarantine, and rebuild the gold that reads it.

    Args:
        only_run: one run's id; None: all runs.
        chosen: the rows that it is about; by default every open one.
        asker: who wants it, for the journal; None: nothing is written there.
        report: gets each line as soon as it is known, so that verdicts are seen even if gold fails.

    Raises:
        SetupError: it is a gold table, or `only_run` has no open rows.
        SpecError: the spec that now publishes the table is refused.
        WarehouseUnavailable: the server is away; called again, it continues.
    """
    runs = replay(table, surroundings, only_run, chosen, asker)
    for line in _of_runs(table, runs, chosen):
        report(line)
    gold = rebuild_after(table, surroundings)
    for line in _of_gold(gold):
        report(line)
    return TableReplay(table=table, runs=runs, gold=gold, chosen=chosen)


def _of_runs(table: PublishedTable, runs: tuple[ReplayedRun, ...], chosen: Chosen) -> list[str]:
    if runs:
        return [describe(run) for run in runs]
    if chosen != EVERY:
        return [f"None of the chosen rows of {table.public} is open in quarantine any more."]
    return [f"Nothing of {table.public} is open in quarantine."]


def _of_gold(gold: tuple[RebuiltTable, ...]) -> list[str]:
    return [f"{one.table.public}: {one.why_not or 'built again'}" for one in gold]
