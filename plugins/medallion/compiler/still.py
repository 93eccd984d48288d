"""What a look at a project found, as long as nothing that it was found from has changed.

Each of a domain's two DAG files looks at all specs, since another domain's may concern it. With
ten thousand specs that takes a second of a processor a file, nearly all of it for making objects of
what is as it was. So a look also keeps what it gave each domain, beside the marks of all that it
had looked at: folders, specs, the files that verdicts depend on, and which versions were accepted.
The next one asks the file system for these marks, and is done where each is the same.

A file that changed in the last two seconds has no mark (`snapshot.mark_of`): then nothing is kept.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from medallion.compiler.accepted import versions_file
from medallion.compiler.codec import Damaged
from medallion.compiler.compiled import plan_in
from medallion.compiler.entries import Store
from medallion.compiler.runnable import Project, Runnable
from medallion.compiler.snapshot import has_mark, mark_of, mark_of_folder
from medallion.compiler.survey import Marks
from medallion.compiler.version import code_version
from medallion.errors import Issue
from medallion.names import TableName
from medallion.plan.ending import Ending
from medallion.spec.files.evidence import Fact, value_now
from medallion.spec.files.regular_file import SPECS_FOLDER
from medallion.spec.load.discover import TESTS_FOLDER


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPlan:
    """A plan that runs, by its digest. `is_present`: it is of the spec as it is now."""

    plan: str
    is_present: bool
    refused: tuple[Issue, ...] = ()
    since: str = ""


@dataclass(frozen=True, slots=True)
class DomainLook:
    """What a look gives one domain."""

    plans: tuple[KeptPlan, ...]
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What a look found of all domains together: `Project` says what each is."""

    silver_tables: tuple[str, ...]
    bi_tables: tuple[str, ...]
    endings: tuple[Ending, ...]
    assets: Mapping[str, str]
    of_no_domain: tuple[Issue, ...]


class Still:
    """One project, before a look at it: its folders and accepted versions are marked first, so
    that what changes during the look shows at the next one."""

    def __init__(self, store: Store, file: str) -> None:
        """`file` is the name in the store of what is kept."""
        self._store = store
        self._file = file
        self._version = code_version(store=store)
        specs = str(store.root / SPECS_FOLDER)
        self._domains = _list_folders(specs)
        self._folders = [[one, mark_of_folder(one)] for one in (specs, *self._domains)]
        names = (os.path.basename(one) for one in self._domains)  # noqa: PTH119
        paths = (str(store.folder / versions_file(name)) for name in names)
        self._accepted = {path: mark_of(path) for path in paths}

    def read(self, wanted: frozenset[str] | None, *, only_refused: bool) -> Project | None:
        """What the last look found of some domains (None: of all), if nothing has changed since;
        None where something has, or nobody knows."""
        said = self._store.document(self._file)
        try:
            if said["version"] != self._version or not self._holds(said):
                return None
            if wanted is None and not said["whole"]:
                return None
            return _read_project(self._store, said, wanted, only_refused)
        except (TypeError, KeyError, ValueError, AttributeError, Damaged):
            return None

    def write(self, marks: Marks, shared: Shared, looks: Mapping[str, DomainLook | None]) -> None:
        """Keep what a look found, where all marks can be relied on."""
        if not self._is_whole():
            return
        accepted = [[path, mark] for path, mark in self._accepted.items() if mark]
        said = {
            "version": self._version,
            "until": marks.until,
            "folders": self._folders,
            "files": [*marks.files.items(), *accepted],
            "absent": [path for path, mark in self._accepted.items() if not mark],
            "facts": marks.facts,
            "silver_tables": shared.silver_tables,
            "bi_tables": shared.bi_tables,
            "endings": [_write_ending(one) for one in shared.endings],
            "assets": shared.assets,
            "of_no_domain": [asdict(one) for one in shared.of_no_domain],
            "whole": all(looks.values()),
            "domains": {name: _write_look(look) for name, look in looks.items() if look},
        }
        self._store.write(self._file, json.dumps(said, separators=(",", ":")))

    def _holds(self, said: Mapping[str, Any]) -> bool:
        if said["until"] and said["until"] < time.time():
            return False
        if said["folders"] != self._folders or any(map(os.path.lexists, said["absent"])):
            return False
        places: dict[str, str] = {}
        return all(has_mark(path, mark) for path, mark in said["files"]) and all(
            value_now(Fact(*fact), places) == fact[3] for fact in said["facts"]
        )

    def _is_whole(self) -> bool:
        """Whether all marks can be relied on, and no domain has a folder that a look goes into."""
        deeper = (os.path.basename(one) for name in self._domains for one in _list_folders(name))  # noqa: PTH119
        return (
            all(mark for _, mark in self._folders)
            and all(mark or not os.path.lexists(path) for path, mark in self._accepted.items())
            and all(name == TESTS_FOLDER for name in deeper)
        )


def _list_folders(folder: str) -> list[str]:
    """The folders in one, sorted, without hidden ones."""
    try:
        with os.scandir(folder) as entries:
            return sorted(
                one.path for one in entries if not one.name.startswith(".") and one.is_dir()
            )
    except OSError:
        return []


def _write_look(look: DomainLook) -> list[Any]:
    plans = [
        [one.plan, one.is_present, one.since, list(map(asdict, one.refused))] for one in look.plans
    ]
    return [plans, list(map(asdict, look.issues))]


def _read_project(
    store: Store, said: Mapping[str, Any], wanted: frozenset[str] | None, only_refused: bool
) -> Project:
    runnable: list[Runnable] = []
    issues: set[Issue] = set()
    of_no_domain = tuple(Issue(**one) for one in said["of_no_domain"])
    for name in sorted(said["domains"] if wanted is None else wanted):
        plans, own = said["domains"][name]
        issues.update(Issue(**one) for one in own)
        runnable += _read_plans(store, plans, only_refused)
    if wanted is None:
        issues.update(of_no_domain)
    return Project(
        runnable=tuple(runnable),
        issues=tuple(sorted(issues)),
        silver_tables=tuple(said["silver_tables"]),
        bi_tables=tuple(said["bi_tables"]),
        endings=tuple(_read_ending(*one) for one in said["endings"]),
        assets=said["assets"],
        of_no_domain=() if wanted is None else of_no_domain,
    )


def _read_plans(store: Store, plans: Iterable[Any], only_refused: bool) -> Iterator[Runnable]:
    for digest, is_present, since, refused in plans:
        if is_present and only_refused:
            continue
        text = store.read_text(digest)
        if not is_present:
            issues = tuple(Issue(**one) for one in refused)
            yield Runnable(plan=plan_in(text), refused=issues, since=since)
            continue
        yield Runnable(plan=plan_in(text, late=True))


def _write_ending(one: Ending) -> list[Any]:
    end = one.end_date.isoformat() if one.end_date else None
    return [end, list(map(str, one.waits)), list(map(str, one.tables))]


def _read_ending(end: str | None, waits: list[str], tables: list[str]) -> Ending:
    return Ending(
        end_date=datetime.fromisoformat(end) if end else None,
        waits=tuple(map(TableName.parse, waits)),
        tables=tuple(map(TableName.parse, tables)),
    )
