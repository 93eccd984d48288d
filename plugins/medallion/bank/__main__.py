"""`python -m medallion.bank`: write the bank's files, fill its database, or answer for its API."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from medallion.bank.core_database import load
from medallion.bank.deliveries import deliver
from medallion.bank.rates import rates
from medallion.bank.rates_server import KEY_HEADER, RATES_KEY, RatesServer
from medallion.bank.size import Size
from medallion.errors import MedallionError


def main(words: Sequence[str] | None = None) -> int:
    """Do one of them. Returns the exit code."""
    arguments = _parser().parse_args(words)
    try:
        size = Size(
            seed=arguments.seed,
            first_day=arguments.first_day,
            days=arguments.days,
            customers=arguments.customers,
            operations=arguments.operations,
        )
        arguments.act(size, arguments)
    except (MedallionError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _files(size: Size, arguments: argparse.Namespace) -> None:
    deliver(size, arguments.folder, until=arguments.until)


def _database(size: Size, arguments: argparse.Namespace) -> None:
    print(f"{load(arguments.url, size):,} rows in core.customer_snapshots")


def _rates(size: Size, arguments: argparse.Namespace) -> None:
    server = RatesServer(rates(size), port=arguments.port)
    print(f"http://127.0.0.1:{server.port}", flush=True)
    if sys.stdout.isatty():  # for a person; a log file is not a place for a key
        print(f"{KEY_HEADER}: {RATES_KEY}", flush=True)
    with suppress(KeyboardInterrupt):
        server.run()


def _parser() -> argparse.ArgumentParser:
    usual = Size()
    parser = argparse.ArgumentParser(prog="python -m medallion.bank", description=__doc__)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--first-day", type=date.fromisoformat, default=usual.first_day)
    parser.add_argument("--days", type=int, default=usual.days)
    parser.add_argument("--customers", type=int, default=usual.customers)
    parser.add_argument("--operations", type=int, default=usual.operations, help="a day")
    verbs = parser.add_subparsers(required=True)
    files = verbs.add_parser("files", help="write a file for each day into a folder")
    files.add_argument("folder", type=Path)
    files.add_argument("--until", type=int, help="only what has come by this day, from 0")
    files.set_defaults(act=_files)
    database = verbs.add_parser("database", help="fill a PostgreSQL database with customers")
    database.add_argument("url")
    database.set_defaults(act=_database)
    server = verbs.add_parser("rates", help="answer as the API of exchange rates")
    server.add_argument("--port", type=int, default=0)
    server.set_defaults(act=_rates)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
