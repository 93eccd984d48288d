"""What a verdict was judged by: another reason why a file cannot be read is another fact."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from medallion.spec.files.evidence import Fact, is_digest, recording, value_now
from medallion.spec.files.regular_file import MAX_BYTES, FileRefused, read_bounded


def make_link(path: Path) -> None:
    path.symlink_to("/etc/hosts")


def make_large(path: Path) -> None:
    path.write_bytes(bytes(MAX_BYTES + 1))


STATES: dict[str, Callable[[Path], None]] = {
    "not there": lambda path: None,
    "folder": lambda path: path.mkdir(),
    "link that leads out": make_link,
    "too large": make_large,
    "empty": lambda path: path.touch(),
}


def note(folder: Path) -> Fact:
    with recording() as facts, suppress(FileNotFoundError, FileRefused):
        read_bounded(folder / "policy.yaml", folder)
    (fact,) = facts
    return fact


@pytest.mark.parametrize("state", STATES)
def test_a_fact_holds_as_long_as_the_file_is_as_it_was(tmp_path: Path, state: str) -> None:
    found: dict[str, Fact] = {}
    for name, make in STATES.items():
        folder = tmp_path / name
        folder.mkdir()
        make(folder / "policy.yaml")
        found[name] = note(folder)
        assert value_now(found[name]) == found[name].value
    others = {one.value for name, one in found.items() if name != state}
    assert found[state].value not in others
    assert is_digest(found[state].value) == (state == "empty")
