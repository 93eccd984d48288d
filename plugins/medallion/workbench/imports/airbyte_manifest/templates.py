"""Airbyte's templates: what they ask for, as far as a spec has a word for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from medallion.workbench.imports.base.sketch import short_name

_STEP = r"""(?:\[['"][^'"\]]+['"]\]|\.get\(\s*['"][^'"]+['"][^)]*\)|\.\w+)"""
_PATH = re.compile(
    rf"\{{\{{\s*(response|last_record|last_records\[-1\]|headers)({_STEP}+)"
    r"(?:\s+(?:if|or)\s.*)?\s*\}\}"
)
_NAME = re.compile(r"""\[['"]([^'"\]]+)['"]\]|\.get\(\s*['"]([^'"]+)['"][^)]*\)|\.(\w+)""")
_PARAMETER = re.compile(
    r"""\{\{\s*(?:parameters|options|\$parameters)(?:\[['"](\w+)['"]\]|\.get\(['"](\w+)['"]\)|\.(\w+))\s*\}\}"""
)
_START = re.compile(
    r"\{\{[^{}]*(?:stream_interval|stream_slice|stream_state)[^{}]*start_?(?:time|date)?[^{}]*\}\}"
)
_END = re.compile(r"\{\{[^{}]*(?:stream_interval|stream_slice)[^{}]*end_?(?:time|date)?[^{}]*\}\}")
_PART = re.compile(
    r"""\{\{\s*(?:stream_slice|stream_partition)(?:\[['"](\w+)['"]\]|\.get\(['"](\w+)['"]\)|\.(\w+))\s*\}\}"""
)


def is_template(value: object) -> bool:
    """Whether something is left to fill in."""
    return isinstance(value, str) and "{{" in value


def path_in(template: str) -> tuple[str, str]:
    """What a template reads, `response`, `last_record` or `headers`, and the path in it.

    >>> path_in("{{ response['meta'].get('next', {}) }}"), path_in("{{ last_record.id }}")
    (('response', 'meta.next'), ('last_record', 'id'))
    >>> path_in("{{ now_utc() }}")
    ('', '')
    """
    found = _PATH.fullmatch(template.strip())
    if not found:
        return "", ""
    names = [a or b or c for a, b, c in _NAME.findall(found[2])]
    return found[1].removesuffix("s[-1]"), ".".join(names)


def fill(text: str, parameters: Mapping[str, Any]) -> str:
    """A text with parameters, the cursor and values of the parent in their places.

    >>> fill("/boards/{{ stream_slice.board_id }}/{{ parameters['name'] }}", {"name": "cards"})
    '/boards/{board_id}/cards'
    >>> fill("{{ stream_interval['start_time'] }}", {})
    ':cursor'
    """

    def parameter(match: re.Match[str]) -> str:
        value = parameters.get(match[1] or match[2] or match[3])
        return str(value) if isinstance(value, str | int) else match[0]

    filled = _PARAMETER.sub(parameter, text)
    filled = _END.sub(":cursor_end", _START.sub(":cursor", filled))
    return _PART.sub(lambda match: f"{{{short_name(match[1] or match[2] or match[3])}}}", filled)
