"""Erased people in the registry: keyed hashes, what was taken from where, and the journal of it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from medallion.errors import WarehouseUnavailable
from medallion.lake.manifest import Manifest, PartInfo
from medallion.names import REGISTRY_SCHEMA, Layer, PublishedTable, TableName
from medallion.warehouse.registry.figures import keep_lake_bytes
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import autocommit_session

SQL = "registry/erasures.sql"
ERASED_WORD = "[erased]"
_NOT_PLAIN = re.compile(r"[^ !#-\[\]-~]+")
"""Quotation marks, backslashes, control characters, and what is not ASCII."""

Hashes = Mapping[str, frozenset[str]]
"""By identifier (`email`), hashes of what people's values may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedTable:
    """A table that an erasure has taken rows from. The time is in UTC."""

    table: PublishedTable
    rows: int
    erased_at: datetime


def count_known(connection: psycopg.Connection, domain: str) -> int:
    """How many hashes there are of people who were erased from a domain: it only grows, so whoever
    has seen fewer does not know of an erasure."""
    row = connection.execute(statements(SQL)["count_known"], {"domain": domain}).fetchone()
    return int(row[0]) if row else 0


def read_people(
    connection: psycopg.Connection, domain: str, identifiers: Collection[str] | None = None
) -> Hashes:
    """Who was erased of a domain, by some identifiers or by all."""
    asked = {"domain": domain, "identifiers": sorted(identifiers or ())}
    named = "all_people" if identifiers is None else "people"
    return _as_hashes(connection.execute(statements(SQL)[named], asked).fetchall())


def count_of_other_keys(connection: psycopg.Connection, domain: str, key_ids: Iterable[str]) -> int:
    """How many hashes of a domain were made with other keys: nobody is found by them."""
    asked = {"domain": domain, "key_ids": list(key_ids)}
    row = connection.execute(statements(SQL)["other_keys"], asked).fetchone()
    return int(row[0]) if row else 0


def count_by_key(connection: psycopg.Connection, domain: str) -> dict[str, int]:
    """How many hashes of people who were erased from a domain each key has made, by its id."""
    return dict(connection.execute(statements(SQL)["by_key"], {"domain": domain}).fetchall())


def read_known(connection: psycopg.Connection, domain: str, hashes: Iterable[str]) -> Hashes:
    """What former erasures of the same people knew of them: no row says it any more."""
    asked = {"domain": domain, "hashes": list(hashes)}
    ids = [row[0] for row in connection.execute(statements(SQL)["erasures_of"], asked).fetchall()]
    return read_people_of(connection, ids)


def read_people_of(connection: psycopg.Connection, erasure_ids: Sequence[int]) -> Hashes:
    """What some erasures are of."""
    asked = {"erasure_ids": list(erasure_ids)}
    return _as_hashes(connection.execute(statements(SQL)["people_of"], asked).fetchall())


def begin(connection: psycopg.Connection, domain: str, by: str, hashes: Hashes, key_id: str) -> int:
    """Enter whom is to be erased, and from now on kept out: the number of the erasure. One that
    was interrupted continues."""
    erasure_id = find_unfinished(connection, domain, hashes)
    if erasure_id is None:
        row = connection.execute(statements(SQL)["begin"], {"domain": domain, "by": by}).fetchone()
        assert row is not None  # noqa: S101  # it was just inserted
        erasure_id = int(row[0])
    for name, some in hashes.items():
        values: dict[str, object] = {"domain": domain, "identifier": name, "hashes": sorted(some)}
        values |= {"key_id": key_id, "erasure_id": erasure_id}
        connection.execute(statements(SQL)["add_person"], values)
    return erasure_id


def find_unfinished(connection: psycopg.Connection, domain: str, hashes: Hashes) -> int | None:
    """The latest erasure of one of these people that has begun and not ended."""
    asked = {"domain": domain, "hashes": [one for some in hashes.values() for one in some]}
    row = connection.execute(statements(SQL)["unfinished"], asked).fetchone()
    return None if row is None else int(row[0])


def list_unfinished(connection: psycopg.Connection, domain: str) -> list[int]:
    """The erasures of a domain that have not ended, the oldest first."""
    rows = connection.execute(statements(SQL)["all_unfinished"], {"domain": domain}).fetchall()
    return [row[0] for row in rows]


