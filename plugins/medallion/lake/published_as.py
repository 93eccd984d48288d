"""Which publication a lake table is: written into each of its versions, beside the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

KEY = "medallion"
"""Under which a version's own metadata has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedAs:
    """A publication of the warehouse, as far as it tells whether the lake has the same rows.

    Two publications are the same where all of this is: a warehouse that was restored from a backup
    gives numbers a second time, rows that an erasure or a retention takes change `rows` alone, and
    `pii rotate` changes `hash_key` alone.
    """

    table: str
    """`gold_cinema.brand_performance`."""
    version: int
    publication_id: int
    dag_id: str
    run_id: str
    digest: str
    rows: int
    published_at: str
    """ISO 8601, in UTC."""
    data_interval_end: str
    hash_key: str = ""
    """Which key its hashes were made with: the key's id. Empty: it is not noted of the table."""
    warehouse: str = field(default="", compare=False)
    """Which warehouse it is a publication of: `find_warehouse`. Empty: it was written before this
    was noted, or the server does not say. It says whose the table is, not what it has."""

    def to_json(self) -> dict[str, object]:
        """As a version's metadata has it."""
        return asdict(self)

    @classmethod
    def of(cls, said: object) -> PublishedAs | None:
        """What `to_json` gave; None: something else did."""
        if not isinstance(said, Mapping):
            return None
        try:
            return cls(**said)
        except TypeError:
            return None

    @staticmethod
    def spell(moment: datetime) -> str:
        """A moment as the fields have it."""
        return moment.isoformat()
