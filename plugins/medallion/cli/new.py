"""`new DOMAIN/PIPELINE FILE`: a first spec, inferred from the data, and previewed."""

from __future__ import annotations

import argparse
import logging
import re
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from medallion.cli import preview
from medallion.cli.arguments import project_folder
from medallion.cli.console import console as make_console
from medallion.compiler.project import read_project
from medallion.errors import SetupError
from medallion.lake.manifest import Manifest
from medallion.names import NAME_PATTERN
from medallion.roots import PROJECT_ROOT, lake_root
from medallion.sources.base.reach import file_reach
from medallion.sources.base.source import ConnectionDetails, ExtractRequest
from medallion.sources.file.source import FileSource
from medallion.spec.files.access import load_access
from medallion.workbench.inference.column_names import name_of
from medallion.workbench.inference.proposal import Proposal, propose
from medallion.workbench.inference.readings import Hints
from medallion.workbench.inference.sample import land, run_now, sample_of
from medallion.workbench.inference.spec_text import Heading, spec_text

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
        help="a file below include/data/<domain>/, a pattern such as sales/*.csv, or a URL that "
        "`path:` of a file source takes",
    )
    parser.add_argument("--format", choices=sorted(set(_FORMATS.values())), help="else by the name")
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
    parser.add_argument("--no-preview", action="store_true", help="write the spec, and stop")
    parser.add_argument("--root", type=Path, default=PROJECT_ROOT, help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Write it and show what it would publish. 0: all of it would be; 1: something would not.

    Raises:
        SetupError: the name or a flag makes no sense, or the spec is there already.
        SourceRefused, SourceUnavailable, DataRejected: the file cannot be read.
    """
    root = project_folder(arguments.root)
    domain, pipeline = _names(arguments.name)
    target = root / "specs" / domain / f"{pipeline}.yaml"
    if target.exists() and not arguments.only_print:
        raise SetupError(
            f"{target.relative_to(root)} is there already",
            remedy="choose another name, or look at what is inferred now with --print",
        )
    console = make_console()
    said = _source(arguments)
    proposal, found = _proposal(said, domain, arguments, root)
    heading = Heading(
        dataset=arguments.dataset or pipeline,
        source=said | found,
        origin=said["path"],
        description=arguments.description,
        schedule=arguments.schedule,
        start_date=datetime.now(UTC).date(),
    )
    text = spec_text(heading, proposal)
    if arguments.only_print:
        sys.stdout.write(text)
        return 0
    _write(root, domain, target, text)
    _report(console, target.relative_to(root), proposal)
    problems = [
        one for one in read_project(root).issues if str(target.relative_to(root)) in str(one)
    ]
    if problems:
        console.print("\n".join(map(str, problems)), markup=False, highlight=False)
        return 1
    if arguments.no_preview:
        return 0
    return preview.run(
        argparse.Namespace(name=f"{domain}.{pipeline}", moment=None, rows=5, html=None, root=root)
    )


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
    bare = next((name[: -len(end)] for end in _COMPRESSED if name.lower().endswith(end)), name)
    found = arguments.format or _FORMATS.get(Path(bare).suffix.lower())
    if found is None:
        raise SetupError(
            f"the format of {name} is not known by its name",
            remedy=f"say --format: {', '.join(sorted(set(_FORMATS.values())))}",
        )
    said: dict[str, Any] = {"type": "file"}
    if found != "csv":
        said["format"] = found
    said["path"] = name
    said |= {key: value for key in ("sheet", "records") if (value := getattr(arguments, key))}
    return said


def _proposal(
    said: Mapping[str, Any], domain: str, arguments: argparse.Namespace, root: Path
) -> tuple[Proposal, dict[str, Any]]:
    """The proposal, and what landing the file has found out of `source:`."""
    source = FileSource.model_validate(said)
    log = logging.getLogger("medallion.new")
    reach = file_reach(domain, root, load_access(root).folders_of(domain), lake_root())
    request = ExtractRequest(
        dataset="new",
        run=run_now(domain),
        project_root=root,
        reach=reach,
        connection=_connection,
        log=log,
    )
    with tempfile.TemporaryDirectory(prefix="medallion-new-") as folder:
        manifest = land(source, request, Path(folder), domain, log)
        layout = manifest.layout
        found = _found(manifest) if layout.format == "csv" else {}
        hints = Hints(
            decimal_comma=layout.format == "csv" and layout.delimiter == ";",
            day_first=arguments.day_first,
            timezone=arguments.timezone,
        )
        key = [name_of(one) for one in (arguments.key or "").split(",") if one.strip()]
        return propose(sample_of(manifest), hints, key), found


def _found(manifest: Manifest) -> dict[str, Any]:
    """What the landing has found out of a delimited file, where it is not the usual."""
    found = {key: manifest.notes.get(key) for key in ("delimiter", "encoding")}
    if found["encoding"] == "latin-1":  # all of it is in windows-1252 too, and so may the next be
        found["encoding"] = "windows-1252"
    return {key: value for key, value in found.items() if value not in (None, ",", "utf-8")}


def _connection(conn_id: str) -> ConnectionDetails:
    from medallion.airflow.connections import connection_details

    return connection_details(conn_id)


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
            console.print(f"  {'':{width}}  [yellow]guess[/yellow] ", guess, end="\n")
    key = ", ".join(proposal.primary_key) or "none"
    console.print(f"\n  primary key: {key}", markup=False)
    for note in proposal.notes:
        console.print(f"  {note}", markup=False)
    console.print()
