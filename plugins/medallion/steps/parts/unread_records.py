"""Records that cannot be read, and name a person all the same: they are in quarantine, without a
column that says whose they are.

A line of JSON Lines that is not an object is landed as it is. A message of a stream that cannot be
read is landed with its bytes in base64, where no word is found; or as a text, if only its key is
wrong.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from medallion.records import MESSAGE, MESSAGE_PROBLEM, RecordLayout
from medallion.sources.formats.compressions import open_compressed

_BEGIN = f'{{"{MESSAGE}":'
_HINT = f'"{MESSAGE_PROBLEM}":'.encode()
"""Only a line that has it can be of an unread message: the others are not parsed."""
_BASE64 = "_base64"


def find_unread_records(
    part: Path, layout: RecordLayout, nameless: Collection[int], is_about: Callable[[str], bool]
) -> set[int]:
    """The numbers, from 1, of the records of a part that cannot be read and are about somebody.

    Args:
        nameless: the records that no column identifies: of lines only these are parsed.

    Raises:
        OSError, ValueError: the part is not what its layout says.
    """
    with open_compressed(part, layout.compression, part.name) as content:
        lines = (line for line in content if line.strip())
        return {
            number
            for number, line in enumerate(lines, start=1)
            if any(map(is_about, _list_texts(line, layout, is_nameless=number in nameless)))
        }


def may_have_unread_records(layout: RecordLayout) -> bool:
    """Whether each line of such a part is a record."""
    return layout.format == "jsonl" and not layout.records_path


def _list_texts(line: bytes, layout: RecordLayout, *, is_nameless: bool) -> Iterator[str]:
    """All that an unread record says; nothing of one that was read."""
    if layout.holds_messages:
        if _HINT in line:
            yield from _list_texts_of_message(line.decode())
    elif is_nameless and not _is_object(line):
        yield line.decode(errors="replace")


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _list_texts_of_message(line: str) -> Iterator[str]:
    if not line.startswith(_BEGIN):
        return
    try:
        said, _ = json.JSONDecoder().raw_decode(line, len(_BEGIN))
    except RecursionError:  # a key that is nested deep: it is looked at as it is written
        yield line
        return
    if MESSAGE_PROBLEM not in said:
        return
    for name, value in said.items():
        if name.endswith(_BASE64):
            packed = [value] if isinstance(value, str) else [one for _, one in value if one]
            yield from (base64.b64decode(one).decode(errors="replace") for one in packed)
        else:
            yield value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
