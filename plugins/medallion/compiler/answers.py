"""The guarded process's answers on their way: a line of JSON each, and behind it, as they are, the
texts of a spec. As JSON's strings they would be escaped and read back for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Answer = dict[str, Any]

_TEXTS = ("plan", "attempt")
"""What of an answer is a text of `codec.encode`: such a text has no tab in it, and no new line."""


def write_answer(answer: Mapping[str, Any]) -> bytes:
    """An answer as a line, without its end."""
    said = {name: value for name, value in answer.items() if name not in _TEXTS}
    texts = [answer[name] for name in _TEXTS if name in answer]
    return "\t".join([json.dumps(said), *texts]).encode()


def read_answer(line: bytes) -> Answer:
    """The answer in a line.

    Raises:
        ValueError: it is none.
    """
    said, *texts = line.decode().split("\t")
    answer = json.loads(said)
    if not isinstance(answer, dict) or len(texts) not in (0, len(_TEXTS)):
        raise ValueError("it is not an answer")
    return {**answer, **dict(zip(_TEXTS, texts, strict=False))}
