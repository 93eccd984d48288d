"""The manifest of a landing: written last, so that a landing without one does not exist."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from medallion.records import RecordLayout
from medallion.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class PartInfo:
    """One part: its file name in the landing's folder, and its digest, size and records."""

    name: str
    sha256: str
    bytes: int
    records: int
    file: str = ""
    """What it is a copy of: a path of the project, or a URL."""
    file_state: str = ""
    archive: str = ""
    """The zip or tar in which `file` is a member, and its size and digest when it was read."""
    archive_bytes: int = 0
    archive_sha256: str = ""
    layout: RecordLayout | None = None
    """How it is read, where that is not as the manifest's `layout` says."""
    erased: tuple[int, ...] = ()
    """The numbers of records that are blank: they were of a person who was erased. `records` counts
    them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A whole landing. `uri` is the folder that holds the parts and this manifest."""

    uri: str
    run: Run
    dataset: str
    load_id: int
    extracted_at: datetime
    source: Mapping[str, object]
    layout: RecordLayout
    parts: tuple[PartInfo, ...]
    notes: Mapping[str, object] = field(default_factory=dict)

    @property
    def records(self) -> int:
        """The number of records, as the source counted them."""
        return sum(part.records for part in self.parts)

    @property
    def records_left(self) -> int:
        """The same, without those of erased people."""
        return self.records - sum(len(part.erased) for part in self.parts)

    @property
    def bytes(self) -> int:
        """The size of all parts in the lake, compressed as they are."""
        return sum(part.bytes for part in self.parts)

    @property
    def only_part(self) -> int | None:
        """The number of its part where it has just one; None: it has several, or none."""
        return 0 if len(self.parts) == 1 else None

    def layout_of(self, part: PartInfo) -> RecordLayout:
        """How the records of a part are read."""
        return part.layout or self.layout

    def name_bringer(self, column: str) -> str:
        """The first file that has a column, as an addition to its name in a message; empty where
        the landing is not made of files with columns."""
        if column not in self.layout.columns or not self.parts[:1]:
            return ""
        drifted = self.notes.get("drift", ())
        assert isinstance(drifted, list | tuple)  # noqa: S101  # as the source noted it
        files = [one["files"][0] for one in drifted if column in one["new"]]
        file = files[0] if files else self.parts[0].file
        return f" (in {file})" if file else ""

    def to_json(self) -> str:
        """The text of the manifest's file: the run's own words are among the rest. Times are ISO
        8601 in UTC."""
        data = asdict(self)
        data |= data.pop("run")
        return json.dumps(data, default=datetime.isoformat, indent=2, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """The manifest in a text of `to_json`. Raises ValueError or KeyError for another text."""
        data = json.loads(text)
        for key in ("interval_start", "interval_end", "extracted_at"):
            data[key] = datetime.fromisoformat(data[key])
        run = Run(**{one.name: data.pop(one.name) for one in fields(Run)})
        parts = tuple(read_part(part) for part in data["parts"])
        layout = _layout_of(data["layout"])
        return cls(**(data | {"run": run, "layout": layout, "parts": parts}))


def read_part(data: Mapping[str, Any]) -> PartInfo:
    """A part as JSON has it: lists, and None for what is not said."""
    own = data.get("layout")
    erased = tuple(data.get("erased", ()))
    return PartInfo(**{**data, "layout": _layout_of(own) if own else None, "erased": erased})


def _layout_of(data: Mapping[str, Any]) -> RecordLayout:
    listed = {key: tuple(data.get(key, ())) for key in ("columns", "types")}
    own = tuple((name, value) for name, value in data.get("own", ()))
    return RecordLayout(**{**data, **listed, "own": own})
