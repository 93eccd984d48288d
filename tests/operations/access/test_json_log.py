"""A real server that writes its log as JSON: the journal has of it what it has of a log of text."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.operations.access.test_collect import (
    LOG,
    STRETCH,
    Place,
    test_a_client_of_medallion_says_how_many_rows_it_got,
    test_a_note_of_rows_counts_no_read_and_forges_no_other,
    test_a_read_says_who_when_which_table_and_from_where,
    test_hostile_texts_hide_nothing_and_forge_nothing,
    test_no_line_is_counted_twice_or_lost,
    test_views_of_readers_names_without_schema_cursors_and_prepared_statements,
    test_what_was_refused_read_nothing_and_what_failed_later_did,
)
from tests.operations.access.test_collect import place as text_place
from tests.steps.staged import query

from medallion.local.postgres import EmbeddedPostgres
from medallion.operations.access.collect import Collected, collect_reads

__all__ = [
    "test_a_client_of_medallion_says_how_many_rows_it_got",
    "test_a_note_of_rows_counts_no_read_and_forges_no_other",
    "test_a_read_says_who_when_which_table_and_from_where",
    "test_hostile_texts_hide_nothing_and_forge_nothing",
    "test_no_line_is_counted_twice_or_lost",
    "test_views_of_readers_names_without_schema_cursors_and_prepared_statements",
    "test_what_was_refused_read_nothing_and_what_failed_later_did",
    "text_place",
]
SETTINGS = {
    "logging_collector": "on",
    "log_filename": "medallion-%a-%H.log",
    "log_line_prefix": "%m [%p] ",
}
WITHIN_SECONDS = 240.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """With a collector, which alone writes JSON, and a prefix that is not ours."""
    made = EmbeddedPostgres(tmp_path_factory.mktemp("json"), settings=SETTINGS)
    made.start()
    write_to(made, "jsonlog")
    yield made
    made.stop()


def write_to(server: EmbeddedPostgres, destination: str) -> None:
    """Change where a server writes its log, and wait until those who connect see it."""
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(f"ALTER SYSTEM SET log_destination = '{destination}'".encode())
        admin.execute("SELECT pg_reload_conf()")
    deadline = time.monotonic() + WITHIN_SECONDS
    while query(server.url(), "SHOW log_destination") != [(destination,)]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def files_of(server: EmbeddedPostgres) -> list[Path]:
    return sorted((server.data / "log").glob("*.json"))


class JsonPlace(Place):
    """The collector writes a little later than a client gets its answer."""

    def collect(self, stretch: int = STRETCH) -> Collected:
        self.settle()
        return super().collect(stretch)

    def settle(self) -> None:
        """Wait until what was read is in the files."""
        mark = secrets.token_hex(8)
        self.read(f"select '{mark}'")
        deadline = time.monotonic() + WITHIN_SECONDS
        while not any(mark in one.read_text() for one in files_of(self.server)):
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.fixture
def place(text_place: Place) -> JsonPlace:
    made = JsonPlace(
        server=text_place.server,
        url=text_place.url,
        admin=text_place.admin,
        reader=text_place.reader,
    )
    made.collect()
    return made


def test_of_a_server_that_writes_both_one_is_read(place: JsonPlace) -> None:
    """The text where it has our prefix, which here it has not."""
    write_to(place.server, "stderr,jsonlog")
    try:
        place.read("select * from silver_lab.readings")
        assert place.collect().problem == ""
        assert place.reads() == {"readings": 1}
        texts = (place.server.data / "log").glob("*.log")
        assert any("select * from silver_lab.readings" in one.read_text() for one in texts)
    finally:
        write_to(place.server, "jsonlog")


def test_copies_are_read_by_their_ending(place: JsonPlace, tmp_path: Path) -> None:
    place.read("select * from silver_lab.readings")
    place.collect()
    assert place.reads() == {"readings": 1}
    place.read("select * from silver_lab.readings")
    place.settle()
    (tmp_path / "copy.log").write_text("not read")
    assert "there is no file *.json in" in collect_reads(place.url, LOG, folder=tmp_path).problem
    for one in files_of(place.server):
        (tmp_path / one.name).write_bytes(one.read_bytes())
    done = collect_reads(place.url, LOG, folder=tmp_path)
    assert (done.problem, place.reads()) == ("", {"readings": 2})
    place.collect()
    assert place.reads() == {"readings": 2}, "a copy is the same file"
