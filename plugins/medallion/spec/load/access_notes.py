"""Warnings about permissions of operators and owners that have no effect, or more than they may
mean."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from medallion.errors import Issue, SpecError
from medallion.sources.base.reach import ACCESS_FILE, DATA_FOLDER
from medallion.spec.files.access import AccessSpec, describe_own, load_access
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.files.regular_file import SPECS_FOLDER, read_bounded
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.issues import issues_of
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.sharing import EVERY_DOMAIN, ShareWith

_PATTERN = frozenset("*?[")


def access_notes(root: Path, domains: Collection[str]) -> Iterator[Issue]:
    """Warnings about specs/access.yaml; none if it is broken, which is an error of its own.

    Args:
        root: the project's folder, resolved.
        domains: those that have a folder in specs/.
    """
    try:
        access = load_access(root).spec
    except SpecError:
        return
    found = [*_unknown(access, domains), *_warehouse(access), *_folders(access, root)]
    if found:
        data = read_bounded(root / ACCESS_FILE, root / SPECS_FOLDER)
        yield from _warnings(found, ACCESS_FILE, data)


def share_with_notes(
    specs: Iterable[LoadedSpec], root: Path, domains: Collection[str]
) -> Iterator[Issue]:
    """A warning for each domain in a `share_with` that does not exist, or is the table's own."""
    for spec in specs:
        own = spec.dag_id.domain
        found = [
            _reader(where, domain, own, domains)
            for where, share_with in _find_shared(spec)
            for where, domain in _list_named(where, share_with)
            if domain == own or domain not in domains
        ]
        if found:
            data = (root / spec.spec_path).read_bytes()
            yield from _warnings(found, spec.spec_path, data)


def _warnings(found: Iterable[Finding], path: str, data: bytes) -> Iterator[Issue]:
    for issue in issues_of(found, path, data):
        yield replace(issue, level="warning")


def _unknown(access: AccessSpec, domains: Collection[str]) -> Iterator[Finding]:
    lists = {"connections": access.connections, "files": access.files, "hosts": access.hosts}
    for kind, allowed in lists.items():
        for domain in allowed:
            if domain not in domains:
                yield Finding(
                    where=(kind, domain),
                    on_key=True,
                    rule="access-domain",
                    problem=f"there is no domain {domain} in {SPECS_FOLDER}/",
                    remedy=did_you_mean(domain, domains),
                )


def _warehouse(access: AccessSpec) -> Iterator[Finding]:
    for domain, connections in access.connections.items():
        for at, conn_id in enumerate(connections):
            if own := describe_own(conn_id):
                yield Finding(
                    where=("connections", domain, at),
                    rule="access-connection",
                    problem=f"{conn_id} is {own}, which no source reads",
                    remedy="remove it: no list allows it",
                )


def _folders(access: AccessSpec, root: Path) -> Iterator[Finding]:
    for domain, folders in access.files.items():
        for at, folder in enumerate(folders):
            if said := _folder(folder, root):
                yield Finding(
                    where=("files", domain, at),
                    rule="access-folder",
                    problem=said[0],
                    remedy=said[1],
                )


def _folder(folder: str, root: Path) -> tuple[str, str] | None:
    if _PATTERN & set(folder):
        return f"{folder} is a pattern, and allows nothing", "name each folder: all below it counts"
    place, project = Path(os.path.realpath(root / folder)), Path(os.path.realpath(root))
    if project.is_relative_to(place) and place != project:
        return (
            f"{folder} holds the project itself, and much else",
            "name the folder that is meant; the platform's own files stay closed in any case",
        )
    if place.is_relative_to(project) and not place.is_relative_to(project / DATA_FOLDER):
        return (
            f"{folder} is of the platform itself, and stays closed",
            f"remove it; data is in {DATA_FOLDER}/, or outside of the project",
        )
    return None


def _find_shared(spec: LoadedSpec) -> Iterator[tuple[KeyPath, ShareWith]]:
    for name, dataset in spec.spec.datasets.items():
        yield ("datasets", name, "silver", "share_with"), dataset.silver.share_with
    for name, gold in spec.spec.gold.items():
        yield ("gold", name, "share_with"), gold.share_with


def _list_named(where: KeyPath, share_with: ShareWith) -> Iterator[tuple[KeyPath, str]]:
    if share_with != EVERY_DOMAIN:
        for at, domain in enumerate(share_with):
            yield (*where, at), domain


def _reader(where: KeyPath, domain: str, own: str, domains: Collection[str]) -> Finding:
    if domain == own:
        problem, remedy = f"{own} is the table's own domain, which may read it anyway", "remove it"
    else:
        problem = f"there is no domain {domain} in {SPECS_FOLDER}/"
        remedy = did_you_mean(domain, set(domains) - {own})
    return Finding(where=where, rule="share-with-domain", problem=problem, remedy=remedy)
