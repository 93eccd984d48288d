"""Plain lines in a task's log: no wider than a screen, each a record of its own.

Airflow's log viewer shows a record a line, and takes all that follows `https://` up to the next
blank for a link.
"""

from __future__ import annotations

import logging
import re
import textwrap
from collections.abc import Iterable, Iterator
from copy import copy

from medallion.errors import MedallionError
from medallion.prose import tally

WIDTH = 100
"""Characters; only a single word (a path, a URL) may be longer, which would be useless in two."""
MOST_LINES = 40

_AFTER_A_LINK = re.compile(r"(https?://\S*?)([:;,.!?)\]}'\"]+)(?=\s|$)")


def part_links(text: str) -> str:
    """Set a blank between a URL and what follows it, so that no link swallows it.

    >>> part_links("http://shop/orders: 404 (see https://docs/x).")
    'http://shop/orders : 404 (see https://docs/x ).'
    """
    return _AFTER_A_LINK.sub(r"\1 \2", text)


def wrap(text: str, indent: str = "") -> Iterator[str]:
    """Lines of at most `WIDTH` characters; what continues is set in by two blanks more.

    Args:
        text: its own line breaks, and the blanks that its lines begin with, are kept.
        indent: what every line begins with.
    """
    for line in part_links(text).splitlines():
        own = line[: len(line) - len(line.lstrip())]
        yield from textwrap.wrap(
            line.strip(),
            width=WIDTH,
            initial_indent=f"{indent}{own}",
            subsequent_indent=f"{indent}{own}  ",
            break_long_words=False,
            break_on_hyphens=False,
        )


class PlainLog(logging.Logger):
    """A logger that writes each message as plain lines, a record each."""

    def handle(self, record: logging.LogRecord) -> None:
        """Part a record into one for each line."""
        for line in wrap(record.getMessage()):
            one = copy(record)
            one.msg, one.args = line, None
            super().handle(one)


def plain_log() -> logging.Logger:
    """What a task logs with: it goes where the logger `medallion` goes."""
    log = PlainLog("medallion")
    log.parent = logging.getLogger("medallion")
    return log


def say_failure(
    log: logging.Logger, task_id: str, error: MedallionError, comes_next: Iterable[str] = ()
) -> None:
    """The verdict, then the remedy, then what comes next: what is read first at 3 a.m.

    Airflow logs the exception after it, with a traceback that helps nobody here.
    """
    lines = error.problem.splitlines()
    if len(lines) > MOST_LINES:
        lines[MOST_LINES:] = [
            f"  … {tally(len(lines) - MOST_LINES, 'line')} more, in the exception below"
        ]
    log.error("%s", "\n".join([f"✗ {task_id} failed: {lines[0]}", *lines[1:]]))
    act = f"{error.acts} must act" if error.acts else ""
    for text in filter(None, (error.remedy, act, *comes_next)):
        log.error("→ %s", text)
