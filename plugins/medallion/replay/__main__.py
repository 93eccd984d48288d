"""`python -m medallion.replay`: TMDB's API v3 on a loopback port, until it is stopped."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from medallion.errors import MedallionError
from medallion.replay.access import Access
from medallion.replay.api import Limits
from medallion.replay.server import FILMS_FILE, ReplayServer

TOKENS_VARIABLE = "MEDALLION_REPLAY_TOKENS"


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM. Returns the exit code."""
    arguments = _parser().parse_args(argv)
    credentials = arguments.token or os.environ.get(TOKENS_VARIABLE, "").split(",")
    access = Access.of(credentials) if any(credentials) else None
    limits = Limits(
        max_page=arguments.max_page,
        page_size=arguments.page_size,
        requests_per_second=arguments.rate,
    )

    def announce(url: str) -> None:
        print(url, flush=True)
        if arguments.ready_file:
            _write_whole(arguments.ready_file, url + "\n")

    try:
        server = ReplayServer(
            films=arguments.films,
            access=access,
            limits=limits,
            host=arguments.host,
            port=arguments.port,
        )
    except MedallionError as error:
        print(error, file=sys.stderr)
        return 1
    with suppress(KeyboardInterrupt):
        server.run(announce)
    return 0


def _parser() -> argparse.ArgumentParser:
    usual = Limits()
    parser = argparse.ArgumentParser(prog="python -m medallion.replay", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 for any free one (default)")
    parser.add_argument("--films", type=Path, default=FILMS_FILE, help="JSON Lines")
    parser.add_argument("--max-page", type=_positive, default=usual.max_page)
    parser.add_argument("--page-size", type=_positive, default=usual.page_size)
    parser.add_argument("--rate", type=_rate, default=usual.requests_per_second, metavar="N/s")
    parser.add_argument(
        "--token",
        action="append",
        default=[],
        help=f"a valid v4 token or v3 key, may be given again; also {TOKENS_VARIABLE}, by commas",
    )
    parser.add_argument("--ready-file", type=Path, help="gets the URL once the server answers")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _rate(text: str) -> float:
    rate = float(text.removesuffix("/s"))
    if rate <= 0:
        raise argparse.ArgumentTypeError("must be above 0, as in 40/s")
    return rate


def _write_whole(path: Path, text: str) -> None:
    """Who finds the file finds all of it."""
    draft = path.with_name(f"{path.name}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


if __name__ == "__main__":
    raise SystemExit(main())
