"""Late tables as they are kept every minute; what that cannot know is asked now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.catalogue.shop import ROWS, SALES, TOTALS, Shop

from medallion.catalogue.lateness import TRUSTED_FOR
from medallion.catalogue.overview import Filters, Overview, read_overview
from medallion.catalogue.state import State
from medallion.warehouse.registry.freshness import keep_freshness
from medallion.warehouse.session.transaction import session

CLEAN = [row for row in ROWS if row[0] in "1256"]


@pytest.fixture
def watched(shop: Shop) -> Shop:
    """One day is published; then somebody has watched, and has kept that gold is late."""
    shop.run(0, CLEAN)
    with session(shop.url, "watching") as connection:
        keep_freshness(connection)
        connection.execute(
            "UPDATE medallion.freshness_states SET state = 'stale', is_late = true"
            " WHERE layer = 'gold'"
        )
    return shop


def overview_of(shop: Shop) -> Overview:
    with shop.session() as reading:
        return read_overview(reading, shop.declared(), frozenset({"shop"}), Filters(), 1)


def states(shown: Overview) -> dict[str, State]:
    return {row.name: row.state for row in shown.rows}


def watched_ago(shop: Shop, ago: timedelta) -> None:
    with session(shop.url, "watching") as connection:
        connection.execute("UPDATE medallion.last_runs SET ended_at = now() - %s", [ago])


def test_kept_states_are_taken_as_they_are_with_their_moment(watched: Shop) -> None:
    shown = overview_of(watched)
    assert states(shown) == {
        str(TOTALS.public): State.STALE,
        str(SALES.public): State.FRESH,
    }
    with watched.session() as reading:
        kept = reading.execute("SELECT ended_at FROM medallion.last_runs").fetchone()
    assert kept == (shown.as_of,)


def test_what_was_published_since_is_asked_now(watched: Shop) -> None:
    watched.run(1, CLEAN)
    assert set(states(overview_of(watched)).values()) == {State.FRESH}


def test_where_nobody_watches_any_more_all_of_them_are(watched: Shop) -> None:
    watched_ago(watched, TRUSTED_FOR * 2)
    assert set(states(overview_of(watched)).values()) == {State.FRESH}
