"""A store's refusal is one whatever its port and the place are called."""

from __future__ import annotations

import pytest

from medallion.sources.base.store_errors import has_no_entrance, may_pass

REFUSED = (
    "Error performing GET http://127.0.0.1:{port}/files?prefix=connect in 20.500ms - 403 Forbidden"
)


@pytest.mark.parametrize("port", ["35005", "50301", "10000"])
def test_a_port_is_no_status(port: str) -> None:
    said = REFUSED.format(port=port)
    assert not may_pass(said, "")
    assert has_no_entrance(said, "")
    gone = f"GET http://127.0.0.1:{port[:2]}403/files - 404 Not Found"
    assert not has_no_entrance(gone, "")


def test_the_place_is_not_what_happened() -> None:
    place = "/mnt/connections/denied"
    assert not may_pass(f"{place}/_delta_log is not a log", place)
    assert not has_no_entrance(f"{place}/a.parquet: no such file", place)
    assert has_no_entrance(f"{place}/a.parquet: Permission denied", place)


@pytest.mark.parametrize(
    "said",
    [
        "status code 503 Service Unavailable", "operation timed out", "error trying to connect",
        "Connection reset by peer", "HTTP 500", "dns error: no such host",
    ],
)  # fmt: skip
def test_what_another_try_may_not_have(said: str) -> None:
    assert may_pass(said, "")
    assert not has_no_entrance(said, "")
