"""Receipts of publications: what the lake knows of the warehouse, should the warehouse forget.

After a publication has committed, a small file in the lake says so. A standby that was promoted
before it had received the commit, or a backup from before it, has no row of it; the receipt is
there, and `reconcile` finds it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from medallion.lake.storage import (
    children,
    delete_file,
    ensure_folder,
    lake_path,
    write_whole,
    writing,
)
from medallion.names import PublishedTable, TableName
from medallion.run import Run

if TYPE_CHECKING:
    from medallion.lake.storage import LakePath

FOLDER = "publications"
KEPT = timedelta(days=90)
"""Longer than backups and standbys are behind."""
_DIGITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A publication that has committed. `landing`: the URI of what it was made of; gold has none.
    `server`: the system identifier of the PostgreSQL that has said so, and its timeline."""

    table: PublishedTable
    run: Run
    digest: str
    version: int
    rows: int
    published_at: datetime
    landing: str = ""
    server: str = ""

    @property
    def name(self) -> str:
        """Of its file: its day, and what tells whether the warehouse knows this publication."""
        day = self.published_at.astimezone(UTC)
        return f"{day:%Y%m%d}-{sign_of(self.run.key, self.digest)}.json"

    def to_json(self) -> str:
        """The text of its file. Times are ISO 8601 in UTC."""
        data = asdict(self)
        data["table"] = str(self.table.public)
        data |= data.pop("run")
        return json.dumps(data, default=datetime.isoformat, indent=2, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Receipt:
        """The receipt in a text of `to_json`. Raises ValueError, KeyError or TypeError for another
        text."""
        data = json.loads(text)
        for key in ("interval_start", "interval_end", "published_at"):
            data[key] = datetime.fromisoformat(data[key])
        run = Run(**{one.name: data.pop(one.name) for one in fields(Run)})
        table = PublishedTable.of(TableName.parse(data.pop("table")))
        return cls(**data, table=table, run=run)


def sign_of(run_key: str, digest: str) -> str:
    """What a publication is known by, without reading its receipt: its run and what it published.

    >>> sign_of("f520a756d8", "sha256:0123456789abcdef0123")
    'f520a756d8-0123456789abcdef'
    """
    return f"{run_key}-{digest.rpartition(':')[2][:_DIGITS]}"


def sign_in(name: str) -> str:
    """The sign in the name of a receipt's file.

    >>> sign_in("20260131-f520a756d8-0123456789abcdef.json")
    'f520a756d8-0123456789abcdef'
    """
    return name.partition("-")[2].removesuffix(".json")


def keep_receipt(lake_root: str, receipt: Receipt) -> None:
    """Write it; one for each publication, however often it is written.

    Raises:
        LakeError, LakeUnavailable: it cannot be written.
    """
    folder = _folder_of(lake_root, receipt.table)
    with writing(folder):
        ensure_folder(folder)
        write_whole(folder / receipt.name, receipt.to_json().encode())


def list_receipts(lake_root: str, table: PublishedTable) -> list[str]:
    """The names of a table's receipts. None is read: there may be thousands."""
    return sorted(
        one.name for one in children(_folder_of(lake_root, table)) if one.name.endswith(".json")
    )


def read_receipt(lake_root: str, table: PublishedTable, name: str) -> Receipt | None:
    """One receipt; None: it has gone meanwhile, or is not one of ours."""
    try:
        return Receipt.from_json((_folder_of(lake_root, table) / name).read_text())
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def find_old_receipts(lake_root: str, table: PublishedTable, before: datetime) -> Iterator[str]:
    """The names of those of publications before the day of a moment."""
    day = f"{before.astimezone(UTC):%Y%m%d}"
    yield from (name for name in list_receipts(lake_root, table) if name[: len(day)] < day)


def delete_receipt(lake_root: str, table: PublishedTable, name: str) -> None:
    """Delete one that may be gone already.

    Raises:
        LakeError, LakeUnavailable: it cannot be deleted.
    """
    path = _folder_of(lake_root, table) / name
    with writing(path):
        delete_file(path)


def _folder_of(lake_root: str, table: PublishedTable) -> LakePath:
    folder: LakePath = lake_path(lake_root) / FOLDER / str(table.layer) / table.domain / table.name
    return folder
