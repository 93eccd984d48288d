"""What a format says of itself is asked of it, never known by its name."""

from __future__ import annotations

import argparse
from itertools import chain

import pytest

from medallion.cli import new
from medallion.sources.formats.delimited import Delimited
from medallion.sources.formats.table import FORMATS, format_of_name


class Ledger(Delimited):
    """Delimited text under names of its own."""

    suffixes = (".ledger",)


def test_each_ending_means_one_format() -> None:
    endings = list(chain.from_iterable(one.suffixes for one in FORMATS.values()))
    assert len(endings) == len(set(endings))
    assert {format_of_name(f"A{end.upper()}.gz") for end in endings} == set(FORMATS)


def test_a_new_format_is_known_by_its_endings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMATS, "ledger", Ledger())
    assert format_of_name("2026.ledger.zst") == "ledger"
    parser = argparse.ArgumentParser()
    new.add_arguments(parser)
    given = parser.parse_args(["shop/orders", "a.ledger", "--format", "ledger"])
    assert given.format == "ledger"
