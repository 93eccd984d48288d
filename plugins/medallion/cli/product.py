"""`product list | export`: the data products that domains offer, and their documents (ODPS)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from medallion.cli.arguments import add_where_to_write, project_folder
from medallion.closest import closest
from medallion.errors import SetupError
from medallion.prose import tally, write_json
from medallion.roots import project_root
from medallion.spec.messages.report import visible
from medallion.workbench.comparison.sides import Side, read_side
from medallion.workbench.comparison.text import align
from medallion.workbench.contracts.kept import KeptDocument, find_left_over, write_kept
from medallion.workbench.products.document import ENDING, ProductFacts
from medallion.workbench.products.facts import collect_products, find_product_issues
from medallion.workbench.products.keep import file_of, update_product

HELP = "list the data products that domains offer, or write them as documents (ODPS)"
FOLDER, CONTRACTS = Path("products"), Path("contracts")
SAME, DIFFERENT = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which products."""
    does = parser.add_subparsers(metavar="WHAT", required=True)
    shown = does.add_parser("list", help="what there is, whose it is, and of which tables it is")
    shown.set_defaults(does=_list)
    shown.add_argument("--json", action="store_true", help="for programs")
    export = does.add_parser("export", help="write the document of each product")
    export.set_defaults(does=_export)
    export.add_argument(
        "products", nargs="*", metavar="PRODUCT", help="<domain>.<product>; all of them by default"
    )
    add_where_to_write(export, FOLDER)
    for one in (shown, export):
        one.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Do it. 0: done; 1: a product names a table that is not there or not shared, a domain.yaml is
    refused, or with `--check` a file differs.

    Raises:
        SetupError: no domain has a product of that name, or a file cannot be read.
    """
    return int(arguments.does(arguments))


def _list(arguments: argparse.Namespace) -> int:
    side = read_side(project_folder(arguments.root))
    found = list(collect_products(side, side.root / CONTRACTS))
    refused = _say_refused(side)
    if arguments.json:
        print(write_json({"products": [_describe(one) for one in found]}), end="")
    elif found:
        rows = [
            (one.id, one.spec.status, one.owner or "nobody", ", ".join(one.spec.tables))
            for one in found
        ]
        print("\n".join(align([tuple(map(visible, row)) for row in rows])))
    elif not refused:
        print("No domain has a product: `products` of its domain.yaml declares them.")
    return DIFFERENT if _say_issues(side) or refused else SAME


def _say_refused(side: Side) -> frozenset[str]:
    """Name each domain.yaml that is refused, since the products in it are not known.

    Returns:
        Its domains.
    """
    files = [Path(path) for path in side.refused if Path(path).name == "domain.yaml"]
    for file in files:
        print(
            f"! {visible(str(file))} is refused, so its products are not known: "
            "`validate` says why",
            file=sys.stderr,
        )
    return frozenset(file.parent.name for file in files)


def _describe(one: ProductFacts) -> dict[str, object]:
    return {
        "id": one.id,
        "title": one.spec.title or one.name,
        "status": one.spec.status,
        "owner": one.owner,
        "purpose": one.spec.purpose,
        "tables": list(one.spec.tables),
        "consumers": [consumer.name for consumer in one.spec.consumers],
    }


def _say_issues(side: Side, domains: Sequence[str] = ()) -> bool:
    """What is wrong with products, of some domains or all; whether anything is."""
    issues = [
        issue
        for issue in find_product_issues(side)
        if not domains or Path(issue.path).parent.name in domains
    ]
    for issue in issues:
        print(f"✗ {visible(issue.one_line())}", file=sys.stderr)
    return bool(issues)


def _export(arguments: argparse.Namespace) -> int:
    root = project_folder(arguments.root)
    side = read_side(root)
    found = {one.id: one for one in collect_products(side, root / CONTRACTS)}
    refused = _say_refused(side)
    _hold_to_known(arguments.products, found)
    names = arguments.products or list(found)
    if _say_issues(side, [found[name].domain for name in names]):
        print("Nothing is written: a document would promise what is not there.", file=sys.stderr)
        return DIFFERENT
    folder = root / FOLDER if arguments.output is None else arguments.output
    kept = [update_product(found[name], folder / file_of(name)) for name in names]
    if arguments.only_print:
        print("---\n".join(one.text for one in kept), end="")
        return SAME
    for one in kept:
        if not (arguments.check or one.same):
            write_kept(one, folder / file_of(one.name))
        _report(one, checked=arguments.check)
    left = [] if arguments.products else find_left_over(folder, found, ENDING)
    left = [name for name in left if name.partition(".")[0] not in refused]
    for name in left:
        print(f"! {name}: no domain has this product: delete it once its readers know")
    differ = [one for one in kept if not one.same]
    if not (differ or left or refused):
        print(f"{tally(len(kept), 'product')} in {visible(str(folder))} as the specs are")
    return DIFFERENT if refused or (arguments.check and (differ or left)) else SAME


def _hold_to_known(names: Sequence[str], found: dict[str, ProductFacts]) -> None:
    for name in names:
        if name not in found:
            close = closest(name, list(found))
            raise SetupError(
                f"no domain has a product {visible(name)}",
                remedy=f"did you mean {close}?" if close else "`product list` shows what there is",
            )


def _report(one: KeptDocument, *, checked: bool) -> None:
    if one.is_new:
        said = "has no document yet" if checked else f"version {one.version}, new"
        print(f"{one.name}: {said}")
    elif not one.same:
        verb = "would be" if checked else "is now"
        why = "" if one.changes else ", and says the same in another form"
        print(f"{one.name}: {verb} version {one.version}{why}")
        for change in one.changes:
            print(f"  {change.level}: {visible(change.place)} {visible(change.what)}")
