"""Imports what has changed, in the order in which things need each other, and remembers it.

What is about to be sent is written down before, and what Superset made of it after: a sync that is
killed in between is finished by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from medallion.bi.assets.documents import METADATA, METADATA_PATH, as_yaml
from medallion.bi.assets.problems import problems as problems_in
from medallion.bi.superset.client import SupersetClient
from medallion.bi.sync.difference import Planned
from medallion.bi.sync.merge import CLOSED, merge_export
from medallion.bi.sync.objects import TRAITS, Document, Objects, read_objects
from medallion.errors import SupersetRefused
from medallion.warehouse.registry import bi
from medallion.warehouse.registry.bi import Remembered
from medallion.warehouse.session.transaction import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How Superset logs into the warehouse; no file has the password."""

    password: str = field(repr=False)
    mark: str = ""
    """Another one for another password, by which the ledger knows that it was sent. Nobody can tell
    the password from it who has not the loader's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Imports into one Superset, and keeps the ledger."""

    client: SupersetClient
    ledger: Session
    login: Login

    def export(self) -> Objects:
        """What Superset has now."""
        return read_objects(parse(self.client.export_assets()))

    def send(
        self, planned: Sequence[Planned], roles: Mapping[str, Sequence[str]]
    ) -> dict[str, str]:
        """Import some objects; by the UUIDs of those that Superset does not take, why.

        Args:
            planned: in the order in which they need each other.
            roles: by a dashboard's UUID, the roles that see it: a new one is not published before
                it has them.
        """
        return self._send(planned, {one.wanted.path: _file(one, roles) for one in planned})

    def send_closed(self, datasets: Sequence[Planned]) -> dict[str, str]:
        """Import datasets that are new as ones without rows: a rule needs the dataset, and nobody
        is to read that before it has its rules. What `send` returns."""
        closed = {one.wanted.path: {**one.merged.document, "sql": CLOSED} for one in datasets}
        return self._send(datasets, closed)

    def _send(self, planned: Sequence[Planned], files: Mapping[str, Document]) -> dict[str, str]:
        bi.begin(self.ledger, [_remember(one) for one in planned])
        if not files:
            return {}
        try:
            self._import(files)
        except SupersetRefused as refused:
            if len(planned) == 1:
                return {planned[0].wanted.uuid: _why(planned[0], refused)}
            # Superset names no file: each by itself shows which it is, and the others arrive.
            return self._one_by_one(planned, files)
        return {}

    def finish(
        self, planned: Iterable[Planned], found: Objects, keep: Callable[[Planned], Document]
    ) -> list[str]:
        """Write down what has arrived; what has not.

        Args:
            planned: what was sent.
            found: what Superset exports now.
            keep: what the ledger keeps of what the spec said.
        """
        lost = []
        for one in planned:
            now = found.get(one.wanted.uuid)
            if now is None:
                lost.append(f"{one.wanted.kind} {one.wanted.name}: it is not there after an import")
                continue
            after = merge_export(one.wanted, now.document, one.merged, one.last)
            bi.finish(self.ledger, one.wanted.uuid, keep(one), after)
        return lost

    def _one_by_one(
        self, planned: Sequence[Planned], files: Mapping[str, Document]
    ) -> dict[str, str]:
        problems: dict[str, str] = {}
        for one in planned:
            try:
                self._import({one.wanted.path: files[one.wanted.path]})
            except SupersetRefused as refused:
                problems[one.wanted.uuid] = _why(one, refused)
        return problems

    def _import(self, files: Mapping[str, Document]) -> None:
        texts = {METADATA_PATH: as_yaml(METADATA)}
        texts.update({path: as_yaml(document) for path, document in files.items()})
        with_login = tuple(f"{kind.folder}/" for kind, one in TRAITS.items() if one.has_login)
        databases = [path for path in files if path.startswith(with_login)]
        passwords = {path: self.login.password for path in databases if self.login.password}
        self.client.import_assets(texts, passwords=passwords, is_sparse=True)


def _why(one: Planned, refused: SupersetRefused) -> str:
    """With what is known to be wrong with its file: Superset does not say."""
    files = {METADATA_PATH: METADATA, one.wanted.path: one.merged.document}
    known = [*one.wanted.uses()]
    found = "; ".join(problems_in(files, known))
    text = f"{one.wanted.kind} {one.wanted.name}: {refused.problem}"
    return f"{text} ({found})" if found else text


def parse(files: Mapping[str, str]) -> dict[str, Document]:
    """The files of an export as data; those that are not mappings are left out."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Document] = {}
    for path, text in files.items():
        said: Any = yaml.load(text, Loader=loader)  # noqa: S506  # a safe one
        if isinstance(said, dict):
            found[path] = said
    return found


def _file(one: Planned, roles: Mapping[str, Sequence[str]]) -> Document:
    """What is imported of an object."""
    is_seen = one.wanted.uuid in roles and one.merged.document.get("published")
    is_first = one.last is None or one.last.wanted is None
    if is_first and one.wanted.traits.has_viewers and is_seen:
        return {**one.merged.document, "published": False}
    return one.merged.document


def _remember(one: Planned) -> Remembered:
    wanted = one.wanted
    return Remembered(
        uuid=wanted.uuid,
        kind=wanted.kind,
        name=wanted.name,
        path=wanted.path,
        spec=str(wanted.document.get("external_url") or ""),
        sending=wanted.document,
    )
