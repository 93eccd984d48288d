"""`python -m medallion.cli VERB`, or `medallion VERB`: runs the verb. The only place that prints an
error."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from medallion import __version__
from medallion.errors import MedallionError, SetupError
from medallion.operations.environments.setting import SETTING, read_environment
from medallion.roots import PROJECT, name_project, project_root

VERBS = (
    "demo", "init", "validate", "plan", "schedule", "new", "recipe", "import", "preview",
    "diff", "run", "env", "test", "check", "lineage", "backfill", "versions", "snapshot",
    "rollback", "restate", "quarantine", "maintenance", "reconcile", "roles", "psql", "status",
    "stubs", "bi", "mcp", "lsp", "schemas", "contract", "product", "register", "person", "pii",
    "explain", "learn", "doctor", "pod-template",
)  # fmt: skip
"""A module of this folder each: HELP, add_arguments(parser), run(arguments) -> exit code."""

SCRIPT = "medallion"
"""The command that a wheel installs."""


OF_PRODUCTION = frozenset(
    (
        "demo", "backfill", "snapshot", "rollback", "restate", "quarantine", "maintenance",
        "reconcile", "roles", "bi", "person", "pii",
    )
)  # fmt: skip
"""Those that change what production has."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code. 0: success; 1: it found a problem or raised a
    MedallionError; argparse exits with 2 on wrong arguments."""
    words = sys.argv[1:] if words is None else words
    try:
        try:
            name_project(Path.cwd())
            arguments = _parser(words).parse_args(words)
            _hold_to_environment(words[0])
            with _in_project(arguments):
                return int(arguments.run(arguments))
        finally:
            if not sys.stdout.closed:  # as a language server's is when its editor has gone
                sys.stdout.flush()  # here, where a closed pipe is caught
    except MedallionError as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # `| head` has seen enough
        # What is still in the buffer is written once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


@contextmanager
def _in_project(arguments: argparse.Namespace) -> Iterator[None]:
    """Within the block, the project is the one that `--root` names, with its local warehouse and
    lake: else one command would read the specs of one project and the warehouse of another."""
    root: Path | None = getattr(arguments, "root", None)
    before = os.environ.get(PROJECT)
    if root is None or root.resolve() == project_root().resolve():
        yield
        return
    os.environ[PROJECT] = str(root.resolve())
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(PROJECT, None)
        else:
            os.environ[PROJECT] = before


def _hold_to_environment(verb: str) -> None:
    """In a shell of an environment nothing changes what is production's.

    Raises:
        SetupError: the verb would; or MEDALLION_ENV names no environment.
    """
    environment = read_environment()
    if environment is not None and verb in OF_PRODUCTION:
        raise SetupError(
            f"`{verb}` works on production, and {SETTING}={environment.name} names an environment",
            remedy=f"if production is meant: {SETTING}= python -m medallion.cli {verb} …",
        )


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Only the verb that is asked for is imported, all of them for `--help`."""
    parser = argparse.ArgumentParser(
        prog=SCRIPT if Path(sys.argv[0]).name == SCRIPT else "python -m medallion.cli",
        description="Medallion's commands. `VERB --help` shows what a command takes.",
    )
    parser.add_argument("--version", action="version", version=f"medallion {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    asked = [verb for verb in VERBS if verb in words[:1]]
    for verb in asked or VERBS:
        module = importlib.import_module(f"medallion.cli.{verb.replace('-', '_')}")
        verb_parser = verbs.add_parser(verb, help=module.HELP, description=module.HELP)
        module.add_arguments(verb_parser)
        verb_parser.set_defaults(run=module.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
