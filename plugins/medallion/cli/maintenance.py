"""`maintenance`: deletes what is past its retention, as the DAG `medallion.maintenance` does."""

from __future__ import annotations

import argparse

from medallion.cli.surroundings import surroundings
from medallion.errors import SetupError
from medallion.lake.snapshots import all_snapshots, describe_snapshots
from medallion.operations.environments.tidying import tidy_environments
from medallion.operations.environments.upkeep import drop_unused
from medallion.operations.maintenance import domains, maintain

HELP = "delete landings and quarantined rows past their retention, leftovers, unused environments"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--domain NAME] [--dry-run]`; all domains by default."""
    parser.add_argument("--domain", help="one domain; all of them by default")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")


def run(arguments: argparse.Namespace) -> int:
    """Delete and print each thing deleted; 1 if something could not be deleted."""
    where = surroundings()
    known = domains(where)
    if arguments.domain and arguments.domain not in known:
        raise SetupError(
            f"there is no domain {arguments.domain}", remedy=f"there are: {', '.join(known)}"
        )
    verb, failed = "would be deleted" if arguments.dry_run else "deleted", False
    for domain in [arguments.domain] if arguments.domain else known:
        done = maintain(domain, where, dry_run=arguments.dry_run)
        for one in done.swept:
            print(f"{verb}: {one.describe()}")
        for path in done.passed_over:
            print(f"{path} is refused: nothing of its tables is deleted (validate says why)")
        for problem in done.problems:
            print(f"✗ {problem}")
        print(f"{domain}: {len(done.swept)} {verb}, {len(done.problems)} problems")
        failed = failed or bool(done.problems)
    for record in () if arguments.domain else drop_unused(where, dry_run=arguments.dry_run):
        print(f"{verb}: the environment {record.name}, last used {record.used_at:%Y-%m-%d}")
    for one in () if arguments.domain else tidy_environments(where, dry_run=arguments.dry_run):
        print(f"{verb}: {one.describe()}")
    if snapshots := all_snapshots(where.lake_root):
        print(f"kept: {describe_snapshots(snapshots)}")
    return int(failed)
