"""`new DOMAIN/PIPELINE …`: a first spec, inferred from a file, a table or an API, and previewed."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from medallion.cli import new_api, new_database, new_file, new_topic, preview
from medallion.cli.arguments import project_folder
from medallion.cli.console import console as make_console
from medallion.cli.draft_issues import issues_of_draft
from medallion.cli.new_api import AUTHS
from medallion.cli.new_looked import Looked, with_cursor
from medallion.cli.new_questions import ask
from medallion.cli.new_update import propose_update
from medallion.compiler.project import read_project
from medallion.errors import SetupError
from medallion.names import NAME_PATTERN
from medallion.roots import project_root
from medallion.schedules.clock import is_zone, suggest_zone
from medallion.sources.base.locations import SCHEMES, Location
from medallion.sources.base.web_address import file_name_of
from medallion.sources.formats.archives import is_archive
from medallion.sources.formats.json_documents import JsonDocument
from medallion.sources.formats.table import FORMATS, format_of_name
from medallion.spec.messages.report import visible
from medallion.workbench.inference.column_names import name_of
from medallion.workbench.inference.proposal import Proposal, propose
from medallion.workbench.inference.readings import Hints
from medallion.workbench.inference.scales import MIL
from medallion.workbench.inference.spec_text import Heading, spec_text

HELP = "infer a spec from a file, a database or an API, write it, and preview what it would publish"

FIRST = 100_000
"""Records of a database or an API that the preview reads."""
_DOMAIN = """# yaml-language-server: $schema=../domain.schema.json
description: {name}.  # guess: say what the domain is about
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to infer from, and what the data alone cannot tell."""
    parser.add_argument(
        "name", help="<domain>/<pipeline>: the spec is specs/<domain>/<pipeline>.yaml"
    )
    parser.add_argument(
        "path",
        nargs="?",
        default="",
        help="a file or folder below include/data/<domain>/, a pattern such as sales/*.csv, or a "
        "URL that `path:` of a file source takes, such as https://host/sales.csv",
    )
    _add_places(parser)
    parser.add_argument("--format", choices=sorted(FORMATS), help="else by the name")
    parser.add_argument("--member", help="of an archive: the files that are meant, as *.csv")
    parser.add_argument("--sheet", help="of a workbook; the first one by default")
    parser.add_argument(
        "--records", help="of JSON, a file's or an API's: the path of the array of records"
    )
    parser.add_argument("--dataset", help="the silver table's name; the pipeline's by default")
    parser.add_argument("--key", metavar="COLUMNS", help="the primary key: a,b")
    parser.add_argument(
        "--cursor", metavar="FIELD", help="of a database: read by this time of change; or none"
    )
    days = parser.add_mutually_exclusive_group()
    days.add_argument("--day-first", dest="day_first", action="store_true", default=None,
                      help="05/01/2026 is the 5th of January")  # fmt: skip
    days.add_argument("--month-first", dest="day_first", action="store_false",
                      help="05/01/2026 is the 1st of May")  # fmt: skip
    parser.add_argument("--timezone", help="of times that name none: Europe/Paris")
    parser.add_argument("--mil", choices=tuple(MIL), help="what the unit MIL beside a number means")
    parser.add_argument("--schedule", default="@daily", help="@daily by default; '' for none")
    parser.add_argument("--description", default="", help="what the pipeline is for")
    parser.add_argument(
        "--print", dest="only_print", action="store_true", help="print the spec, write nothing"
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing, in a terminal too")
    parser.add_argument(
        "--update", action="store_true",
        help="show as a diff what the files hold now that the spec does not say",
    )  # fmt: skip
    parser.add_argument("--write", action="store_true", help="the same, and apply the diff")
    parser.add_argument("--no-preview", action="store_true", help="write the spec, and stop")
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def _add_places(parser: argparse.ArgumentParser) -> None:
    """Where the data are, if not in a file."""
    parser.add_argument(
        "--connection", metavar="NAME", help="an Airflow connection: of a database, or of an API"
    )
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--table", help="of a database: schema.table, as the database names it")
    asked.add_argument("--query", help="of a database: one SELECT")
    asked.add_argument(
        "--url", help="of a JSON API: https://host/path, or with --connection a path below it"
    )
    asked.add_argument(
        "--tables", metavar="PATTERNS", help='of a database: many tables, "*" or "order*,item*"'
    )
    asked.add_argument("--topic", help="of Kafka: the topic, as the cluster names it")
    parser.add_argument(
        "--registry", metavar="NAME", help="of a topic: the connection of its schema registry"
    )
    parser.add_argument("--schema", help="of many tables: the schema, as the database names it")
    parser.add_argument("--exclude", metavar="PATTERNS", help='of many tables: "*_bak,tmp_*"')
    parser.add_argument("--auth", metavar="HOW", help=f"of an API: {AUTHS}")


def run(arguments: argparse.Namespace) -> int:
    """Write it and show what it would publish. 0: all of it would be; 1: something would not.

    With --update: 0: the spec says what its files hold; 1: it does not, and the diff is shown.

    Raises:
        SetupError: the name or a flag makes no sense, or the spec is there already.
        SourceRefused, SourceUnavailable, DataRejected: the file cannot be read.
    """
    root = project_folder(arguments.root)
    domain, pipeline = _names(arguments.name)
    if arguments.timezone and not is_zone(arguments.timezone):
        raise SetupError(
            f"there is no time zone {visible(arguments.timezone)}",
            remedy=suggest_zone(arguments.timezone),
        )
    target = root / "specs" / domain / f"{pipeline}.yaml"
    if arguments.update or arguments.write:
        hints = Hints(day_first=arguments.day_first, timezone=arguments.timezone)
        return propose_update(root, domain, target, hints, write=arguments.write)
    if target.exists() and not arguments.only_print:
        raise SetupError(
            f"{target.relative_to(root)} is there already",
            remedy="`--update` shows what of it has drifted; `--print` what would be inferred now",
        )
    console = make_console()
    if arguments.tables:
        return _write_tables(arguments, domain, pipeline, root, target)
    _hold_free(root, domain, arguments.dataset or pipeline, str(target.relative_to(root)))
    text, proposal, remarks = _text(arguments, domain, pipeline, root, console)
    if arguments.only_print:
        sys.stdout.write(text)
        return 0
    _write(root, domain, target, text)
    _report(console, target.relative_to(root), proposal, remarks)
    file = str(target.relative_to(root))
    problems = issues_of_draft(read_project(root).issues, file)
    if problems:
        console.print("\n".join(map(str, problems)), markup=False)
        return 1
    if arguments.no_preview:
        return 0
    return preview.run(
        argparse.Namespace(
            name=f"{domain}.{pipeline}", moment=None, rows=5, first=FIRST, html=None, root=root
        )
    )


def _write_tables(
    arguments: argparse.Namespace, domain: str, pipeline: str, root: Path, target: Path
) -> int:
    """A spec of many tables. It is not previewed: that would read all of them.

    0: it is written and valid; 1: a table could not be read, or something is left to decide.
    """
    from medallion.cli.new_tables import text_of_tables

    if not arguments.connection:
        raise SetupError(
            "which database?", remedy="name its Airflow connection: --connection shop_db"
        )
    text, number, failed = text_of_tables(arguments, domain, pipeline, root)
    if arguments.only_print:
        sys.stdout.write(text)
        return 0
    _write(root, domain, target, text)
    file = str(target.relative_to(root))
    console = make_console()
    console.print(f"[bold]{file}[/bold]  {number:,} tables")
    for table, why in failed.items():
        console.print(f"  {table} is left out: {why}", markup=False)
    problems = issues_of_draft(read_project(root).issues, file)
    if problems:
        console.print("\n".join(map(str, problems)), markup=False)
    return 1 if problems or failed else 0


def _text(
    arguments: argparse.Namespace, domain: str, pipeline: str, root: Path, console: Console
) -> tuple[str, Proposal, tuple[str, ...]]:
    """The spec, what it says, and what else is to be reported; in a terminal once its user has been
    asked."""
    with _look_at_source(arguments, domain, pipeline, root) as looked:
        proposal = _propose(arguments, looked)
        asks = sys.stdin.isatty() and not (arguments.only_print or arguments.yes)
        if asks and ask(arguments, proposal, console):
            proposal = _propose(arguments, looked)
        source, guesses, notes = with_cursor(looked, proposal, arguments.cursor)
    heading = Heading(
        dataset=arguments.dataset or pipeline,
        source=source,
        origin=looked.origin,
        description=arguments.description,
        schedule=arguments.schedule,
        start_date=datetime.now(UTC).date(),
        guesses=guesses,
        notes=notes,
        about=looked.about,
        write_disposition=looked.write_disposition,
        deleted_when=looked.deleted_when,
    )
    return spec_text(heading, proposal), proposal, looked.remarks


def _propose(arguments: argparse.Namespace, looked: Looked) -> Proposal:
    """By the key that is named, or that the source itself has: then no other is looked for."""
    wanted = _key(arguments)
    proposal = propose(looked.sample, _hints(arguments, looked), wanted or looked.key)
    if looked.settle is not None:
        return looked.settle(proposal)
    return replace(proposal, keys=()) if looked.key and not wanted else proposal


def _look_at_source(
    arguments: argparse.Namespace, domain: str, pipeline: str, root: Path
) -> AbstractContextManager[Looked]:
    """The source that is named: a file, a table or query, or an API.

    Raises:
        SetupError: none is, or two are.
    """
    of_database = arguments.table or arguments.query
    named = [one for one in (arguments.path, of_database, arguments.url, arguments.topic) if one]
    if len(named) != 1:
        raise SetupError(
            "which source? " + (f"two are named: {', '.join(named)}" if named else "none is named"),
            remedy="name a file (new shop/orders include/data/shop/orders.csv), a table "
            "(--connection shop_db --table shop.orders), a topic (--connection cards_kafka --topic "
            "cards) or an API (--url https://…)",
        )
    if arguments.topic:
        return new_topic.look_at_topic(arguments, domain, root)
    if of_database:
        if not arguments.connection:
            raise SetupError(
                "which database?", remedy="name its Airflow connection: --connection shop_db"
            )
        return new_database.look_at_database(arguments, domain, root)
    is_of_files = arguments.url and _is_of_files(arguments)
    if is_of_files and arguments.connection:
        raise SetupError(
            f"--connection is not for files, and {arguments.url} is one",
            remedy=f"write the connection into the address: https://{arguments.connection}@/path",
        )
    if arguments.url and not is_of_files:
        return new_api.look_at_api(arguments, domain, pipeline, root)
    arguments.path = arguments.path or arguments.url
    return new_file.look_at_file(arguments, domain, root)


def _is_of_files(arguments: argparse.Namespace) -> bool:
    """Whether a URL names files: by its scheme, and on a web server by the file's name or a format
    that a flag names. An API answers there with documents of JSON only."""
    location = Location.parse(arguments.url)
    if location is None or not location.is_web:
        return location is not None and location.scheme in (*SCHEMES, "file")
    found = arguments.format or format_of_name(file_name_of(arguments.url))
    archive = is_archive(file_name_of(arguments.url))
    return archive or (found is not None and not isinstance(FORMATS[found], JsonDocument))


def _hints(arguments: argparse.Namespace, looked: Looked) -> Hints:
    return Hints(
        decimal_comma=looked.decimal_comma,
        decimal_by_layout=any("decimal" in one for one in looked.source.get("layouts", ())),
        day_first=arguments.day_first,
        timezone=arguments.timezone,
        mil=MIL.get(arguments.mil),
    )


def _key(arguments: argparse.Namespace) -> list[str]:
    return [name_of(one) for one in (arguments.key or "").split(",") if one.strip()]


def _names(name: str) -> tuple[str, str]:
    domain, slash, pipeline = name.partition("/")
    if not slash or not all(re.fullmatch(NAME_PATTERN, one) for one in (domain, pipeline)):
        raise SetupError(
            f"{name!r} is not <domain>/<pipeline>",
            remedy="use lower-case letters, digits and underscores for both: finance/rates",
        )
    return domain, pipeline


def _hold_free(root: Path, domain: str, dataset: str, file: str) -> None:
    """No other spec publishes the table."""
    for loaded in read_project(root).specs:
        is_other = loaded.dag_id.domain == domain and loaded.spec_path != file
        if is_other and dataset in loaded.spec.datasets:
            raise SetupError(
                f"silver_{domain}.{dataset} is published by {loaded.spec_path} already",
                remedy="name another table: --dataset NAME",
            )


def _write(root: Path, domain: str, target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    described = target.parent / "domain.yaml"
    if not described.exists():
        described.write_text(_DOMAIN.format(name=domain.replace("_", " ").capitalize()), "utf-8")
    target.write_text(text, encoding="utf-8")


def _report(console: Console, file: Path, proposal: Proposal, remarks: Sequence[str]) -> None:
    """The evidence, column by column, and what a person has to decide."""
    console.print(f"[bold]{file}[/bold]  {proposal.records:,} records\n")
    width = max(len(column.name) for column in proposal.columns)
    for column in proposal.columns:
        kind = str(column.said["type"])
        console.print(f"  {column.name:{width}}  {kind:15} {column.evidence}", markup=False)
        for guess in column.guesses:
            console.print(f"  {'':{width}}  [yellow]guess[/yellow]  {escape(guess)}")
    key = ", ".join(proposal.primary_key)
    proof = f" (no two of {proposal.different:,} different records share it)" if key else ""
    console.print(f"\n  primary key: {key or 'none'}{proof}", markup=False)
    if proposal.row_filter:
        console.print(f"  [yellow]guess[/yellow]  filter: {escape(proposal.filter_guess)}")
    for note in (*remarks, *proposal.notes):
        console.print(f"  {note}", markup=False)
    console.print()
