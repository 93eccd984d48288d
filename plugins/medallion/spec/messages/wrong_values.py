"""pydantic's errors about values → prose: what was expected, what is there, what to write."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from medallion.cleaning.declared.rows import FUNCTION_PATTERN, ORDER_PATTERN
from medallion.durations import DURATION_PATTERN, RETRY_DELAY_PATTERN, TIME_LIMIT_PATTERN
from medallion.names import COLUMN_PATTERN, NAME_PATTERN
from medallion.sources.airbyte.sync import CONNECTION_ID
from medallion.sources.kinds import type_words
from medallion.spec.findings.finding import did_you_mean
from medallion.spec.messages.words import OTHER_VALUES
from medallion.spec.models.alerts import ADDRESS_PATTERN
from medallion.spec.models.bi import ROLE_PATTERN
from medallion.spec.models.keeping import DAYS_PATTERN
from medallion.spec.models.pipeline import WEB_ADDRESS_PATTERN
from medallion.spec.models.policy import TABLE_PATTERN
from medallion.spec.models.resources import QUEUE_PATTERN
from medallion.spec.models.sharing import EVERY_DOMAIN


def got(value: object) -> str:
    """A value as an author knows it: its kind, and itself where it is short.

    >>> got(True), got("yes"), got(None), got([1])
    ('true', "the text 'yes'", 'nothing', 'a list')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"the text {value if len(value) <= 40 else value[:40] + '…'!r}"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return f"the date {value}" if isinstance(value, date) else f"the number {value}"


EXPECTED = {
    "string_type": "text",
    "text_or_list_type": "text or a list",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_type": "a date",
    "datetime_type": "a time",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dataclass_type": "a mapping",
}


def describe(error: Any) -> tuple[str, str]:
    """(problem, remedy) for an error that is not about a missing or unknown key."""
    kind, value = error["type"], error["input"]
    if kind in EXPECTED:
        return f"expected {EXPECTED[kind]}, got {got(value)}", _type_remedy(error)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _tag(error)
    explain = _EXPLAINED.get(kind)
    if explain is not None:
        return explain(value, error.get("ctx") or {})
    return str(error["msg"]).removeprefix("Value error, "), ""


_LENGTHS_OF_TIME = {
    (key,)
    for key in (
        "execution_timeout",
        "retry_delay",
        "warn_after",
        "error_after",
        "behind_after",
        "deadline",
        "lookback",
        "reads_back",
        "ttl",
        "update_within",
        "answer_within",
        "timeout",
    )
}


def _as_text(error: Any) -> str:
    if error["loc"][-1:] == ("retention",):
        return _PATTERNS[DAYS_PATTERN][1]
    if error["loc"][-1:] in _LENGTHS_OF_TIME:
        return "a number and its unit: 90s, 30m, 6h, 2d"
    value = error["input"]
    return f'quote it: "{str(value).lower() if isinstance(value, bool) else value}"'


def _type_remedy(error: Any) -> str:
    kind, value = error["type"], error["input"]
    if kind in _TEXTS and not isinstance(value, dict | list) and value is not None:
        return _as_text(error)
    if kind == "tuple_type" and isinstance(value, str):
        is_group = error["loc"][0] == "publish_together" and len(error["loc"]) > 1
        return f"write a list of lists: [[{value}, …]]" if is_group else f"write [{value}]"
    if kind == "bool_type" and str(value).lower() in _BOOLEANS:
        return f"write {_BOOLEANS[str(value).lower()]}"
    if kind == "date_type" and value is not None:
        return "write 2026-01-31"
    if kind.startswith("model_") and isinstance(value, str | bool | list):
        return _shape(error)
    return explain_nothing(can_be_text=kind in _TEXTS) if value is None else ""


def explain_nothing(*, can_be_text: bool) -> str:
    """What to do with a key without a value. Where a text may be, its author may have written one
    that YAML takes for a comment."""
    quoted = "; # begins a comment, so a text that holds it is quoted" if can_be_text else ""
    return f"give it a value, or remove the key{quoted}"


def _shape(error: Any) -> str:
    """What a text or a list was meant to be, where a mapping is expected."""
    if isinstance(error["input"], list):
        return _SHAPES_OF_LISTS.get(str((error.get("ctx") or {}).get("class_name")), "")
    if error["type"] == "model_type":
        shape = _SHAPES.get(error["ctx"]["class_name"], "")
        return (
            ""
            if isinstance(error["input"], bool) and "{}" in shape
            else shape.format(error["input"])
        )
    if isinstance(error["input"], bool):
        return ""
    return f"write {{type: {error['input']}}}" if error["loc"][-1] in _TYPES else ""


