"""What is wrong with refused specs, as the DAG processor found it last, for other processes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from medallion.compiler.entries import Store
from medallion.errors import Issue
from medallion.spec.files.regular_file import SPECS_FOLDER
from medallion.spec.files.spec_paths import DOMAIN_FILE, POLICY_FILE

NO_DOMAIN = ""
"""What misplaced files and specs/access.yaml are kept under."""


def keep_refused(root: Path, domain: str, issues: Iterable[Issue]) -> None:
    """Replace what is kept of a domain, or of `NO_DOMAIN`; nothing is written where nothing has
    changed. What is only not compiled yet is not refused."""
    store = Store(Path(os.path.realpath(root)))
    said = [asdict(issue) for issue in sorted(issues) if issue.level == "error"]
    if (store.document(_file(domain)) or []) != said:
        store.write(_file(domain), json.dumps(said))


def read_all_refused(root: Path) -> Mapping[str, tuple[Issue, ...]]:
    """By domain, of those that there are."""
    from medallion.spec.load.discover import discover

    store = Store(Path(os.path.realpath(root)))
    return {
        folder.name: tuple(_issues(store.document(_file(folder.name))))
        for folder, _ in discover(root).domains
    }


def read_refused_of(root: Path, domains: Iterable[str]) -> Mapping[str, tuple[Issue, ...]]:
    """By domain, of those that are asked for, without a look at their files: cheap."""
    store = Store(Path(os.path.realpath(root)))
    return {name: tuple(_issues(store.document(_file(name)))) for name in domains}


def is_refused(root: Path, path: Path) -> bool:
    """Whether the DAG processor has found something wrong with a spec, or with a file that it is
    judged by, when it looked last."""
    # A starting task has no need of sources while its spec is right.
    from medallion.sources.base.reach import ACCESS_FILE

    domain = path.parent.name
    own = {f"{SPECS_FOLDER}/{domain}/{name}" for name in (path.name, DOMAIN_FILE)}
    found = read_refused_of(root, [domain, NO_DOMAIN])
    beside = (ACCESS_FILE, POLICY_FILE)
    return any(one.path in own for one in found[domain]) or any(
        one.path in beside for one in found[NO_DOMAIN]
    )


def _issues(said: object) -> Iterable[Issue]:
    try:
        return [Issue(**issue) for issue in said] if isinstance(said, list) else ()
    except TypeError:  # written by another version
        return ()


def _file(domain: str) -> str:
    return f"refused.{domain}.json"
