"""Which files below specs/ are pipelines, and which only look like one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from medallion.errors import Issue
from medallion.sources.base.reach import ACCESS_FILE, SHARED_FOLDER
from medallion.spec.files.refusals import display_path
from medallion.spec.files.regular_file import SPECS_FOLDER
from medallion.spec.files.spec_paths import DOMAIN_FILE, POLICY_FILE
from medallion.spec.models.sharing import EVERY_DOMAIN

KEPT_NAMES = {
    "medallion": "is kept for Medallion's own DAGs",
    EVERY_DOMAIN: "means every domain in `share_with`",
    SHARED_FOLDER: "is kept for the files that every domain may read",
}
"""What no domain can be called, and why."""
OF_OPERATORS = {ACCESS_FILE: "access", POLICY_FILE: "policy"}
"""The files that stand beside the domains, with the kind of job that reads each."""
_YAML = (".yaml", ".yml")
TESTS_FOLDER = "tests"
"""Below a domain's folder: its unit tests, which are not pipelines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The specs of each domain's folder, sorted, and issues for files that cannot be specs."""

    domains: tuple[tuple[Path, tuple[Path, ...]], ...]
    issues: tuple[Issue, ...]


def discover(root: Path) -> Found:
    """List specs/. A file that somebody may have meant as a spec gets an issue, never silence."""
    domains: list[tuple[Path, tuple[Path, ...]]] = []
    issues: list[Issue] = []
    for entry in _visible(root / SPECS_FOLDER, root, issues):
        if entry.is_dir() and entry.name in KEPT_NAMES:
            issues.append(
                Issue(
                    path=display_path(entry, root),
                    rule="place",
                    problem=f"the name {entry.name} {KEPT_NAMES[entry.name]}",
                    remedy="rename the folder",
                )
            )
        elif entry.is_dir():
            specs = tuple(_specs(entry, root, issues))
            if specs or (entry / DOMAIN_FILE).exists():
                domains.append((entry, specs))
        elif entry.suffix in _YAML and display_path(entry, root) not in OF_OPERATORS:
            issues.append(
                Issue(
                    path=display_path(entry, root),
                    rule="place",
                    problem="a spec must be in the folder of its domain",
                    remedy=f"move it to {SPECS_FOLDER}/<domain>/{entry.stem}.yaml",
                )
            )
    return Found(domains=tuple(domains), issues=tuple(issues))


def _specs(folder: Path, root: Path, issues: list[Issue]) -> Iterator[Path]:
    """The .yaml of a domain, folders of that name included: they are refused when they are read."""
    for entry in _visible(folder, root, issues):
        if entry.suffix == ".yml":
            issues.append(
                Issue(
                    path=display_path(entry, root),
                    rule="place",
                    problem="a spec's file ends in .yaml",
                    remedy=f"rename it to {display_path(Path(entry.stem), Path())}.yaml",
                )
            )
        elif entry.suffix == ".yaml":
            if entry.name != DOMAIN_FILE:
                yield entry
        elif entry.is_dir() and entry.name != TESTS_FOLDER and not entry.is_symlink():
            deeper = next((p for p in entry.rglob("*") if p.suffix in _YAML), None)
            if deeper is not None:
                issues.append(
                    Issue(
                        path=display_path(deeper, root),
                        rule="place",
                        problem="a spec is directly in the folder of its domain, not deeper",
                        remedy=f"move it to {display_path(folder, root)}/",
                    )
                )


def _visible(folder: Path, root: Path, issues: list[Issue]) -> list[Path]:
    """What is in a folder, sorted, without hidden files (editors' and Git's)."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        problem = f"the folder cannot be read: {error.strerror}"
        issues.append(
            Issue(
                path=display_path(folder, root),
                rule="file",
                problem=problem,
                remedy="check its rights",
            )
        )
        return []
