"""`pii rotate`: another key for the hashes of personal data, and what follows from it."""

from __future__ import annotations

import argparse

from medallion.cleaning.declared.classification import DEFAULT_CONNECTION
from medallion.cli.surroundings import stack_surroundings
from medallion.operations.people.rotate import Rotation, rotate
from medallion.prose import tally

HELP = "give the hashes of personal data another key"
BY = "command line"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`rotate [--conn-id ID] [--apply]`."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    one = verbs.add_parser("rotate", help="another key; without --apply it only counts")
    one.add_argument(
        "--conn-id", default=DEFAULT_CONNECTION,
        help=f"the connection that has the keys; {DEFAULT_CONNECTION} by default",
    )  # fmt: skip
    one.add_argument("--apply", action="store_true", help="change the hashes; else it counts them")


def run(arguments: argparse.Namespace) -> int:
    """Count or rotate; returns 1 if a gold table could not be built again, or a lake does not have
    the new hashes."""
    found = rotate(stack_surroundings(), by=BY, conn_id=arguments.conn_id, is_meant=arguments.apply)
    _print(found, is_meant=arguments.apply)
    return int(bool(found.problems))


def _print(found: Rotation, *, is_meant: bool) -> None:
    before = ", ".join(found.former_ids) or "none"
    print(f"{found.conn_id} has the key {found.key_id}; former keys: {before}")
    for one in found.tables:
        if one.rows:
            says = "have" if is_meant else "would have"
            print(f"{one.table.public}: {tally(one.rows, 'row')} {says} the new key's hashes")
        if one.unknown:
            print(
                f"! {one.table.public}: {tally(one.unknown, 'row')} with hashes of values that no "
                "landing has any more keep them, and join with no new ones"
            )
    for table in found.gold:
        print(f"{table.public}: {'built again' if is_meant else 'would be built again'}")
    for location in found.lakes:
        print(f"{location}: {'written again' if is_meant else 'would be written again'}")
    for snapshot in found.snapshots:
        print(f"! the snapshot {snapshot} keeps its hashes")
    for key_id, count in sorted(found.erased.items()):
        print(
            f"! {tally(count, 'value')} of erased people were hashed with the key {key_id}: it has "
            "to stay in former_keys, or these people come back"
        )
    for problem in found.problems:
        print(f"✗ {problem}")
    _print_end(found, is_meant=is_meant)


def _print_end(found: Rotation, *, is_meant: bool) -> None:
    if not found.has_work:
        print("every hash that can be has the key of the connection")
    elif not is_meant:
        print("nothing was changed. With --apply it is")
    if found.has_work:
        print(
            "what was copied or exported before joins with the new hashes no more; nor do tables "
            "of another connection"
        )
