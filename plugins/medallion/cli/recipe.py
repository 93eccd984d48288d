"""`recipe list | show | use`: a whole spec for an API that many have."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from medallion.cli.arguments import project_folder, target_of_name
from medallion.cli.console import console
from medallion.cli.draft_issues import issues_of_draft
from medallion.compiler.project import read_project
from medallion.errors import SetupError
from medallion.roots import project_root
from medallion.spec.messages.report import visible
from medallion.workbench.imports.spec_yaml import domain_text
from medallion.workbench.recipes.recipe import (
    connection_command,
    fill_recipe,
    read_recipe,
    recipe_names,
)

HELP = "write a spec from a recipe: GitHub, Stripe, a portal of open data, a list of SharePoint"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`list`, `show RECIPE`, `use RECIPE DOMAIN/PIPELINE [--set WORD=VALUE]`."""
    doing = parser.add_subparsers(dest="doing", required=True, metavar="list | show | use")
    doing.add_parser("list", help="which recipes there are")
    showing = doing.add_parser("show", help="what a recipe needs, and its spec")
    showing.add_argument("recipe", help=", ".join(recipe_names()))
    using = doing.add_parser("use", help="write its spec into the project")
    using.add_argument("recipe", help=", ".join(recipe_names()))
    using.add_argument(
        "name", help="<domain>/<pipeline>: the spec is specs/<domain>/<pipeline>.yaml"
    )
    using.add_argument(
        "--set", dest="words", action="append", default=[], metavar="WORD=VALUE",
        help="fills in a word of the recipe, as owner=apache; `show` names them",
    )  # fmt: skip
    using.add_argument(
        "--print", dest="only_print", action="store_true", help="print the spec, write nothing"
    )
    using.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Show recipes, or write the spec of one. 0: it is valid; 1: the project's rules refuse it.

    Raises:
        SetupError: there is no such recipe, a word is missing or of no use, or the spec is there.
    """
    if arguments.doing == "list":
        return _list()
    if arguments.doing == "show":
        return _show(arguments.recipe)
    return _use(arguments)


def _list() -> int:
    table = Table("recipe", "what it reads", "words")
    for name in recipe_names():
        recipe, _ = read_recipe(name)
        table.add_row(name, escape(recipe.title), ", ".join(recipe.words))
    console().print(table)
    return 0


def _show(name: str) -> int:
    recipe, spec = read_recipe(name)
    lines = [f"# {recipe.title}", f"# {recipe.api}", *(f"# {one}" for one in recipe.documentation)]
    lines += [
        f"# ${{{word}}}: {said.about}, as {said.example}" for word, said in recipe.words.items()
    ]
    sys.stdout.write("\n".join([*lines, "", spec]))
    return 0


def _use(arguments: argparse.Namespace) -> int:
    root = project_folder(arguments.root)
    target = target_of_name(arguments.name)
    if not target.pipeline:
        raise SetupError(
            f"{arguments.name!r} names no pipeline", remedy=f"{arguments.name}/{arguments.recipe}"
        )
    words = _words(arguments.words)
    text = _heading(arguments.recipe) + fill_recipe(
        arguments.recipe, words, datetime.now(UTC).date()
    )
    if arguments.only_print:
        sys.stdout.write(text)
        return 0
    file = root / "specs" / target.domain / f"{target.pipeline}.yaml"
    _write(file, target.domain, text)
    shown = str(file.relative_to(root))
    problems = issues_of_draft(read_project(root).issues, shown)
    sys.stderr.write("".join(f"{visible(issue.one_line())}\n" for issue in problems))
    _report(shown, arguments.recipe, words, f"{target.domain}.{target.pipeline}")
    return 1 if problems else 0


def _words(said: Sequence[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for one in said:
        word, sign, value = one.partition("=")
        if not sign or word in found:
            raise SetupError(
                f"--set {one}: " + ("it is set twice" if sign else "there is no ="),
                remedy="write --set WORD=VALUE once for each word",
            )
        found[word] = value
    return found


def _heading(name: str) -> str:
    recipe, _ = read_recipe(name)
    return (
        "# yaml-language-server: $schema=../pipeline.schema.json\n"
        f"# From the recipe {name}: {recipe.api}.\n"
    )


def _write(file: Path, domain: str, text: str) -> None:
    if file.exists():
        raise SetupError(
            f"{file.name} of {domain} is there already",
            remedy="name another pipeline; `--print` shows what would be written",
        )
    described = file.parent / "domain.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    if not described.exists():
        sentence = f"{domain.replace('_', ' ').capitalize()}."
        described.write_text(domain_text({"description": sentence}), encoding="utf-8")
    file.write_text(text, encoding="utf-8")


def _report(file: str, name: str, words: Mapping[str, str], dag_id: str) -> None:
    recipe, _ = read_recipe(name)
    holds = {
        "LOGIN": recipe.connection.login,
        "PASSWORD": recipe.connection.password,
    }
    lines = [file, "", *(f"- {note}" for note in recipe.notes), "", "Next"]
    lines.append(f"- make the connection: {connection_command(name, words)}")
    lines += [f"  {word}: {what}" for word, what in holds.items() if what]
    lines.append(f"- see what it would publish: python -m medallion.cli preview {dag_id}")
    sys.stdout.write("\n".join(lines) + "\n")
