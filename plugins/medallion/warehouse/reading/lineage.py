"""Which data it is: the publication that rows are of, in words that outlive the warehouse."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from medallion.names import DagId


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What one check said before the publication; `rows_failed`: None where rows do not count."""

    layer: str
    check: str
    expectation: str
    description: str | None
    on_failure: str
    status: str
    """`passed`, `warned`, or `quarantined`: its failing rows were left out."""
    rows_checked: int | None
    rows_failed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """One publication of a table. Times in UTC."""

    table: str
    """`gold_cinema.brand_performance`."""
    version: int
    publication_id: int
    digest: str
    """Of gold: of its rows. Of silver: of the landed bytes and the spec that they follow from."""
    rows: int
    """In the table as the publication left it."""
    published_at: datetime
    write_disposition: str
    dag_id: str
    run_id: str
    data_interval_start: datetime
    data_interval_end: datetime
    spec_path: str
    """In the repository: `specs/cinema/box_office.yaml`."""
    spec_digest: str
    spec_commit: str | None
    """The commit that the project was checked out at; None: not a checkout."""
    checks: tuple[CheckResult, ...] = ()

    def to_json(self) -> str:
        """The text in a schema's metadata and in a manifest; times are ISO 8601."""
        return json.dumps(asdict(self), default=datetime.isoformat, sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Lineage:
        """Read back what `to_json` wrote."""
        return cls.from_mapping(json.loads(text))

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> Lineage:
        """The same of what JSON has been read into already."""
        found = dict(data)
        for key in ("published_at", "data_interval_start", "data_interval_end"):
            found[key] = datetime.fromisoformat(found[key])
        found["checks"] = tuple(CheckResult(**check) for check in found["checks"])
        return cls(**found)


def spec_path_of(dag_id: str) -> str:
    """Where the spec of a DAG is in its repository: the path gives the DAG its id.

    >>> spec_path_of("cinema.box_office")
    'specs/cinema/box_office.yaml'
    """
    found = DagId.parse(dag_id)
    return f"specs/{found.domain}/{found.pipeline}.yaml" if found else dag_id
