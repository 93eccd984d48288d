"""Three versions of an object become one: the spec's, Superset's now, and what both were last time.

What people write to be read (labels, titles, descriptions), and what a spec says nothing of, is
theirs until the spec changes it. The rest is the spec's, and an edit of it is undone. A metric or a
calculated column that no spec made stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from medallion.bi.sync.changes import Change, Did
from medallion.bi.sync.objects import BiObject, Document
from medallion.bi.sync.values import is_empty, is_same
from medallion.warehouse.registry.bi import Remembered

NO_LONGER = "(no longer kept in step)"
"""Ends the title of what a spec has dropped and people still use."""

CLOSED = "SELECT NULL AS closed WHERE false"
"""What a dataset selects as long as its rules are not there: nobody reads a row of it."""

READ_BY_PEOPLE = frozenset(("verbose_name", "description", "slice_name", "dashboard_title"))
DECIDED_BY_SPEC = frozenset(("expression", "sql", "certified_by", "certification_details"))
"""Where nothing in the spec means: nothing."""
_OF_THE_FILE = frozenset(("uuid", "version", "database_uuid", "dataset_uuid"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What Superset is to have. `changes` are empty where it has it already."""

    document: Document
    changes: tuple[Change, ...] = ()
    is_unfinished: bool = False
    """Whether an import of it did not come to its end: nobody knows how far it came."""

    @property
    def is_sent(self) -> bool:
        """Whether anything of it has to be imported."""
        return self.is_unfinished or any(change.did.is_sent for change in self.changes)


def merge(
    wanted: BiObject, now: Document | None, last: Remembered | None, *, adopt: bool = False
) -> Merged:
    """What is imported of an object, and what that changes.

    Args:
        wanted: as the specs say.
        now: as Superset exports it; None: it has none.
        last: what the ledger remembers; None: nothing.
        adopt: whether it was made by hand and is taken over: then the spec's texts win.
    """
    spec = spec_document(wanted)
    if now is None:
        return Merged(document=spec)
    past = _Past.of(last, adopt=adopt)
    lists = wanted.traits.lists
    fields = {name: value for name, value in spec.items() if name not in lists}
    merged, changes = _merge_fields(fields, now, past, ())
    values = spec | merged
    for name, key in lists.items():
        if name in spec:
            values[name], found = _merge_list(name, key, spec, now, past)
            changes += found
    unfinished = last is not None and last.sending is not None
    return Merged(document=values, changes=tuple(changes), is_unfinished=unfinished)


def merge_export(
    wanted: BiObject, exported: Document, sent: Merged, last: Remembered | None
) -> Document:
    """What the ledger keeps of an export after an import: where people's text was kept, the text
    that the spec had there, so that the next run still knows it as theirs."""
    before = last.found if last and last.found is not None else None
    kept = {change.at for change in sent.changes if change.did is Did.KEEP}
    found: dict[str, Any] = dict(exported)
    for name, key in wanted.traits.lists.items():
        if isinstance(found.get(name), list):
            found[name] = [
                _with_spec(item, (name, str(item.get(key))), kept, _item(before, name, key, item))
                for item in found[name]
            ]
    return _with_spec(found, (), kept, before)


def _with_spec(
    shown: Document, at: tuple[str, ...], kept: set[tuple[str, ...]], before: Document | None
) -> Document:
    return {
        name: (before or {}).get(name) if (*at, name) in kept else value
        for name, value in shown.items()
    }


def _item(document: Document | None, name: str, key: str, like: Document) -> Document | None:
    return _items(document or {}, name, key).get(str(like.get(key)))


def is_closed(document: Document) -> bool:
    """Whether a dataset has no rows yet: the sync that made it has not come to its end."""
    return document.get("sql") == CLOSED


