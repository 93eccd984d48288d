"""What several commands share: the project's folder, a table, the warehouse's URL."""

from __future__ import annotations

import argparse
import os
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from medallion.errors import SetupError
from medallion.local.databases import start_databases
from medallion.local.paths import LocalPaths
from medallion.names import NAME_PATTERN, WAREHOUSE_CONN_ID
from medallion.operations.backfill import hold_in_order
from medallion.roots import IS_INSTALLED
from medallion.schedules.clock import midnight, moment_in
from medallion.warehouse.session.connection import is_database_url
from medallion.workbench.imports.base.outcome import Target

WAREHOUSE_URL = "MEDALLION_WAREHOUSE_URL"
_SECRETS_BACKENDS = ("AIRFLOW__SECRETS__BACKEND", "AIRFLOW__WORKERS__SECRETS_BACKEND")


def project_folder(root: Path) -> Path:
    """The absolute path of a project's folder.

    Raises:
        SetupError: it has no specs/; the command would find nothing and look successful.
    """
    folder = root.resolve()
    if not (folder / "specs").is_dir():
        raise SetupError(f"there is no folder {folder / 'specs'}", remedy="name it with --root DIR")
    return folder


def add_where_to_write(parser: argparse.ArgumentParser, folder: Path) -> None:
    """Of documents that are made of the specs: where they go, or that they are only compared."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--output", type=Path, metavar="DIR", help=f"{folder}/ of the project by default"
    )
    where.add_argument("--print", dest="only_print", action="store_true", help="write nothing")
    parser.add_argument(
        "--check", action="store_true",
        help="write nothing: exit with 1 if a file does not say what the specs say",
    )  # fmt: skip


def hold_to_writable(option: str, path: Path | None) -> None:
    """Refuse a file that could not be written, before the work whose result it is to hold.

    Raises:
        SetupError: its folder is not there, it is a folder itself, or nobody may write it.
    """
    if path is None:
        return
    if path.is_dir():
        wrong = f"{path} is a folder"
    elif not path.parent.is_dir():
        wrong = f"there is no folder {path.parent}"
    elif not os.access(path if path.exists() else path.parent, os.W_OK):
        wrong = f"you may not write {path}"
    else:
        return
    raise SetupError(wrong, remedy=f"name a file in a folder that is there: {option} FILE")


def target_of_name(name: str) -> Target:
    """Where imported specs go: `shop/orders`, or `shop` where the input names its pipelines.

    Raises:
        SetupError: it is neither.
    """
    domain, slash, pipeline = name.partition("/")
    if not all(re.fullmatch(NAME_PATTERN, one) for one in (domain, *([pipeline] if slash else []))):
        raise SetupError(
            f"{name!r} is neither <domain>/<pipeline> nor <domain>",
            remedy="use lower-case letters, digits and underscores: finance/rates",
        )
    return Target(domain=domain, pipeline=pipeline)


def moment_of_word(text: str) -> datetime:
    """The moment that `2026-01-31` or `2026-01-31T06:00` names, as it is written:
    without a zone it is one of the pipeline's.

    >>> moment_of_word("2026-01-31").isoformat()
    '2026-01-31T00:00:00'

    Raises:
        SetupError: it is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment.astimezone(UTC)  # near the years 1 and 9999 some zones have no such moment
        return moment
    except (ValueError, OverflowError):
        raise SetupError(
            f"{text!r} is not a date", remedy="write 2026-01-31, or 2026-01-31T06:00"
        ) from None


def add_stretch(parser: argparse.ArgumentParser) -> None:
    """`--from DATE [--to DATE]`: which data intervals are meant, by their starts."""
    parser.add_argument(
        "--from", dest="first", required=True, metavar="DATE",
        help="a day, or the time at which the first interval starts",
    )  # fmt: skip
    parser.add_argument(
        "--to", dest="last", metavar="DATE",
        help="the last day, all of it, or the time at which the last interval starts; --from by "
        "default",
    )  # fmt: skip


def hold_to_dates(arguments: argparse.Namespace) -> None:
    """Refuse what no zone makes right, before a spec is compiled.

    Raises:
        SetupError: one is not a date, or they are in the wrong order.
    """
    first, text = moment_of_word(arguments.first), arguments.last or arguments.first
    last = moment_of_word(text)
    if _is_day(text):
        first = datetime.combine(first, time(), first.tzinfo)
    if (first.tzinfo is None) == (last.tzinfo is None):
        hold_in_order(first, last)


def read_stretch(arguments: argparse.Namespace, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The earliest and the latest start of the intervals that `--from` and `--to` mean, in UTC.

    >>> from medallion.schedules.clock import zone_of
    >>> one = argparse.Namespace(first="2026-01-31", last=None)
    >>> [at.isoformat() for at in read_stretch(one, zone_of("UTC"))]
    ['2026-01-31T00:00:00+00:00', '2026-01-31T23:59:59.999999+00:00']

    Raises:
        SetupError: one is not a date, or they are in the wrong order.
    """
    hold_to_dates(arguments)
    first, text = (
        moment_in(moment_of_word(arguments.first), zone),
        arguments.last or arguments.first,
    )
    last = moment_of_word(text)
    if _is_day(text) and last.date() < date.max:
        latest = midnight(last.date() + timedelta(days=1), zone) - timedelta(microseconds=1)
    else:
        latest = moment_in(last, zone)
    hold_in_order(first, latest)
    return first, latest


def _is_day(text: str) -> bool:
    return len(text) <= len("2026-01-31")


def add_table(parser: argparse.ArgumentParser) -> None:
    """Add the positional argument `table`, as text: `find_known_table` checks it."""
    parser.add_argument("table", help="a published table: silver_cinema.movies")


def warehouse_url() -> str:
    """MEDALLION_WAREHOUSE_URL, or the local warehouse, which is started if it does not run. Of an
    installed package, and where a store of secrets has Airflow's connections, it is that of the
    connection."""
    given = os.environ.get(WAREHOUSE_URL)
    if given:
        return database_url(WAREHOUSE_URL, given)
    if uses_local_stack():
        return start_databases(LocalPaths.of()).warehouse_url
    from medallion.airflow import connections

    return connections.warehouse_url(WAREHOUSE_CONN_ID)


def uses_local_stack() -> bool:
    """Whether nothing names another warehouse than the local one."""
    names_another = (os.environ.get(WAREHOUSE_URL), *map(os.environ.get, _SECRETS_BACKENDS))
    return not (IS_INSTALLED or any(names_another))


def database_url(variable: str, text: str) -> str:
    """The value of an environment variable that must be a database's URL.

    Raises:
        SetupError: it is not one. The value, which may hold a password, is not shown.
    """
    if not is_database_url(text):
        raise SetupError(
            f"{variable} is not the URL of a database",
            remedy=f"{variable}=postgresql://user:password@host:5432/warehouse",
        )
    return text
