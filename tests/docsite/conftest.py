"""A small project with pages in both languages, and the real site as `make docs-build` does it."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from docsite.page_set import PageSet

from medallion.roots import PROJECT_ROOT

STATE = PROJECT_ROOT / ".medallion" / "docs"
PYTHON = STATE / "venv" / "bin" / "python"
PAGES = {
    "README.md": "# Project\n\nSee [checks](docs/checks.md#short-names).\n",
    "docs/index.md": "# Home\n\n[checks](checks.md)\n",
    "docs/checks.md": "# Checks\n\n## Short names\n\n[home](index.md), [a file](../specs/a.yaml)\n",
    "docs/alone.md": "# Alone\n\n[names](checks.md#short-names), [here](#alone)\n",
    "docs/fr/checks.md": "# Contrôles\n\n## Noms courts\n\n[seule](../alone.md#alone)\n",
    "docsite/nav.yaml": "- title: {en: All, fr: Tout}\n  pages: [checks, alone, readme]\n",
    "specs/a.yaml": "description: A.\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of a project whose site has no dead end."""
    for name, text in PAGES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="session")
def real() -> PageSet:
    """The pages of this project."""
    return PageSet(PROJECT_ROOT)


@pytest.fixture(scope="session")
def built_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of this project, built by the code that CI and `make docs` run, and where they build
    it: what has not changed since is not built again. A copy, for another process may do the same.
    """
    if not PYTHON.exists():
        pytest.skip("what builds the documentation is not installed: make docs-build")
    copy = tmp_path_factory.mktemp("docs") / "site"
    with (STATE / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [str(PYTHON), "-m", "docsite", "build"],
            env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        shutil.copytree(STATE / "site", copy)
    return copy
