"""What the data cannot tell, asked in a terminal; the answers take the place of flags."""

from __future__ import annotations

import argparse
from typing import TextIO

from rich.console import Console
from rich.prompt import Prompt

from medallion.workbench.inference.proposal import Proposal
from medallion.workbench.inference.scales import MIL, OF_THOUSAND

MOST_KEYS = 5


def ask(
    arguments: argparse.Namespace,
    proposal: Proposal,
    console: Console,
    stream: TextIO | None = None,
) -> bool:
    """Ask for what is open; whether an answer changes what is inferred.

    Args:
        arguments: those of `new`: they get the answers. What a flag has said is not asked.
        proposal: what was inferred so far.
        console: where the questions are shown.
        stream: where answers are read; the terminal by default.
    """
    changed = False
    if arguments.day_first is None and (example := _ambiguous(proposal)):
        answer = Prompt.ask(
            f"All dates of {example} can be read both ways. Does the day or the month come first?",
            choices=["day", "month"], default="day", console=console, stream=stream,
        )  # fmt: skip
        arguments.day_first = answer == "day"
        changed = True
    if arguments.mil is None and (example := _find_mil(proposal)):
        arguments.mil = Prompt.ask(
            f"What does MIL mean in the unit of {example}?",
            choices=list(MIL), default="thousand", console=console, stream=stream,
        )  # fmt: skip
        changed = True
    if arguments.key is None and len(proposal.keys) > 1:
        keys = [",".join(group) for group in proposal.keys[:MOST_KEYS]]
        arguments.key = Prompt.ask(
            "Which columns are the key?",
            choices=keys, default=keys[0], console=console, stream=stream,
        )  # fmt: skip
        changed = True
    if not arguments.description:
        arguments.description = Prompt.ask(
            "What is the pipeline for, in one sentence?",
            default="", show_default=False, console=console, stream=stream,
        )  # fmt: skip
    return changed


def _find_mil(proposal: Proposal) -> str:
    """A column whose unit MIL was taken for a thousand without more to go by; empty: none."""
    for column in proposal.columns:
        if any(OF_THOUSAND in guess for guess in column.guesses):
            return column.name
    return ""


def _ambiguous(proposal: Proposal) -> str:
    """A column whose dates could be read with the day or the month first; empty: none."""
    for column in proposal.columns:
        is_time = column.said["type"] in ("date", "timestamp", "timestamptz")
        if is_time and any(guess.startswith("all values read") for guess in column.guesses):
            return column.name
    return ""
