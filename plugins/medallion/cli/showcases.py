"""The demo's domains: which runs each takes, and the tables to show afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from medallion.bank.size import Size
from medallion.names import DagId


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A manual run at a moment; it covers the interval that ends there."""

    dag_id: DagId
    moment: datetime

    @property
    def run_id(self) -> str:
        """The id that `dag.test()` gives a run at this logical date."""
        return f"manual__{self.moment.isoformat()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Showcase:
    """One domain's demonstration."""

    title: str
    runs: Sequence[Run]
    tables: Mapping[str, str]
    """A query for each table that is shown, by its name."""
    files: str
    """Where its spec and its SQL are."""


_CINEMA = {
    "gold_cinema.brand_performance": "SELECT brand, total_gross, releases, top_release, popularity,"
    " mean_vote, votes, lifetime_gross, top_release_share FROM gold_cinema.brand_performance"
    " ORDER BY total_gross DESC",
    "gold_cinema.brand_comparison": "SELECT popularity_rank AS rank, brand, mean_popularity,"
    " mean_vote, votes FROM gold_cinema.brand_comparison ORDER BY popularity_rank",
    "gold_cinema.genre_popularity": "SELECT popularity_rank AS rank, genre, films,"
    " mean_popularity, mean_vote, most_popular FROM gold_cinema.genre_popularity"
    " ORDER BY popularity_rank",
    "gold_cinema.unmatched_titles": "SELECT brand, top_release, reason"
    " FROM gold_cinema.unmatched_titles ORDER BY reason, brand",
}
_FINANCE = {
    "gold_finance.segment_activity": "SELECT day::text, segment, active_customers, operations,"
    " volume_eur, average_ticket_eur FROM gold_finance.segment_activity ORDER BY day, segment",
    "gold_finance.daily_volumes": "SELECT day::text, currency, segment, operations, volume,"
    " volume_eur FROM gold_finance.daily_volumes ORDER BY day, currency, segment",
    "gold_finance.suspicious_operations": "SELECT rule, transaction_id, because, customer_id,"
    " booked_at::text, amount_eur FROM gold_finance.suspicious_operations"
    " ORDER BY rule, transaction_id",
    "gold_finance.brand_spending": "SELECT brand, operations, customers, spent_eur, total_gross"
    " FROM gold_finance.brand_spending ORDER BY spent_eur DESC",
    "silver_finance.customers (who changed)": "SELECT customer_id, initial, shown_email, iban,"
    " segment, city, _valid_from::date::text AS valid_from,"
    " coalesce(_valid_to::date::text, '—') AS valid_to FROM silver_finance.customers"
    " WHERE customer_id IN (SELECT customer_id FROM silver_finance.customers"
    " WHERE _valid_to IS NOT NULL) ORDER BY customer_id, _valid_from",
    "quarantine_silver_finance.transactions": "SELECT data_interval_start::date::text AS day,"
    " stage, array_to_string(reasons, '; ') AS reasons"
    " FROM quarantine_silver_finance.transactions WHERE replayed_at IS NULL ORDER BY 1, 3",
}


def cinema(today: datetime) -> Showcase:
    """One run, for the day that has just ended."""
    run = Run(dag_id=DagId("cinema", "box_office"), moment=today)
    return Showcase(
        title="TMDB × film brands, from the sources to gold",
        runs=[run],
        tables=_CINEMA,
        files="specs/cinema/box_office.yaml, include/sql/cinema/",
    )


def finance(today: datetime) -> Showcase:
    """The sample's days in order, then the runs that they trigger, in the cinema domain too."""
    size = Size()
    ends = [
        datetime.combine(size.date_of(day), time(), tzinfo=UTC) + timedelta(days=1)
        for day in range(size.days)
    ]
    runs = [Run(dag_id=DagId("finance", "banking"), moment=end) for end in ends]
    runs.append(Run(dag_id=DagId("finance", "exchange_rates"), moment=ends[-1]))
    set_off = [
        DagId("finance", "kpis"),
        DagId("finance", "fraud"),
        DagId("cinema", "box_office"),
        DagId("finance", "brand_spending"),
    ]
    return Showcase(
        title="a bank's files, customers and exchange rates, from the sources to gold",
        runs=[*runs, *(Run(dag_id=dag_id, moment=today) for dag_id in set_off)],
        tables=_FINANCE,
        files="specs/finance/, include/sql/finance/, docs/finance.md",
    )


SHOWCASES = {"cinema": cinema, "finance": finance}