@contextmanager
def one_at_a_time(url: str, domain: str) -> Iterator[None]:
    """Hold the lock of a domain's erasures, as long as the session lives.

    Raises:
        WarehouseUnavailable: another erasure of the domain is running.
    """
    with autocommit_session(url, f"erasing from {domain}") as connection:
        row = connection.execute(statements(SQL)["lock_erasure"], {"domain": domain}).fetchone()
        if not (row and row[0]):
            raise WarehouseUnavailable(
                f"another erasure from {domain} is running", remedy="wait until it has ended"
            )
        yield


def add_table(
    connection: psycopg.Connection, erasure_id: int, table: PublishedTable, rows: int
) -> None:
    """Note that an erasure takes rows from a table, in the transaction that does."""
    asked = {"erasure_id": erasure_id, "rows": rows, **table.key()}
    connection.execute(statements(SQL)["add_table"], asked)


def is_erased_since(
    connection: psycopg.Connection, tables: Iterable[TableName], since: datetime
) -> bool:
    """Whether somebody was erased from one of some tables after a moment."""
    asked = {"names": list(map(str, tables)), "since": since}
    row = connection.execute(statements(SQL)["erased_since"], asked).fetchone()
    return bool(row and row[0])


def list_tables(connection: psycopg.Connection, erasure_id: int) -> list[ErasedTable]:
    """What an erasure has taken rows from so far."""
    rows = connection.execute(statements(SQL)["tables_of"], {"erasure_id": erasure_id}).fetchall()
    return [
        ErasedTable(
            table=PublishedTable(layer=Layer(layer), domain=domain, name=name),
            rows=count,
            erased_at=at,
        )
        for layer, domain, name, count, at in rows
    ]


def finish(connection: psycopg.Connection, erasure_id: int, counts: Mapping[str, object]) -> None:
    """Enter that nothing is left to do, and how much went."""
    asked = {"erasure_id": erasure_id, "counts": Jsonb(dict(counts))}
    connection.execute(statements(SQL)["finish"], asked)


def list_landings(connection: psycopg.Connection, table: PublishedTable) -> list[tuple[int, str]]:
    """(load, manifest's folder) of each landing of a dataset that is there, the oldest first."""
    asked = {"domain": table.domain, "dataset": table.name}
    return connection.execute(statements(SQL)["landings"], asked).fetchall()


def lock_landing(connection: psycopg.Connection, load_id: int) -> None:
    """Wait until nobody else takes records out of a landing; until the transaction ends."""
    connection.execute(statements(SQL)["lock_landing"], {"load_id": load_id})


def plan_part(
    connection: psycopg.Connection, manifest: Manifest, number: int, part: PartInfo
) -> None:
    """Note what a part will be, before it takes the place of the old one."""
    asked = {"load_id": manifest.load_id, "part_no": number, "sha256": part.sha256}
    asked |= {"bytes": part.bytes, "records": list(part.erased)}
    connection.execute(statements(SQL)["plan_part"], asked)


def list_plans(
    connection: psycopg.Connection, manifest: Manifest
) -> list[tuple[int, str, int, list[int]]]:
    """(part, digest, bytes, blank records) of parts that nobody has confirmed to be so."""
    asked = {"load_id": manifest.load_id}
    return connection.execute(statements(SQL)["planned"], asked).fetchall()


def forget_plan(connection: psycopg.Connection, manifest: Manifest, number: int) -> None:
    """A part that has not taken the place of the old one, and will not."""
    asked = {"load_id": manifest.load_id, "part_no": number}
    connection.execute(statements(SQL)["forget_planned"], asked)


def confirm_part(connection: psycopg.Connection, manifest: Manifest, number: int) -> None:
    """The manifest says it: the registry does from now on."""
    part = manifest.parts[number]
    asked = {"load_id": manifest.load_id, "part_no": number, "sha256": part.sha256}
    asked |= {"bytes": part.bytes, "records": list(part.erased)}
    named = statements(SQL)
    for name in ("keep_part", "keep_bytes", "forget_dropped", "forget_planned"):
        connection.execute(named[name], asked)
    keep_lake_bytes(connection, manifest.load_id)


