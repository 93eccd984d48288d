"""Builds the site: `site/en`, `site/fr`, and a first page that leads to one of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from docsite.assemble import assemble
from docsite.built import move_inline_code, problems_of
from docsite.links import dead_links, pages_outside_of_the_navigation
from docsite.page_set import LANGUAGES, PageSet, SiteError
from docsite.theme import adapt_theme

HERE = Path(__file__).parent


def build(root: Path, state: Path) -> Path:
    """Both languages, side by side; gives the site's folder.

    Args:
        root: the project.
        state: a folder for sources, what Sphinx keeps for the next time, and `site`. The site
            that is there stays until the new one is whole.

    Raises:
        SiteError: a link is dead, a page is not in the navigation, or Sphinx has refused something.
    """
    page_set = PageSet(root)
    _refuse([*dead_links(page_set), *pages_outside_of_the_navigation(page_set)])
    state.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix="site.", dir=state))
    try:
        new.chmod(0o755)
        _build_languages(page_set, state)
        for language in LANGUAGES:
            shutil.copytree(state / "built" / language, new / language)
        for file in ("index.html", "choose.js"):
            shutil.copy(HERE / "root" / file, new / file)
        adapt_theme(new)
        move_inline_code(new)
        _refuse(problems_of(new))
        return _put_in_place(new, state / "site")
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _build_languages(page_set: PageSet, state: Path) -> None:
    started = []
    for language in LANGUAGES:
        tree = state / "sources" / language
        assemble(page_set, language, tree)
        started.append((language, _start_sphinx(page_set.root, language, tree, state)))
    said = {language: process.communicate()[0] for language, process in started}
    if failed := [said[language] for language, process in started if process.returncode]:
        raise SiteError("Sphinx has refused something:\n" + "\n".join(failed).rstrip())


def _start_sphinx(root: Path, language: str, tree: Path, state: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "-q",
               "-b", "html", "-c", str(HERE), "-d", str(state / "doctrees" / language),
               str(tree), str(state / "built" / language)]  # fmt: skip
    paths = f"{root}{os.pathsep}{os.environ.get('PYTHONPATH', '')}".rstrip(os.pathsep)
    environ = os.environ | {"PYTHONPATH": paths, "DOCSITE_LANGUAGE": language}
    return subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _put_in_place(new: Path, site: Path) -> Path:
    old = site.with_name("site.old")
    shutil.rmtree(old, ignore_errors=True)
    if site.exists():
        site.rename(old)
    new.rename(site)
    shutil.rmtree(old, ignore_errors=True)
    return site


def _refuse(problems: list[str]) -> None:
    if problems:
        raise SiteError("\n".join(["the site has dead ends:", *problems]))
