"""Columns that differ in their field only are one entry."""

from __future__ import annotations

from medallion.workbench.inference.alike import find_alike
from medallion.workbench.inference.proposal import ProposedColumn
from medallion.workbench.inference.readings import MISSING


def column(name: str, kind: str, *words: str) -> ProposedColumn:
    said = {"from": name, "type": kind, **({"null_values": ["", *words]} if words else {})}
    guesses = (f"{words[0]!r} {MISSING}",) if words else ()
    return ProposedColumn(name=name.lower(), said=said, evidence="", guesses=guesses)


CURRENCIES = ("USD", "JPY", "CZK", "DKK", "GBP", "HUF", "PLN", "SEK")
RATES = [column(name, "decimal(18,4)", "N/A") for name in CURRENCIES]


def test_a_rate_that_is_whole_so_far_is_one_of_the_rates() -> None:
    """Of decimals that write what is missing in the same words; a number of things is not."""
    day, old = column("Date", "date"), column("TRL", "integer", "N/A")
    counted, other = column("Banks", "integer"), column("Fixings", "integer", "none")
    kept, entry = find_alike([day, *RATES, old, counted, other], ["date"])
    assert [one.name for one in kept] == ["date", "banks", "fixings"]
    assert entry is not None
    assert entry["fields"] == [*(one.said["from"] for one in RATES), "TRL"]
    assert entry["type"] == "decimal(18,4)"
    assert entry["null_values"] == ["", "N/A"]
