"""How APIs call what turns their pages: parameters, and fields of their answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

NEXT_URL = re.compile(
    r"(?:^|\.)(?:@odata\.)?next_?(?:url|uri|link|href|page_?url|page)?(?:\.href)?$", re.IGNORECASE
)
TOKEN = re.compile(
    r"^(?:next_?page|(?:next_?)?(?:cursor|page_?token|continuation(?:_?token)?|after|end_?cursor|marker|token|next))$",
    re.IGNORECASE,
)
MORE = re.compile(r"^(?:has_?more|has_?next(?:_?page)?|more)$", re.IGNORECASE)
PAGE = re.compile(r"^(?:page|current_?page|page_?number|page_?no)$", re.IGNORECASE)
PAGES = re.compile(r"^(?:total_?pages|pages|last_?page|page_?count|num_?pages)$", re.IGNORECASE)
OFFSET = re.compile(r"^(?:offset|skip|start_?at)$", re.IGNORECASE)
LIMIT = re.compile(r"^(?:limit|max_?results|top|per_?page|page_?size|size)$", re.IGNORECASE)
TOTAL = re.compile(
    r"^(?:total|total_?(?:records|count|results|items|elements|hits)|num_?found|records_?total)$",
    re.IGNORECASE,
)
NUMBERED = ("page", "_page", "p", "pageNumber")
COUNTED = (("offset", "limit"), ("skip", "limit"), ("$skip", "$top"), ("startAt", "maxResults"))
AFTER = ("starting_after", "after_id", "since_id", "after", "last_id")
LAST_RECORD = ("id", "uuid", "key")
CHANGED_SINCE = re.compile(
    r"^(?:(?:last_?)?(?:updated|modified|changed)(?:_?at)?_?(?:since|after|from|gte?|min)|"
    r"(?:min|since)_?(?:updated|modified|changed)(?:_?at)?)$",
    re.IGNORECASE,
)


def params_of(name: str) -> Iterator[str]:
    """The parameters that may take a cursor of this name."""
    bare = re.sub(r"^(?:next|end)_?(?=.)", "", name, flags=re.IGNORECASE)
    bare = bare[:1].lower() + bare[1:]
    yield from (bare, name, "cursor", "after", "starting_after", "page_token", "page")
