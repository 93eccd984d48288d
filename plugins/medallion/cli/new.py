"""`new DOMAIN/PIPELINE FILE`: a first spec, inferred from the data, and previewed."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from medallion.cli import preview
from medallion.cli.arguments import project_folder
from medallion.cli.console import console as make_console
from medallion.cli.new_landing import landed_sample, shape_of
from medallion.cli.new_questions import ask
from medallion.cli.new_update import propose_update
from medallion.compiler.project import read_project
from medallion.errors import SetupError
from medallion.lake.manifest import Manifest
from medallion.names import NAME_PATTERN
from medallion.roots import PROJECT_ROOT
from medallion.sources.file.source import FileSource
from medallion.workbench.inference.column_names import name_of
from medallion.workbench.inference.proposal import Proposal, propose
from medallion.workbench.inference.readings import Hints
from medallion.workbench.inference.sample import DataSample, as_records
from medallion.workbench.inference.spec_text import Heading, spec_text
from medallion.workbench.inference.wide import YEARS, year_columns

HELP = "infer a spec from a file, write it, and preview what it would publish"

_FORMATS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".psv": "csv", ".jsonl": "jsonl",
    ".ndjson": "jsonl", ".json": "json", ".geojson": "json", ".xlsx": "excel", ".xlsm": "excel",
    ".xlsb": "excel", ".xls": "excel", ".ods": "excel", ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_COMPRESSED = (".gz", ".bz2", ".zip", ".zst")
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
        help="a file below include/data/<domain>/, a pattern such as sales/*.csv, or a URL that "
        "`path:` of a file source takes",
    )
    parser.add_argument("--format", choices=sorted(set(_FORMATS.values())), help="else by the name")
    parser.add_argument("--member", help="of an archive: the files that are meant, as *.csv")
    parser.add_argument("--sheet", help="of a workbook; the first one by default")
    parser.add_argument("--records", help="of a JSON document: the path of the array of records")
    parser.add_argument("--dataset", help="the silver table's name; the pipeline's by default")
    parser.add_argument("--key", metavar="COLUMNS", help="the primary key: a,b")
    days = parser.add_mutually_exclusive_group()
    days.add_argument("--day-first", dest="day_first", action="store_true", default=None,
                      help="05/01/2026 is the 5th of January")  # fmt: skip
    days.add_argument("--month-first", dest="day_first", action="store_false",
                      help="05/01/2026 is the 1st of May")  # fmt: skip
    parser.add_argument("--timezone", help="of times that name none: Europe/Paris")
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
    parser.add_argument("--root", type=Path, default=PROJECT_ROOT, help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Write it and show what it would publish. 0: all of it would be; 1: something would not.

    With --update: 0: the spec says what its files hold; 1: it does not, and the diff is shown.

    Raises:
        SetupError: the name or a flag makes no sense, or the spec is there already.
        SourceRefused, SourceUnavailable, DataRejected: the file cannot be read.
    """
    root = project_folder(arguments.root)
    domain, pipeline = _names(arguments.name)
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
    text, proposal = _text(arguments, domain, pipeline, root, console)
    if arguments.only_print:
        sys.stdout.write(text)
        return 0
    _write(root, domain, target, text)
    _report(console, target.relative_to(root), proposal)
    file = str(target.relative_to(root))
    problems = [issue for issue in read_project(root).issues if issue.path == file]
    if problems:
        console.print("\n".join(map(str, problems)), markup=False)
        return 1
    if arguments.no_preview:
        return 0
    return preview.run(
        argparse.Namespace(name=f"{domain}.{pipeline}", moment=None, rows=5, html=None, root=root)
    )


