"""What assets say of tables, from the spec."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.airflow.lab import plan_of_lab

from medallion.names import TableName
from medallion.plan.asset_facts import asset_facts, read_facts, web_address, write_facts


def test_facts_are_what_spec_and_domain_say(tmp_path: Path) -> None:
    facts = dict(asset_facts(plan_of_lab(tmp_path)))
    takings = facts[TableName("gold_lab", "takings")]
    assert read_facts(write_facts(takings)) == takings
    assert takings == {
        "description": "Takings a shop.",
        "owner": "lab-data",
        "contacts": ["lab@example.org", "#lab"],
        "layer": "gold",
        "domain": "lab",
        "pipeline": "lab.sales",
        "primary_key": ["shop"],
        "exposures": [
            {
                "name": "board",
                "type": "dashboard",
                "owner": "bi",
                "url": "https://bi.example.org/board?tab=1",
            },
            {"name": "forecast", "type": "ml"},
        ],
    }
    orders = facts[TableName("silver_lab", "orders")]
    assert set(orders) == {"owner", "contacts", "layer", "domain", "pipeline"}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("https://bi/x?a=1#part", "https://bi/x?a=1"),
        ("http://[::1]:8088/x", "http://[::1]:8088/x"),
        ("https://ana:pw@bi/x", "https://bi/x"),
        ("https://bi/x?a=1&access_token=t&SIG=s", "https://bi/x?a=1"),
        ("ftp://bi/x", ""),
        ("https://bi:port/x", ""),
        ("the board on the wall", ""),
        ("", ""),
    ],
)
def test_an_address_that_is_shown_has_no_secret(said: str, shown: str) -> None:
    assert web_address(said) == shown