def spec_document(wanted: BiObject) -> dict[str, Any]:
    """What an import is given of an object: all but what is changed by itself."""
    beside = wanted.traits.sent_beside
    return {name: value for name, value in wanted.document.items() if name not in beside}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    """What a value was last time: in the spec, and as Superset showed it."""

    spec: Document | None
    """None: not known."""
    sending: Document | None = None
    shown: tuple[Document, ...] = ()
    """None of these is an edit: the export after the last import, and what one that did not come to
    its end has sent."""
    adopt: bool = False

    @classmethod
    def of(cls, last: Remembered | None, *, adopt: bool) -> _Past:
        """From what the ledger remembers. After an import that did not end people may have seen
        either of its versions."""
        if last is None:
            return cls(spec=None, adopt=adopt)
        shown = tuple(one for one in (last.found, last.sending) if one is not None)
        spec = last.sending if last.wanted is None else last.wanted
        return cls(spec=spec, sending=last.sending, shown=shown, adopt=adopt)

    def item(self, name: str, key: str, value: str) -> _Past:
        """Of a column or a metric, by its name; it may not have been there."""

        def of(document: Document | None) -> Document | None:
            return None if document is None else _items(document, name, key).get(value, {})

        shown = tuple(one for one in map(of, self.shown) if one is not None)
        return _Past(spec=of(self.spec), sending=of(self.sending), shown=shown, adopt=self.adopt)

    def is_edited(self, name: str, now: object, wanted: object) -> bool:
        """Whether people wrote what Superset has now."""
        if isinstance(now, str) and now.endswith(NO_LONGER):
            return False
        if self.shown:
            return not any(is_same(now, one.get(name)) for one in self.shown)
        return not is_empty(now) and not is_same(now, wanted) and name in READ_BY_PEOPLE

    def has_changed(self, name: str, wanted: object) -> bool:
        """Whether the spec says something else than last time, as far as anybody knows."""
        return self.spec is None or not is_same(wanted, self.spec.get(name))

    def was_sent(self, name: str, wanted: object) -> bool:
        """Whether an import that did not come to its end has sent what the spec says."""
        return self.sending is not None and is_same(wanted, self.sending.get(name))

    def value_of(self, name: str) -> object:
        """What the spec said."""
        return None if self.spec is None else self.spec.get(name)


def _merge_fields(
    spec: Document, now: Document, past: _Past, at: tuple[str, ...]
) -> tuple[dict[str, Any], list[Change]]:
    """The fields of an object, of a column or of a metric: what is imported, what that changes."""
    values: dict[str, Any] = dict(spec)
    changes: list[Change] = []
    for name, wanted in spec.items():
        if name in _OF_THE_FILE:
            continue
        have = now.get(name)
        did = _judge(name, wanted, have, past)
        if did is Did.KEEP:
            values[name] = have
        if did:
            by_hand = have if did is not Did.SET and isinstance(have, str) else ""
            changes.append(Change(at=(*at, name), did=did, by_hand=by_hand))
    return values, changes


def _judge(name: str, wanted: object, have: object, past: _Past) -> Did | None:
    """What becomes of one field; None: nothing."""
    is_edited = past.is_edited(name, have, wanted)
    unsaid = is_empty(wanted) and is_empty(past.value_of(name)) and name not in DECIDED_BY_SPEC
    if is_same(have, wanted):
        return None
    if unsaid:
        return Did.KEEP if not is_empty(have) and (is_edited or not past.shown) else None
    # What people may have written stays where nothing is remembered, or the spec's text was sent.
    unknown = past.spec is None and not past.adopt
    has_changed = past.has_changed(name, wanted)
    if is_edited and name in READ_BY_PEOPLE:
        is_new = has_changed and not unknown and not past.was_sent(name, wanted)
        return Did.OVERRIDE if is_new else Did.KEEP
    if has_changed:
        return Did.OVERRIDE if is_edited else Did.SET
    return Did.RESET if is_edited else None


def _merge_list(
    name: str, key: str, spec: Document, now: Document, past: _Past
) -> tuple[list[Document], list[Change]]:
    """The columns or metrics of a dataset: the spec's, and those that people made."""
    wanted, have = _items(spec, name, key), _items(now, name, key)
    items: list[Document] = []
    changes: list[Change] = []
    for value, said in wanted.items():
        there, at = have.get(value), (name, value)
        before = past.item(name, key, value)
        if there is None:
            was_there = any(before.shown)
            changes.append(Change(at=at, did=Did.RESET if was_there else Did.SET))
            items.append(said)
            continue
        if _is_by_hand(there, before):
            changes.append(Change(at=at, did=Did.OVERRIDE))
        values, found = _merge_fields(said, there, before, at)
        items.append({**there, **values})
        changes += found
    for value, there in have.items():
        if value not in wanted:
            is_ours = bool(past.item(name, key, value).spec)
            did = Did.DROP if is_ours or _is_of_the_table(name, there) else Did.KEEP
            changes.append(Change(at=(name, value), did=did))
            items += [there] if did is Did.KEEP else []
    return items, changes


def _is_by_hand(item: Document, past: _Past) -> bool:
    """Whether people made what the spec now declares by the same name."""
    return past.spec is not None and not past.spec and not is_empty(item.get("expression"))


def _is_of_the_table(name: str, item: Document) -> bool:
    """Whether a column is not calculated: the table has lost it, or it is not to be offered."""
    return name == "columns" and is_empty(item.get("expression"))


def _items(document: Document, name: str, key: str) -> dict[str, Document]:
    return {str(one.get(key)): one for one in _list(document.get(name))}


def _list(value: object) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in (value if isinstance(value, list | tuple) else ()))
