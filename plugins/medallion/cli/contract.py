"""`contract export | import | diff`: the data contracts of published tables, a spec from one, and
what has changed in one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from medallion.cli.arguments import (
    add_where_to_write,
    project_folder,
    target_of_name,
    warehouse_url,
)
from medallion.closest import closest
from medallion.errors import SetupError
from medallion.prose import tally, write_json
from medallion.roots import project_root
from medallion.spec.messages.report import visible
from medallion.workbench.comparison.sides import Side, read_side
from medallion.workbench.contracts.changes import (
    ORDER,
    ContractChange,
    Level,
    compare_contracts,
)
from medallion.workbench.contracts.check import KIND, check_contract
from medallion.workbench.contracts.document import ENDING, file_name
from medallion.workbench.contracts.facts import collect_facts
from medallion.workbench.contracts.keep import read_contract, update_contract
from medallion.workbench.contracts.kept import KeptDocument, find_left_over, write_kept
from medallion.workbench.contracts.server import ServerAddress, parse_address

HELP = (
    "write the data contracts of published tables (ODCS), start or check a spec by one, or say "
    "what has changed in one"
)
FOLDER = Path("contracts")
SAME, DIFFERENT = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which tables or files."""
    does = parser.add_subparsers(metavar="WHAT", required=True)
    export = does.add_parser("export", help="write the contract of each published table")
    export.set_defaults(does=_export)
    export.add_argument("tables", nargs="*", metavar="TABLE", help="all of them by default")
    add_where_to_write(export, FOLDER)
    export.add_argument(
        "--server", metavar="HOST:PORT/DATABASE", help="where readers find the warehouse"
    )
    export.add_argument("--environment", default="", metavar="NAME", help="of that server: prod")
    begin = does.add_parser("import", help="start a spec from a contract, or check one by it")
    begin.set_defaults(does=_import)
    begin.add_argument("name", metavar="DOMAIN/PIPELINE", help="of the spec; or the domain alone")
    begin.add_argument("file", type=Path, metavar="FILE", help="a contract")
    begin.add_argument(
        "--check", action="store_true",
        help="write nothing: exit with 1 if the specs do not keep what the contract promises",
    )  # fmt: skip
    begin.add_argument("--table", default="", help="which table is checked; by the object's name")
    begin.add_argument(
        "--print", dest="only_print", action="store_true", help="print the spec, write nothing"
    )
    begin.add_argument("--report", type=Path, metavar="FILE", help="what was not mapped, all of it")
    diff = does.add_parser("diff", help="what a contract, or a table, does not promise any more")
    diff.set_defaults(does=_diff)
    diff.add_argument("before", type=Path, metavar="FILE", help="a contract")
    diff.add_argument(
        "after", type=Path, nargs="?", metavar="FILE",
        help="another one; by default the table as the specs publish it now",
    )  # fmt: skip
    diff.add_argument("--table", help="which table, where the contract's id does not name it")
    diff.add_argument("--json", action="store_true", help="for programs")
    for one in (export, begin, diff):
        one.add_argument(
            "--offline", action="store_true",
            help="do not ask the warehouse for the types of gold columns: those that the specs do "
            "not know are left out, or stay as the file has them",
        )  # fmt: skip
        one.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Do it. 0: done, and nothing breaks; 1: with `--check` a file differs; of `diff`, something
    that was promised is not any more.

    Raises:
        SetupError: a file cannot be read or holds no contract; no valid spec publishes the table.
    """
    return int(arguments.does(arguments))


def _export(arguments: argparse.Namespace) -> int:
    root = project_folder(arguments.root)
    server = parse_address(arguments.server, arguments.environment) if arguments.server else None
    side = _read(root)
    _hold_to_known(arguments.tables, side)
    names = arguments.tables or list(side.tables)
    folder = root / FOLDER if arguments.output is None else arguments.output
    kept = _keep(side, names, folder, server, offline=arguments.offline)
    if arguments.only_print:
        print("---\n".join(one.text for one in kept), end="")
        return SAME
    for one in kept:
        if not (arguments.check or one.same):
            write_kept(one, folder / file_name(one.name))
        _report(one, checked=arguments.check)
    left = [] if arguments.tables else find_left_over(folder, side.tables, ENDING)
    for name in left:
        print(f"! {name}: no valid spec publishes its table: delete it once its readers know")
    differ = [one for one in kept if not one.same]
    if not differ and not left:
        print(f"{tally(len(kept), 'contract')} in {visible(str(folder))} as the specs are")
    return DIFFERENT if arguments.check and (differ or left) else SAME


def _import(arguments: argparse.Namespace) -> int:
    if not arguments.check:
        command = import_module("medallion.cli.import")  # its name is a word of the language
        return int(command.run(argparse.Namespace(**vars(arguments), kind=KIND)))
    target = target_of_name(arguments.name)
    side = _read(project_folder(arguments.root))
    if arguments.table:
        _hold_to_known([arguments.table], side)
    of_domain = [name for name, one in side.tables.items() if one.table.domain == target.domain]
    names = [arguments.table] if arguments.table else of_domain
    types = {} if arguments.offline else _read_types(side, names)
    found = check_contract(
        arguments.file,
        replace(target, pipeline=target.pipeline or "contract"),
        side,
        types,
        arguments.table,
    )
    for table, changes in found.unkept.items():
        print(f"{table}: {'keeps what the contract promises' if not changes else ''}".rstrip())
        for line in _lines(changes):
            print(f"  {line}")
    for one in found.not_judged:
        print(f"not judged: {visible(one.place)}: {visible(one.why)}")
    return DIFFERENT if any(found.unkept.values()) else SAME


def _diff(arguments: argparse.Namespace) -> int:
    before = read_contract(arguments.before)
    if arguments.after is not None:
        after = read_contract(arguments.after)
    else:
        side = _read(project_folder(arguments.root))
        name = arguments.table or _table_of(before, side)
        _hold_to_known([name], side)
        (kept,) = _keep(side, [name], None, None, offline=arguments.offline)
        after = kept.document
    changes = compare_contracts(before, after)
    breaks = any(one.level is Level.BREAKING for one in changes)
    if arguments.json:
        print(write_json(_document(changes)), end="")
    else:
        print("\n".join(_lines(changes)) or "Both promise the same.")
    return DIFFERENT if breaks else SAME


def _read(root: Path) -> Side:
    side = read_side(root)
    if side.refused:
        print(
            f"! {tally(len(side.refused), 'spec')} refused, so their tables have no contract here: "
            "`validate` says why",
            file=sys.stderr,
        )
    return side


def _hold_to_known(tables: Sequence[str], side: Side) -> None:
    for name in tables:
        if name not in side.tables:
            close = closest(name, list(side.tables))
            raise SetupError(
                f"no valid spec publishes {visible(name)}",
                remedy=f"did you mean {close}?" if close else "`validate` lists what is wrong",
            )


def _table_of(contract: Mapping[str, Any], side: Side) -> str:
    """The table that a contract is of: its id, or the physical name of its only object."""
    named = str(contract.get("id", ""))
    if named in side.tables:
        return named
    raise SetupError(
        "the contract's id names no table of this project",
        remedy="say which: --table gold_shop.days",
    )


def _keep(
    side: Side,
    names: Sequence[str],
    folder: Path | None,
    server: ServerAddress | None,
    *,
    offline: bool,
) -> list[KeptDocument]:
    types = {} if offline else _read_types(side, names)
    return [
        update_contract(one, folder / file_name(name) if folder else None, server)
        for one in collect_facts(side, types)
        if (name := str(one.declared.table.public)) in names
    ]


def _read_types(side: Side, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """By table, the columns that readers see now, with their types."""
    from medallion.warehouse.catalogue.history import read_published_columns
    from medallion.warehouse.session.transaction import session

    with session(warehouse_url(), "reading the columns of published tables") as connection:
        return {
            name: {
                one.name: one.type
                for one in read_published_columns(connection, side.tables[name].table)
            }
            for name in names
        }


def _report(kept: KeptDocument, *, checked: bool) -> None:
    if kept.is_new:
        said = "has no contract yet" if checked else f"version {kept.version}, new"
        print(f"{kept.name}: {said}")
    elif not kept.same:
        said = "would be" if checked else "is now"
        why = "" if kept.changes else ", and says the same in another form"
        print(f"{kept.name}: {said} version {kept.version}{why}")
        for line in _lines(kept.changes):
            print(f"  {line}")


def _lines(changes: Iterable[ContractChange]) -> list[str]:
    return [f"{one.level}: {visible(one.place)} {visible(one.what)}" for one in changes]


def _document(changes: Sequence[ContractChange]) -> dict[str, object]:
    return {
        "breaking": any(one.level is Level.BREAKING for one in changes),
        "counts": {str(level): sum(one.level is level for one in changes) for level in ORDER},
        "changes": [
            {"level": str(one.level), "place": one.place, "what": one.what} for one in changes
        ],
    }
