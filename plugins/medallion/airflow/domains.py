"""What the DAG files of single domains call, and what is left for those that are not of a domain.

A domain whose files are not there (yet) is looked after by `dags/medallion_pipelines.py` and
`dags/medallion_invalid_specs.py`, so that Medallion also runs where dags/ may not be written.

A starting task executes such a file too: what it does not need is imported by what does.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, get_parsing_context

from medallion.airflow.factory import build_dags
from medallion.airflow.loader import load_dags, without_collections
from medallion.airflow.refused_specs import raise_issues
from medallion.airflow.stubs import FOLDER, dags_folder, find_stubbed, keep_stubs
from medallion.compiler.entries import Store
from medallion.compiler.refused import NO_DOMAIN, keep_refused
from medallion.errors import Issue
from medallion.roots import name_project, project_root
from medallion.spec.files.regular_file import SPECS_FOLDER

if TYPE_CHECKING:
    from medallion.compiler.runnable import Project

_SETTLED = 600.0
"""Seconds after which a new file of a domain has been found by Airflow in any case."""


def load_domain(domain: str) -> dict[str, DAG]:
    """The DAGs of one domain. It never raises: that would remove all of them from Airflow."""
    if get_parsing_context().dag_id:
        return load_dags()
    root = project_root()
    dags: dict[str, DAG] = {}
    try:
        with without_collections():
            dags, refused = _build(root, [domain])[1]
    except Exception as error:
        problem = f"Medallion failed on this domain: {type(error).__name__}: {error}"
        refused = (Issue(path=f"specs/{domain}", rule="defect", problem=problem),)
    _remember(root, domain, refused)
    return dags


def raise_for_domain(domain: str) -> None:
    """Raise one error with every issue of a domain's files; nothing if there are none."""
    if get_parsing_context().dag_id:
        return
    root = project_root()
    project = _load(root, [domain], only_refused=True)
    issues = (*project.issues, *_read_remembered(root, domain))
    keep_refused(root, domain, issues)
    raise_issues(issues, root, domain, project.running_before())


def load_rest(file: str) -> dict[str, DAG]:
    """The DAGs that come with Medallion, and those of domains without files of their own, which it
    makes where it may: `file` is the DAG file that asks.
    """
    name_project(Path(file).parent)
    if get_parsing_context().dag_id:
        return load_dags()
    root, folder = project_root(), Path(file).parent
    if folder.resolve() == dags_folder().resolve():
        keep_stubs(folder, root)
    from medallion.airflow.every_dag import build_generated

    with without_collections():
        project, (dags, _) = _build(root, _others(folder, root))
        return dags | build_generated(project, root)


def raise_for_rest(file: str) -> None:
    """Raise one error with the issues of files that belong to no domain, or to one without DAG
    files."""
    name_project(Path(file).parent)
    if get_parsing_context().dag_id:
        return
    root = project_root()
    others = tuple(_others(Path(file).parent, root))
    project = _load(root, others, only_refused=True)
    issues = (*project.issues, *project.of_no_domain)
    for domain in others:
        own = f"{SPECS_FOLDER}/{domain}/"
        keep_refused(root, domain, [issue for issue in issues if issue.path.startswith(own)])
    keep_refused(root, NO_DOMAIN, project.of_no_domain)
    raise_issues(issues, root, running=project.running_before())


def _build(
    root: Path, domains: Iterable[str]
) -> tuple[Project, tuple[dict[str, DAG], tuple[Issue, ...]]]:
    """What there is of domains, their DAGs, and what Airflow does not take."""
    from medallion.airflow.ahead import Ahead

    ahead = Ahead(root)
    project = _load(root, domains, ahead=ahead.make)
    return project, build_dags(project, root, ahead.find)


def _load(root: Path, domains: Iterable[str], **options: Any) -> Project:
    from medallion.airflow.every_dag import find_deadline
    from medallion.compiler.project import load_project

    return load_project(root, find_deadline(), domains=domains, **options)


def _others(folder: Path, root: Path) -> Iterable[str]:
    """The domains that no file of their own has loaded yet."""
    from medallion.spec.load.discover import discover

    found = {path.name for path, _ in discover(root).domains}
    return found - {name for name in find_stubbed(folder) if _has_settled(folder, root, name)}


def _has_settled(folder: Path, root: Path, domain: str) -> bool:
    made = _read_making_time(folder, domain)
    return _read_load_time(root, domain) >= made or time.time() - made > _SETTLED


def _remember(root: Path, domain: str, refused: tuple[Issue, ...]) -> None:
    """What Airflow did not take, for the file that only raises; and that the domain has loaded."""
    store, said = Store(root), [asdict(issue) for issue in refused]
    is_older = _read_load_time(root, domain) < _read_making_time(dags_folder(), domain)
    if is_older or store.document(_file(domain)) != said:
        store.write(_file(domain), json.dumps(said))


def _read_making_time(folder: Path, domain: str) -> float:
    """When the domain's own DAG file was made; 0 where there is none."""
    try:
        return (folder / FOLDER / domain / "pipelines.py").stat().st_mtime
    except OSError:
        return 0.0


def _read_load_time(root: Path, domain: str) -> float:
    """When it was written down that the domain's own file has loaded; -1: it was not. A note from
    before that file was made speaks of another one."""
    try:
        return (Store(root).folder / _file(domain)).stat().st_mtime
    except OSError:
        return -1.0


def _read_remembered(root: Path, domain: str) -> Iterable[Issue]:
    said: Any = Store(root).document(_file(domain))
    try:
        return [Issue(**issue) for issue in said or ()]
    except TypeError:
        return ()


def _file(domain: str) -> str:
    return f"loaded.{domain}.json"
