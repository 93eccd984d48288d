"""Where a lake's table is, as a source names it."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.sources.base.locations import Location
from medallion.sources.base.source import KeyProblem

SCHEMES = ("abfs", "abfss", "s3", "file")


def find_location_problems(text: str) -> Iterator[KeyProblem]:
    """What is wrong with the key `location`; folders of the project are judged as all paths are."""
    location = Location.parse(text)
    if location is None:
        return
    known = location.scheme in SCHEMES
    # A folder of this machine is handed on as a path, and the others as an address.
    is_path = location.scheme == "file"
    problem = location.problem() if is_path else location.problem_of_table()
    if not known or problem:
        yield KeyProblem(
            key="location",
            problem=problem if known else f"{text} is not a lake's folder",
            remedy="write abfs://CONN_ID@container/…, s3://CONN_ID@bucket/…, "
            "file:///folder/… or include/data/…",
        )
