"""What `new` asks in a terminal: only what the data cannot tell."""

from __future__ import annotations

import argparse
import io

from rich.console import Console

from medallion.cli.new_questions import ask
from medallion.workbench.inference.proposal import Proposal, ProposedColumn
from medallion.workbench.inference.scales import OF_THOUSAND


def proposal(*guesses: str, keys: tuple[tuple[str, ...], ...] = (("id",),)) -> Proposal:
    day = ProposedColumn(name="day", said={"type": "date"}, evidence="", guesses=guesses)
    return Proposal(
        columns=(day,),
        primary_key=keys[0],
        keys=keys,
        checks=(),
        records=1,
        is_whole=True,
        notes=(),
    )


def asked(found: Proposal, answers: str, **said: object) -> tuple[argparse.Namespace, str, bool]:
    arguments = argparse.Namespace(
        **{"day_first": None, "mil": None, "key": None, "description": ""} | said
    )
    shown = io.StringIO()
    console = Console(file=shown, width=100)
    changed = ask(arguments, found, console, stream=io.StringIO(answers))
    return arguments, shown.getvalue(), changed


def test_what_could_be_either_is_asked_and_the_answers_are_flags() -> None:
    found = proposal("all values read as a date as %m/%d/%Y too", keys=(("id",), ("day", "shop")))
    arguments, shown, changed = asked(found, "month\nday,shop\nOrders of the shop.\n")
    assert (arguments.day_first, arguments.key) == (False, "day,shop")
    assert arguments.description == "Orders of the shop."
    assert "All dates of day can be read both ways. Does the day or the month come first?" in shown
    assert changed


def test_what_is_known_is_not_asked() -> None:
    arguments, shown, changed = asked(proposal(), "", description="Orders.")
    assert (shown, changed) == ("", False)
    assert arguments.key is None


def test_a_unit_that_may_be_two_things_is_asked() -> None:
    found = proposal(
        f"MIL {OF_THOUSAND}, and elsewhere short for a million: nothing here says which"
    )
    arguments, shown, changed = asked(found, "million\n", description="Orders.")
    assert (arguments.mil, changed) == ("million", True)
    assert "What does MIL mean in the unit of day?" in shown
