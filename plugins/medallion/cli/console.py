"""Where the commands print tables: as wide as the terminal, or wide enough for a file."""

from __future__ import annotations

from rich.console import Console

PIPED_WIDTH = 150


def console() -> Console:
    """A rich console without number colours; 150 columns wide if it is not a terminal."""
    shown = Console(highlight=False)
    return shown if shown.is_terminal else Console(highlight=False, width=PIPED_WIDTH)
