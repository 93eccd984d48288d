"""The finance domain, run day after day as the bank delivers; or with all that it has delivered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict
from tests.docs.pages import Project

from medallion.bank.core_database import load
from medallion.bank.defects import CORRECTED_ON, DAMAGED, LATE, LATE_UNTIL, REDELIVERED, REPAIRED_ON
from medallion.bank.deliveries import deliver
from medallion.bank.rates import rates
from medallion.bank.rates_server import RATES_KEY, RatesServer
from medallion.bank.size import Size
from medallion.errors import SourceRefused
from medallion.replay import REPLAY_TOKEN, ReplayServer
from medallion.sources.base.source import ConnectionDetails

MAILBOX = "include/data/finance/transactions"
PII_KEY = "the-key-of-the-tests-and-of-nothing-else"
DONE_AGAIN = {CORRECTED_ON: REDELIVERED, LATE_UNTIL: LATE, REPAIRED_ON: DAMAGED}
"""On which day which one is done again, because its file has come."""

RATES_ARE_READ_ON = (0, 3, 4, 8, 13)
"""A cursor needs no run a day: the next one reads on."""


@dataclass(frozen=True, kw_only=True)
class Finance:
    """The domain on a warehouse, with the bank behind it."""

    project: Project
    size: Size
    rates: RatesServer
    refusals: dict[int, SourceRefused] = field(default_factory=dict)

    def bank(self, day: int, **how: bool) -> None:
        """A day's customers and transactions. What refuses the file is kept."""
        try:
            self.project.run("finance.banking", self._offset + day, **how)
        except SourceRefused as error:
            self.refusals[day] = error

    def exchange(self, day: int, **how: bool) -> None:
        """The exchange rates, as they are at the end of a day."""
        end = datetime.combine(self.size.date_of(day + 1), time(), tzinfo=UTC)
        self.rates.now = end
        self.project.run("finance.exchange_rates", self._offset + day, **how)

    def gold(self, *pipelines: str) -> None:
        """What the tables' events would set off."""
        for pipeline in pipelines:
            self.project.run(pipeline, self._offset + self.size.days)

    def deliver(self, until: int | None = None) -> None:
        """What the bank has put into the mailbox until the end of a day."""
        deliver(self.size, self.project.root / MAILBOX, until=until)

    @property
    def _offset(self) -> int:
        return (self.size.first_day - datetime(2026, 1, 1).date()).days  # noqa: DTZ001


def as_it_comes(finance: Finance) -> None:
    """Day after day; what came late or wrong is done again on the day on which it is fixed."""
    for day in range(finance.size.days):
        finance.deliver(until=day)
        finance.bank(day)
        if day in RATES_ARE_READ_ON:
            finance.exchange(day)
        if day in DONE_AGAIN:
            finance.bank(DONE_AGAIN[day])


@contextmanager
def finance_domain(root: Path, project_root: Path, url: str, core_url: str) -> Iterator[Finance]:
    """The project's own specs and SQL, with a mailbox and a lake of their own."""
    size = Size()
    load(core_url, size)
    shutil.copytree(project_root / "specs", root / "specs")
    shutil.copytree(project_root / "include" / "sql", root / "include" / "sql")
    shutil.copytree(project_root / "include/data/cinema", root / "include/data/cinema")
    with RatesServer(rates(size)) as server, ReplayServer() as tmdb:
        local = {"host": "127.0.0.1", "schema": "http"}
        fast = {"requests_per_second": 5000}
        known = (
            ConnectionDetails(
                conn_id="rates_api", **local, port=server.port, password=RATES_KEY, extra=fast
            ),
            ConnectionDetails(
                conn_id="tmdb_default", **local, port=tmdb.port, password=REPLAY_TOKEN, extra=fast
            ),
            ConnectionDetails(conn_id="pii_default", password=PII_KEY),
            postgres("bank_core", core_url),
        )
        connections = {details.conn_id: details for details in known}
        project = Project(root=root, url=url, connections=connections)
        assert project.problems() == []
        yield Finance(project=project, size=size, rates=server)


def postgres(conn_id: str, url: str) -> ConnectionDetails:
    """A libpq URL as the connection that Airflow would hand over."""
    parts = conninfo_to_dict(url)
    return ConnectionDetails(
        conn_id=conn_id,
        conn_type="postgres",
        host=str(parts["host"]),
        port=int(str(parts["port"])),
        login=str(parts["user"]),
        password=str(parts.get("password") or ""),
        schema=str(parts["dbname"]),
    )


def ends_of(size: Size) -> list[datetime]:
    """The end of each day's data interval."""
    first = datetime.combine(size.first_day, time(), tzinfo=UTC)
    return [first + timedelta(days=day + 1) for day in range(size.days)]