_TEXTS = frozenset(("string_type", "text_or_list_type"))
_BOOLEANS = {
    **dict.fromkeys(("yes", "on", "y", "1"), "true"),
    **dict.fromkeys(("no", "off", "n", "0"), "false"),
}
_SHAPES = {
    "CheckSpec": "write `- {}: {{column: …}}`",
    "ColumnSpec": "write {{type: {}}}",
    "BronzeSpec": "write {{retention: {}}}",
    "BronzeKeeping": "write {{retention: {}}}",
    "QuarantineKeeping": "write {{retention: {}}}",
    "ClassificationSpec": "write {{pii: email, protect: hash}}: what it is, what is done with it",
    "DeduplicateSpec": "write {{order_by: [updated_at desc]}}",
    "ResourcesSpec": "write {{memory: {}}}",
    "StepResources": "write {{memory: {}}}",
    "FreshnessSpec": "write {{warn_after: {}}}",
    "CertifiedSpec": "write true, or {{certified_by: {}}}",
    "CalendarSpec": "write {{country: {}}}",
}
_SHAPES_OF_LISTS = {"WaitForSpec": "write {all: […]}, or {any: […]}"}
"""What a list was meant to be, where a mapping is expected."""


def _one_of(value: object, ctx: Any) -> tuple[str, str]:
    known = [word.strip(" '") for word in str(ctx["expected"]).replace(" or ", ",").split(",")]
    if known == [EVERY_DOMAIN]:
        return f"{got(value)} is not {EVERY_DOMAIN}", f"write a list of domains: [{value}]"
    return f"{got(value)} is not one of {', '.join(known)}", _close(value, known)


def _close(value: object, known: Sequence[str]) -> str:
    ours = OTHER_VALUES.get(str(value).lower())
    if ours in known:
        return f"did you mean {ours}?"
    hint = did_you_mean(str(value), known)
    return hint if hint.startswith("did") else ""


_TYPES = {
    "source": " or ".join(", ".join(type_words()).rsplit(", ", 1)),
    "pagination": "page_number, offset, cursor, next_url or link_header",
    "auth": "bearer, basic, api_key or oauth2_client_credentials",
    "chart": "big_number, table, bar, line or pie",
}
"""Each key that has a `type`, with those to begin with."""


def _tag(error: Any) -> tuple[str, str]:
    """A `type` that is missing, or is none of those that there are."""
    loc, ctx = error["loc"], error["ctx"]
    key = "chart" if loc[-2:-1] == ("charts",) else str(loc[-1])
    if "tag" not in ctx:
        return "type is missing", f"add `type:`, as {_TYPES[key]}" if key in _TYPES else ""
    known = [word.strip(" '") for word in str(ctx["expected_tags"]).split(",")]
    written = error["input"].get("type") if isinstance(error["input"], dict) else ctx["tag"]
    if not isinstance(written, str):
        return f"expected text, got {got(written)}", f"write one of {', '.join(known)}"
    tag = str(ctx["tag"])
    article = "an" if key[0] in "aeiou" else "a"
    problem = f"{tag!r} is not {article} {key} type; there are {', '.join(known)}"
    return problem, _close(tag, known)