def _text(
    arguments: argparse.Namespace, domain: str, pipeline: str, root: Path, console: Console
) -> tuple[str, Proposal]:
    """The spec, and what it says; in a terminal once its user has been asked."""
    said = _source(arguments)
    if "format" not in said:  # delimited text
        said |= shape_of(said["path"], domain, root)
    with landed_sample(FileSource.model_validate(said), domain, root) as landed:
        years = year_columns(landed)
        sample = as_records(landed, years, "year", "value") if years else landed
        if years:
            said["unpivot"] = {"columns": YEARS, "name": "year", "value": "value"}
        proposal = propose(sample, _hints(arguments, sample), _key(arguments))
        asks = sys.stdin.isatty() and not (arguments.only_print or arguments.yes)
        if asks and ask(arguments, proposal, console):
            proposal = propose(sample, _hints(arguments, sample), _key(arguments))
        found = _found(sample.manifest)
    heading = Heading(
        dataset=arguments.dataset or pipeline,
        source=said | found,
        origin=said["path"],
        description=arguments.description,
        schedule=arguments.schedule,
        start_date=datetime.now(UTC).date(),
    )
    return spec_text(heading, proposal), proposal


def _hints(arguments: argparse.Namespace, sample: DataSample) -> Hints:
    layout = sample.manifest.layout
    return Hints(
        decimal_comma=layout.format == "csv" and layout.delimiter == ";",
        day_first=arguments.day_first,
        timezone=arguments.timezone,
    )


def _key(arguments: argparse.Namespace) -> list[str]:
    return [name_of(one) for one in (arguments.key or "").split(",") if one.strip()]


def _names(name: str) -> tuple[str, str]:
    domain, slash, pipeline = name.partition("/")
    if not slash or not all(re.fullmatch(NAME_PATTERN, one) for one in (domain, pipeline)):
        raise SetupError(
            f"{name!r} is not <domain>/<pipeline>",
            remedy="both are lower-case letters, digits and underscores: finance/rates",
        )
    return domain, pipeline


def _source(arguments: argparse.Namespace) -> dict[str, Any]:
    """The keys of `source:`, as far as they are known before the file is read."""
    name = arguments.path
    if not name:
        raise SetupError(
            "which file?", remedy="name it: new shop/orders include/data/shop/orders.csv"
        )
    bare = next((name[: -len(end)] for end in _COMPRESSED if name.lower().endswith(end)), name)
    ending = Path(arguments.member or bare).suffix.lower()
    found = arguments.format or _FORMATS.get(ending)
    if found is None:
        raise SetupError(
            f"the format of {name} is not known by its name",
            remedy=f"say --format: {', '.join(sorted(set(_FORMATS.values())))}",
        )
    said: dict[str, Any] = {"type": "file"}
    if found != "csv":
        said["format"] = found
    said["path"] = name
    said |= {
        key: value for key in ("member", "sheet", "records") if (value := getattr(arguments, key))
    }
    return said


def _found(manifest: Manifest) -> dict[str, Any]:
    """What the landing has found out of a delimited file, where it is not the usual."""
    if manifest.layout.format != "csv":
        return {}
    found = {key: manifest.notes.get(key) for key in ("delimiter", "encoding")}
    if found["encoding"] == "latin-1":  # all of it is in windows-1252 too, and so may the next be
        found["encoding"] = "windows-1252"
    return {key: value for key, value in found.items() if value not in (None, ",", "utf-8")}


def _write(root: Path, domain: str, target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    described = target.parent / "domain.yaml"
    if not described.exists():
        described.write_text(_DOMAIN.format(name=domain.replace("_", " ").capitalize()), "utf-8")
    target.write_text(text, encoding="utf-8")


def _report(console: Console, file: Path, proposal: Proposal) -> None:
    """The evidence, column by column, and what a person has to decide."""
    console.print(f"[bold]{file}[/bold]  {proposal.records:,} records\n")
    width = max(len(column.name) for column in proposal.columns)
    for column in proposal.columns:
        kind = str(column.said["type"])
        console.print(f"  {column.name:{width}}  {kind:15} {column.evidence}", markup=False)
        for guess in column.guesses:
            console.print(f"  {'':{width}}  [yellow]guess[/yellow]  {escape(guess)}")
    key = ", ".join(proposal.primary_key) or "none"
    console.print(f"\n  primary key: {key}", markup=False)
    for note in proposal.notes:
        console.print(f"  {note}", markup=False)
    console.print()
