"""Delta tables with what deltalake reads and does not write, made by hand in the log."""

from __future__ import annotations

import base64
import json
import string
import struct
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

_Z85 = string.digits + string.ascii_lowercase + string.ascii_uppercase + ".-:+=^!/*?&<>()[]{}@%$#"
_B85 = string.digits + string.ascii_uppercase + string.ascii_lowercase + "!#$%&()*+-;<=>?@^_`{|}~"

Change = Callable[[dict[str, Any]], None]


def make_table(folder: Path, names: tuple[str, str] = ("id", "name")) -> Path:
    """Three rows in one file."""
    write_deltalake(str(folder), pa.table({names[0]: [1, 2, 3], names[1]: ["a", "b", "c"]}))
    return folder


def edit_log(folder: Path, change: Change, version: int = 0) -> None:
    log = folder / f"_delta_log/{version:020d}.json"
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    for action in actions:
        change(action)
    log.write_text("\n".join(map(json.dumps, actions)) + "\n")


def ask_readers_for(action: dict[str, Any], *features: str) -> None:
    if "protocol" in action:
        named = list(features)
        action["protocol"] = {
            "minReaderVersion": 3, "minWriterVersion": 7,
            "readerFeatures": named, "writerFeatures": named,
        }  # fmt: skip


def delete_by_vector(folder: Path, rows: list[int]) -> None:
    """Mark rows of the file as deleted, as Databricks does: a RoaringBitmapArray in the log."""
    body = _make_vector(rows)
    text = base64.b85encode(body + bytes(-len(body) % 4)).decode()
    name_vector(folder, "i", text.translate(str.maketrans(_B85, _Z85)), body, rows)


def delete_by_file(folder: Path, rows: list[int], prefix: str = "", kind: str = "u") -> Path:
    """The same in a file, as a writer has it where the vector is long.

    Args:
        prefix: what the log has before the file's name; the file is there.
        kind: `u`: the log has the name in short; `p`: a whole path.
    """
    body, number = _make_vector(rows), uuid.UUID(int=14)
    file = folder / prefix / f"deletion_vector_{number}.bin"
    file.parent.mkdir(parents=True, exist_ok=True)
    sized = struct.pack(">i", len(body)) + body + struct.pack(">I", zlib.crc32(body))
    file.write_bytes(b"\x01" + sized)
    short = base64.b85encode(number.bytes).decode().translate(str.maketrans(_B85, _Z85))
    where = prefix + short if kind == "u" else f"file://{file.resolve()}"
    name_vector(folder, kind, where, body, rows, offset=1)
    return file


def _make_vector(rows: list[int]) -> bytes:
    container = struct.pack("<IIHHI", 12346, 1, 0, len(rows) - 1, 16)
    bitmap = container + b"".join(struct.pack("<H", row) for row in rows)
    return struct.pack("<IQI", 1681511377, 1, 0) + bitmap


def name_vector(
    folder: Path, kind: str, where: str, body: bytes, rows: list[int], **more: int
) -> None:
    """Have the log say that rows are deleted by a vector."""

    def change(action: dict[str, Any]) -> None:
        ask_readers_for(action, "deletionVectors")
        if "add" in action:
            action["add"]["deletionVector"] = {
                "storageType": kind, "pathOrInlineDv": where,
                "sizeInBytes": len(body), "cardinality": len(rows), **more,
            }  # fmt: skip

    edit_log(folder, change)


def map_columns(folder: Path, names: dict[str, str]) -> None:
    """Give columns other names than their files have, as a rename in Databricks does."""

    def change(action: dict[str, Any]) -> None:
        ask_readers_for(action, "columnMapping")
        if "add" in action:
            action["add"]["stats"] = None
        if "metaData" not in action:
            return
        schema = json.loads(action["metaData"]["schemaString"])
        for number, field in enumerate(schema["fields"], start=1):
            field["metadata"] = {
                "delta.columnMapping.id": number,
                "delta.columnMapping.physicalName": field["name"],
            }
            field["name"] = names[field["name"]]
        action["metaData"]["schemaString"] = json.dumps(schema)
        action["metaData"]["configuration"] = {
            "delta.columnMapping.mode": "name",
            "delta.columnMapping.maxColumnId": str(len(names)),
        }

    edit_log(folder, change)


def name_file(folder: Path, path: str) -> None:
    """Have the log name another file."""

    def change(action: dict[str, Any]) -> None:
        if "add" in action:
            action["add"]["path"] = path

    edit_log(folder, change)
