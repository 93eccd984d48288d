"""`person export` and `person erase`: everything that is kept of one person, shown or erased."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from medallion.cli.arguments import hold_to_writable
from medallion.cli.surroundings import stack_surroundings
from medallion.errors import SetupError
from medallion.operations.people.access import export_person
from medallion.operations.people.erase import Erasure, How, erase_again, erase_person
from medallion.private_files import open_private

HELP = "show or erase everything that is kept of one person"
BY = "command line"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`export --by COLUMN=VALUE [--out FILE]`, `erase --by COLUMN=VALUE | --again [--apply]`."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    export = verbs.add_parser("export", help="everything that is kept of a person, as JSON")
    export.add_argument("--by", required=True, metavar="COLUMN=VALUE", help="what identifies him")
    export.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
    erase = verbs.add_parser("erase", help="erase a person; without --apply it only counts")
    who = erase.add_mutually_exclusive_group(required=True)
    who.add_argument("--by", metavar="COLUMN=VALUE", help="email=ada@example.org")
    who.add_argument(
        "--again", action="store_true",
        help="everybody who was erased before: after a restore from a backup",
    )  # fmt: skip
    erase.add_argument("--apply", action="store_true", help="erase; else it is only counted")
    erase.add_argument(
        "--delete-landings", action="store_true",
        help="delete landings whole that cannot be written without single records",
    )  # fmt: skip
    erase.add_argument(
        "--drop-environments", action="store_true",
        help="drop the environments that have tables of the domain: nobody can search them",
    )  # fmt: skip
    for one in (export, erase):
        one.add_argument("--domain", help="one domain; by default all that know such a column")


def run(arguments: argparse.Namespace) -> int:
    """Export or erase; returns 1 if an erasure is not complete."""
    return _export(arguments) if arguments.verb == "export" else _erase(arguments)


def _export(arguments: argparse.Namespace) -> int:
    hold_to_writable("--out", arguments.out)
    column, value = _read_by(arguments.by)
    found = export_person(
        stack_surroundings(), by=BY, column=column, value=value, domain=arguments.domain
    )
    text = json.dumps(found, ensure_ascii=False, indent=2, default=str) + "\n"
    if arguments.out is None:
        sys.stdout.write(text)
    else:
        with open_private(arguments.out) as file:
            file.write(text.encode())
        print(f"written: {arguments.out}, which only you may read")
    return 0


def _erase(arguments: argparse.Namespace) -> int:
    where = stack_surroundings()
    how: How = {
        "by": BY,
        "is_meant": arguments.apply,
        "delete_landings": arguments.delete_landings,
        "drop_environments": arguments.drop_environments,
    }
    if arguments.again:
        done = erase_again(where, domain=arguments.domain, **how)
    else:
        column, value = _read_by(arguments.by)
        done = erase_person(where, column=column, value=value, domain=arguments.domain, **how)
    for erasure in done:
        _print(erasure, is_meant=arguments.apply)
    if not done:
        print("nobody was erased before")
    return int(arguments.apply and any(erasure.problems for erasure in done))


def _print(erasure: Erasure, *, is_meant: bool) -> None:
    for place in erasure.places:
        print(f"{'erased' if is_meant else 'would be erased'}: {place}")
    if several := [f"{count} of {name}" for name, count in erasure.identified.items() if count > 1]:
        print(
            f"! values found of this person: {', '.join(several)}. If they are of several people "
            "(a family's address), all of them go; `person export` shows whose they are"
        )
    for obstacle in erasure.obstacles if not is_meant else ():
        print(f"! goes whole, with --delete-landings: {obstacle}")
    for problem in erasure.problems:
        print(f"✗ {problem}")
    print(f"{erasure.domain}: {_conclude(erasure, is_meant=is_meant)}")


def _conclude(erasure: Erasure, *, is_meant: bool) -> str:
    if is_meant and erasure.problems:
        return f"erasure {erasure.erasure_id} is not complete. Correct this, and run it again"
    if erasure.unfinished is not None:
        return (
            f"erasure {erasure.unfinished} is not complete: what was made of the person's rows may "
            "still have them. Nothing was changed. With --apply it continues"
        )
    if not erasure.places:
        return f"nothing {'else ' if erasure.problems else ''}of this person is left"
    if not is_meant:
        return "nothing was changed. With --apply it is"
    return f"erasure {erasure.erasure_id} is complete"


def _read_by(text: str) -> tuple[str, str]:
    column, equals, value = text.partition("=")
    if not column or not equals or not value:
        raise SetupError("--by is not COLUMN=VALUE", remedy="write --by email=ada@example.org")
    return column, value