_NOT_A_NAME = ("not a name: a small letter, then small letters, digits or _", "")
_OF_NAMES = (NAME_PATTERN, COLUMN_PATTERN)
_NOT_A_DURATION = ("not a length of time", "a number and its unit: 30s, 5m, 26h, 2d")
_PATTERNS = {
    NAME_PATTERN: _NOT_A_NAME,
    COLUMN_PATTERN: _NOT_A_NAME,
    DURATION_PATTERN: _NOT_A_DURATION,
    RETRY_DELAY_PATTERN: _NOT_A_DURATION,
    TIME_LIMIT_PATTERN: ("not a length of time", "a number above 0 and its unit: 90s, 30m, 6h, 2d"),
    FUNCTION_PATTERN: (
        "not of the form module:function",
        "shop.scoring:add_score is add_score of include/python/shop/scoring.py",
    ),
    WEB_ADDRESS_PATTERN: ("not a web address", "it begins with https:// or http://"),
    CONNECTION_ID: (
        "not the id of a connection in Airbyte",
        "it is in the address of the connection's page: 7f3ab2c1-9d7e-4c0e-8a55-2f1f3d6f0c11",
    ),
    ORDER_PATTERN: (
        "not an order",
        "a column, and whether the highest comes first: updated_at desc",
    ),
    ADDRESS_PATTERN: ("not an e-mail address", "one address an entry: name@example.org"),
    DAYS_PATTERN: ("not a number of days", "write days: 30d, 400d"),
    QUEUE_PATTERN: ("not the name of a queue", "letters, digits, `_`, `.` and `-`: large"),
    ROLE_PATTERN: ("not the name of a role", "write it in one line, without blanks around it"),
    TABLE_PATTERN: ("not a published table", "write its schema and name: gold_cinema.brands"),
    "^[.,]$": ("not a decimal mark", 'write "," or "."'),
    r"^[^\r\n\x00]$": ("not one character", 'for a tab, write it in double quotes: "\\t"'),
}
"""What a text is not when it fits no pattern, and what to write."""


_DIGITS = {DURATION_PATTERN: 6, TIME_LIMIT_PATTERN: 6, DAYS_PATTERN: 5}
"""How many a length of time may have."""


_OF_LENGTHS = (*_DIGITS, RETRY_DELAY_PATTERN)
_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), ("s", 1)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), ("m", 1)),
    **dict.fromkeys(("h", "hour", "hours"), ("h", 1)),
    **dict.fromkeys(("d", "day", "days"), ("d", 1)),
    **dict.fromkeys(("w", "week", "weeks"), ("d", 7)),
}
"""Words for a unit, with the one that is written here and how many of them that is."""


def _shorten(text: str) -> str:
    """A length of time whose unit is another word, as it is written here; else an empty text. A
    single M may be minutes or months.

    >>> _shorten("2 Days"), _shorten("1w"), _shorten("2M")
    ('2d', '7d', '')
    """
    found = re.fullmatch(r"([0-9]{1,4}) ?([A-Za-z]+)", text.strip())
    word = found[2] if found and len(found[2]) == 1 else (found[2].lower() if found else "")
    unit, factor = _UNITS.get(word, ("", 0))
    return f"{int(found[1]) * factor}{unit}" if found and unit else ""


def _pattern(value: object, ctx: Any) -> tuple[str, str]:
    pattern, text = str(ctx["pattern"]), str(value)
    most, digits, unit = _DIGITS.get(pattern), text[:-1], text[-1:]
    if (
        most
        and digits.isdecimal()
        and len(digits) > most
        and unit in ("d" if most == 5 else "smhd")
    ):
        return f"{text} is too long", f"the longest is {'9' * most}{unit}"
    what, remedy = _PATTERNS.get(pattern, (f"not of the form {pattern}", ""))
    if pattern in _OF_LENGTHS and (short := _shorten(text)) and re.search(pattern, short):
        remedy = f"write {short}"
    if pattern in _OF_NAMES and re.search(pattern, text.lower()):
        remedy = f"write {text.lower()}"
    return f"{got(value)} is {what}", remedy


_EXPLAINED: dict[str, Callable[[object, Any], tuple[str, str]]] = {
    "literal_error": _one_of,
    "invalid-json-value": lambda value, ctx: (
        f"{got(value)} is not a value of JSON",
        f'quote it: "{value}"',
    ),
    "enum": _one_of,
    "quantity": lambda _, ctx: (str(ctx["problem"]), str(ctx["remedy"])),
    "string_pattern_mismatch": _pattern,
    "greater_than_equal": lambda value, ctx: (f"{value} is less than {ctx['ge']}", ""),
    "less_than_equal": lambda value, ctx: (f"{value} is more than {ctx['le']}", ""),
    "too_short": lambda value, ctx: ("it is empty, and at least one entry is needed", ""),
    "string_too_short": lambda value, ctx: (
        (f"{got(value)} is too short: {ctx['min_length']} characters are the least", "")
        if value
        else ("it is empty", "give it a value, or remove the key")
    ),
    "string_too_long": lambda value, ctx: (
        f"{got(value)} is too long: {len(str(value)):,} characters, and "
        f"{ctx['max_length']:,} are the most",
        "",
    ),
}
