"""What lives without a heartbeat, kept apart from what beats, what starts and what is not read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.storage_servers import free_port

from medallion.local.heartbeats import (
    PATIENCE_AT_START_SECONDS,
    PATIENCE_SECONDS,
    HeartbeatWatch,
    read_heartbeats,
)

STARTED = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEAT = STARTED + timedelta(seconds=20)
NAME = "scheduler"


@pytest.fixture
def watch() -> HeartbeatWatch:
    return HeartbeatWatch()


def test_a_heartbeat_that_stays_the_same_for_long_is_a_stall(watch: HeartbeatWatch) -> None:
    assert watch.look({NAME: BEAT}, {NAME: STARTED}, 10.0) == {}
    assert watch.look({NAME: BEAT}, {NAME: STARTED}, 9.0 + PATIENCE_SECONDS) == {}
    found = watch.look({NAME: BEAT}, {NAME: STARTED}, 10.0 + PATIENCE_SECONDS)
    assert found == {NAME: PATIENCE_SECONDS}


def test_a_new_heartbeat_begins_the_count_again(watch: HeartbeatWatch) -> None:
    watch.look({NAME: BEAT}, {NAME: STARTED}, 0.0)
    later = BEAT + timedelta(seconds=5)
    assert watch.look({NAME: later}, {NAME: STARTED}, PATIENCE_SECONDS) == {}
    assert watch.look({NAME: later}, {NAME: STARTED}, 2 * PATIENCE_SECONDS - 1) == {}
    assert NAME in watch.look({NAME: later}, {NAME: STARTED}, 2 * PATIENCE_SECONDS)


def test_what_starts_has_longer_until_its_first_heartbeat(watch: HeartbeatWatch) -> None:
    """The report still shows the last heartbeat of the process before it."""
    restarted = BEAT + timedelta(seconds=30)
    watch.look({NAME: BEAT}, {NAME: restarted}, 0.0)
    assert watch.look({NAME: BEAT}, {NAME: restarted}, PATIENCE_SECONDS) == {}
    assert NAME in watch.look({NAME: BEAT}, {NAME: restarted}, PATIENCE_AT_START_SECONDS)


def test_a_new_process_begins_the_count_again(watch: HeartbeatWatch) -> None:
    watch.look({NAME: BEAT}, {NAME: STARTED}, 0.0)
    again = STARTED + timedelta(seconds=10)
    assert watch.look({NAME: BEAT}, {NAME: again}, PATIENCE_SECONDS) == {}


def test_what_was_not_read_in_a_row_does_not_count(watch: HeartbeatWatch) -> None:
    """The API server, or the database, was away, and with it every heartbeat."""
    watch.look({NAME: BEAT}, {NAME: STARTED}, 0.0)
    watch.look({}, {NAME: STARTED}, 50.0)
    assert watch.look({NAME: BEAT}, {NAME: STARTED}, PATIENCE_SECONDS + 50) == {}


def test_only_what_has_stalled_is_named(watch: HeartbeatWatch) -> None:
    started = {NAME: STARTED, "triggerer": STARTED}
    watch.look({NAME: BEAT, "triggerer": BEAT}, started, 0.0)
    beats = {NAME: BEAT, "triggerer": BEAT + timedelta(seconds=5)}
    assert set(watch.look(beats, started, PATIENCE_SECONDS)) == {NAME}


def test_nothing_is_read_where_nobody_answers() -> None:
    assert read_heartbeats(f"http://127.0.0.1:{free_port()}") == {}
