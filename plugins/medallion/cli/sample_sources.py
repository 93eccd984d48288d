"""What the shipped domains read, for a command that runs them without the local stack."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager

from medallion.bank.core_database import load
from medallion.bank.rates import rates
from medallion.bank.rates_server import RatesServer
from medallion.bank.size import Size
from medallion.local.settings import StackSettings
from medallion.replay.server import ReplayServer


@contextmanager
def sample_sources(
    settings: StackSettings, domains: Collection[str], say: Callable[[str], None]
) -> Iterator[None]:
    """The stand-in for TMDB (unless a token for the real one was given), and the sample bank's
    systems, while the block lasts.

    Args:
        settings: of the local stack, which does not run: it has them itself.
        domains: those that are to be run. Domains of the user's own need nothing.
        say: takes lines of progress, with rich's markup.
    """
    with ExitStack() as opened:
        if "cinema" in domains:
            opened.enter_context(_replay(settings, say))
        if "finance" in domains:
            rows = load(settings.databases.bank_url, Size())
            server = opened.enter_context(RatesServer(rates(Size()), port=settings.ports.rates))
            say(f"  ✓ the bank's core system has {rows:,} rows of customers")
            say(f"  ✓ its API of exchange rates answers  [dim]http://127.0.0.1:{server.port}[/dim]")
        yield


@contextmanager
def _replay(settings: StackSettings, say: Callable[[str], None]) -> Iterator[None]:
    if not settings.uses_replay:
        say("  ✓ TMDB itself is asked: a token was given")
        yield
        return
    with ReplayServer(port=settings.ports.replay) as server:
        say(f"  ✓ TMDB's replay answers  [dim]{server.base_url}[/dim]")
        yield
