"""`python -m docsite VERB`: see the package."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from docsite.links import dead_links, pages_outside_of_the_navigation
from docsite.page_set import PageSet, SiteError
from docsite.translations import accept, describe

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / ".medallion" / "docs"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb. 0: all is well; 1: a problem, which is printed."""
    arguments = _parser().parse_args(argv)
    try:
        match arguments.verb:
            case "build":
                print(f"The documentation is built: {_build()}/index.html")
            case "serve":
                _serve(arguments.port)
            case "check":
                return _check()
            case "translations":
                _print_translations(arguments.accept)
    except SiteError as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m docsite", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("build", help="build both languages and check every link")
    serve = verbs.add_parser("serve", help="the same, and serve them on this machine")
    serve.add_argument("--port", type=int, default=0, help="by default a free one")
    verbs.add_parser("check", help="check links, anchors and navigation of the sources")
    translations = verbs.add_parser("translations", help="list French pages that are out of date")
    translations.add_argument(
        "--accept", metavar="NAME", help="write that docs/fr/NAME.md translates today's page"
    )
    return parser


def _build() -> Path:
    from docsite.build import build

    return build(ROOT, STATE)


def _serve(port: int) -> None:
    from docsite.serve import open_server

    site = _build()
    with open_server(site, port) as server:
        print(f"The documentation: http://127.0.0.1:{server.server_port}/ (Ctrl-C ends it)")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def _check() -> int:
    page_set = PageSet(ROOT)
    problems = [*dead_links(page_set), *pages_outside_of_the_navigation(page_set)]
    print(
        "\n".join(problems or ["Every link leads somewhere, and every page is in the navigation."])
    )
    return 1 if problems else 0


def _print_translations(name: str | None) -> None:
    page_set = PageSet(ROOT)
    if name:
        found = accept(page_set, name)
        print(f"{found.path} translates {found.english}")
        return
    print("\n".join(describe(page_set) or ["Every page has a French one, and all are up to date."]))


if __name__ == "__main__":
    sys.exit(main())
