"""The requests that a connection may make, shared by all runs that use it, wherever they run.

The warehouse is what they have in common. A run leases a few slots at a time, each the moment of
one request; the next lease, whoever's, begins where the last one ends. So no run waits for
another's end, and one that is killed takes its lease with it: a fifth of a second, or one slot.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType

import psycopg

from medallion.errors import SourceUnavailable, WarehouseUnavailable
from medallion.sources.base.pace import Rate
from medallion.warehouse.session.connection import connect, translate_errors
from medallion.warehouse.session.statements import statements

SQL = "registry/request_budget.sql"
LEASE_SECONDS = 0.2
"""The longest lease of more than one slot."""
SAY_FROM_SECONDS = 5.0
"""A wait as long as this is logged."""


class RequestBudgets:
    """The request budgets of one extraction, on one connection that is opened when it is first
    needed."""

    def __init__(self, url: str, log: logging.Logger) -> None:
        self._url = url
        self._log = log
        self._connection: psycopg.Connection | None = None

    def __enter__(self) -> RequestBudgets:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def __call__(self, conn_id: str, rate: Rate) -> RequestBudget:
        """The throttle of a connection's id."""
        return RequestBudget(conn_id=conn_id, rate=rate, lease=self._lease, log=self._log)

    def _lease(self, conn_id: str, rate: Rate, slots: int) -> float:
        """Seconds until the first of so many slots; again on a new connection where one is lost.

        Raises:
            SourceUnavailable: the day's requests are used up.
            WarehouseUnavailable: the warehouse, which keeps the budget, does not answer.
        """
        try:
            return self._once(conn_id, rate, slots)
        except WarehouseUnavailable:
            self._close()
            return self._once(conn_id, rate, slots)

    def _once(self, conn_id: str, rate: Rate, slots: int) -> float:
        with translate_errors(f"leasing requests of the connection {conn_id}"):
            if self._connection is None:
                self._connection = connect(self._url, application_name="medallion requests")
                self._connection.autocommit = True
                # A crash may forget the leases of the last moment: nobody waits for the disk.
                self._connection.execute("SET synchronous_commit = off")
            row = self._connection.execute(
                statements(SQL)["lease"],
                {
                    "conn_id": conn_id,
                    "slots": slots,
                    "lasts": timedelta(seconds=slots / rate.per_second),
                    "per_day": rate.per_day,
                },
            ).fetchone()
        if row is None:
            raise SourceUnavailable(
                f"the {rate.per_day} requests a day of the connection {conn_id} are used up",
                remedy="they are counted again from midnight (UTC), by all runs together: "
                "clear the task then, or raise the connection's extra requests_per_day",
            )
        return max(0.0, float(row[0]))

    def _close(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None


@dataclass(slots=True, kw_only=True)
class RequestBudget:
    """One extraction's share of a connection's budget: it leases as many slots at a time as it
    uses."""

    conn_id: str
    rate: Rate
    lease: Callable[[str, Rate, int], float]
    log: logging.Logger = field(repr=False)
    _begins: float = 0.0
    """When the first slot of the lease does, by this process' own clock."""
    _slots: int = 0
    _others_wait: bool = True
    """Or did, when the lease was given: it begins later than at once."""
    _next: int = 0
    _used: int = 0

    def wait(self) -> None:
        """Sleep until the next slot. Call it before each request. Waits of 5 s or more are
        logged."""
        begins = self._slot()
        while begins is None:
            self._renew()
            begins = self._slot()
        if (wait := begins - time.monotonic()) > 0:
            if wait >= SAY_FROM_SECONDS:
                self.log.info(
                    "the next request of the connection %s is in %.0f s: others use it too",
                    self.conn_id, wait,
                )  # fmt: skip
            time.sleep(wait)

    def _slot(self) -> float | None:
        """When the next slot begins; None where all are used, or have passed."""
        passed = int((time.monotonic() - self._begins) * self.rate.per_second)
        slot = max(self._next, passed)
        if slot >= self._slots:
            return None
        self._next = slot + 1
        self._used += 1
        return self._begins + slot / self.rate.per_second

    def _renew(self) -> None:
        """A slow API lets slots pass: while others wait, fewer are leased then, and none is lacking
        to them.
        """
        most = 1 if self.rate.per_day else max(1, int(self.rate.per_second * LEASE_SECONDS))
        slots = most
        if self._others_wait:
            quick = time.monotonic() < self._begins + self._slots / self.rate.per_second
            slots = min(most, max(1, self._used * 2 if quick else self._used))
        wait = self.lease(self.conn_id, self.rate, slots)
        self._others_wait = wait > 0
        self._begins = time.monotonic() + wait
        self._slots, self._next, self._used = slots, 0, 0
