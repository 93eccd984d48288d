"""A store's refusal is one whatever its port and the place are called."""

from __future__ import annotations

import pytest

from medallion.sources.base.store_errors import has_no_entrance, may_pass, tell

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


DELTA = (
    "Generic S3 error \x1b[31m↳\x1b[0m Error performing list request \x1b[31m↳\x1b[0m Error "
    "performing GET http://127.0.0.1:{port}/bucket?list-type=2&prefix={prefix} in 2.09s{tries} - "
    "Server returned non-2xx status code \x1b[31m↳\x1b[0m {status} \x1b[31m↳\x1b[0m <Error/>"
)
"""What delta-rs 1.6 says where a store answers so."""
TRIES = ", after 10 retries, max_retries \x1b[31m↳\x1b[0m 10, retry_timeout \x1b[31m↳\x1b[0m 180s"
ARROW = (
    "When reading information for key 't/v1.json' in bucket 'b': AWS Error {what} during "
    "HeadObject operation: No response body."
)
"""What Arrow 26 does."""
PASSING = (
    "429 Too Many Requests", "500 Internal Server Error", "502 Bad Gateway",
    "503 Service Unavailable", "504 Gateway Timeout",
)  # fmt: skip
FINAL = ("400 Bad Request", "404 Not Found", "416 Range Not Satisfiable")
NO_ENTRANCE = ("401 Unauthorized", "403 Forbidden")


@pytest.mark.parametrize("status", [*PASSING, *FINAL, *NO_ENTRANCE])
@pytest.mark.parametrize("prefix", ["table%2F_delta_log%2F", "p" * 500], ids=["short", "long"])
def test_each_status_of_each_library(status: str, prefix: str) -> None:
    tries = TRIES if status in PASSING else ""
    whole = DELTA.format(port=40503, prefix=prefix, tries=tries, status=status)
    unknown = ARROW.format(what=f"UNKNOWN (HTTP status {status[:3]})")
    for said in (tell(OSError(whole), []), unknown):
        assert may_pass(said, "s3://b/t") is (status in PASSING)
        assert has_no_entrance(said, "s3://b/t") is (status in NO_ENTRANCE)


@pytest.mark.parametrize("what", ["SLOW_DOWN", "NETWORK_CONNECTION"])
def test_what_arrow_has_words_for_may_pass(what: str) -> None:
    assert may_pass(ARROW.format(what=what), "")


@pytest.mark.parametrize(
    "said",
    [
        "Object at location x/500/part-00503-a.parquet not found", "expected 500 rows, found 403",
        "no such file: 00429-1-x.parquet", "the column connection_id is not in the schema",
        "the column reset_at is not in the schema", "version 401 is not in the log",
    ],
)  # fmt: skip
def test_a_number_or_a_name_by_chance_is_no_status(said: str) -> None:
    assert not may_pass(said, "")
    assert not has_no_entrance(said, "")


def test_a_secret_is_hidden_wherever_a_message_is_cut() -> None:
    secret = "abcdefgh" * 4
    said = tell(OSError(f"{'x' * 390} {secret}"), [secret])
    assert said == f"{'x' * 390} ***"