def forget_shown_values(connection: psycopg.Connection, table: PublishedTable) -> int:
    """Take away what checks, duplicates and profiles have shown of a table's values: in how many
    rows of the registry. Whose they are, nobody can say."""
    asked = {**table.key(), "layers": list(table.gated_layers), "task": f"{table.name}.clean"}
    names = ("forget_examples", "forget_profiles", "forget_conflicts")
    return sum(connection.execute(statements(SQL)[name], asked).rowcount for name in names)


def count_deleted_keys(
    connection: psycopg.Connection, table: PublishedTable, values: Sequence[Sequence[str]]
) -> int:
    """How many digests `deleted_when` keeps of keys with one of some values.

    Args:
        values: by column of the key, in its order.
    """
    return len(_find_deleted_keys(connection, table, values))


def forget_deleted_keys(
    connection: psycopg.Connection, table: PublishedTable, values: Sequence[Sequence[str]]
) -> int:
    """Delete these digests, which have no key and can be guessed; how many. No run brings such a
    row back: its records are kept out by the hashes of who was erased."""
    digests = _find_deleted_keys(connection, table, values)
    asked = {**table.key(), "digests": list(digests)}
    return connection.execute(statements(SQL)["forget_deleted_keys"], asked).rowcount


def _find_deleted_keys(
    connection: psycopg.Connection, table: PublishedTable, values: Sequence[Sequence[str]]
) -> set[bytes]:
    query, found = statements(SQL)["deleted_keys"], set[bytes]()
    for at, some in enumerate(values):
        asked = {**table.key(), "at": at, "values": list(some)}
        found |= {row[0] for row in connection.execute(query, asked)}
    return found


def reword_mentions(
    connection: psycopg.Connection, words: re.Pattern[str], values: Iterable[str], *, dry_run: bool
) -> int:
    """Write `[erased]` where the registry mentions a value: in how many texts. In a dry run they
    are only counted."""
    named, found = statements(SQL), 0
    likes = [write_like(value) for value in values if value]
    if not likes:
        return 0
    for table, column, kind in connection.execute(named["text_columns"]).fetchall():
        words_of = {"table": sql.Identifier(REGISTRY_SCHEMA, table)}
        words_of |= {"column": sql.Identifier(column)}
        query = named["mentions"].format(**words_of)
        for (text,) in connection.execute(query, {"likes": likes}).fetchall():
            new = _reword(text, words, kind)
            if new == text:
                continue
            found += 1
            if not dry_run:
                value = sql.SQL("%(new)s::jsonb" if kind == "jsonb" else "%(new)s")
                change = named["reword"].format(**words_of, value=value)
                connection.execute(change, {"new": new, "said": text})
    return found


def _reword(text: str, words: re.Pattern[str], kind: str) -> str:
    """A text without the words; of JSON its texts alone: a count that equals a person's number is
    none of his."""
    if kind != "jsonb":
        return words.sub(ERASED_WORD, text)
    said = json.loads(text)
    new = _reword_json(said, words)
    return text if new == said else json.dumps(new, ensure_ascii=False)


def _reword_json(value: object, words: re.Pattern[str]) -> object:
    if isinstance(value, str):
        return words.sub(ERASED_WORD, value)
    if isinstance(value, list):
        return [_reword_json(one, words) for one in value]
    if isinstance(value, dict):
        return {key: _reword_json(one, words) for key, one in value.items()}
    return value


def list_readers(
    connection: psycopg.Connection, tables: Iterable[PublishedTable]
) -> list[PublishedTable]:
    """Gold tables that were made of some tables when they were published last."""
    asked = {"inputs": [str(table.public) for table in tables]}
    rows = connection.execute(statements(SQL)["readers_of"], asked).fetchall()
    return [PublishedTable(layer=Layer(la), domain=do, name=na) for la, do, na in rows]


def write_like(value: str) -> str:
    r"""A pattern for texts in lower case that may have a value: whoever asks looks again. What JSON
    writes in another way matches anything, and so do letters that are none of ASCII's: `lower`
    leaves these as they are where the database has the locale C.

    >>> write_like('O"Neill_Émile@Example.org')
    '%o%neill\\_%mile@example.org%'
    """
    parts = (re.sub(r"([%_])", r"\\\1", part) for part in _NOT_PLAIN.split(value))
    return f"%{'%'.join(parts).lower()}%"


def _as_hashes(rows: Iterable[tuple[str, list[str]]]) -> Hashes:
    return {name: frozenset(hashes) for name, hashes in rows}
