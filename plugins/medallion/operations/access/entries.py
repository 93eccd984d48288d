"""Entries of a PostgreSQL log whose lines begin with `PREFIX`.

Only what the server writes itself can begin an entry: in a text of several lines it puts a tab
before each but the first. The one exception are names of a login that nobody has let in yet. They
have 63 bytes at most, and the prefix' mark and its time are longer. The application's name, which a
client chooses, has a fixed width.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from medallion.names import TableName

MARK = "medallion journal, an entry of this server: "
PREFIX = f"{MARK}%m|%c|%l|%e|%r|%-64a|%d|%u|"
"""What `log_line_prefix` has to be: docs/access-journal.md."""

_ENTRY = re.compile(
    re.escape(MARK) + r"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) (?P<zone>[^|\n]{1,40})"
    r"\|(?P<session>[0-9a-f]+\.[0-9a-f]+)\|\d+\|(?P<code>[0-9A-Z]{5})\|(?P<client>[^|\n]*)"
    r"\|(?P<application>.{64})\|(?P<database>[^|\n]*)\|(?P<user>[^|\n]*)"
    r"\|(?P<level>[A-Z]+[1-5]?):  (?P<text>.*)",
    re.DOTALL,
)
_NOTE = re.compile(
    r"SET LOCAL medallion\.rows_read = "
    r"'(?P<schema>(?:silver|gold)_[a-z0-9_]{1,56})\.(?P<table>[a-z0-9_]{1,63}) (?P<rows>\d{1,15})'"
)
"""As `warehouse/reading/ledger.sql` writes it."""
_PORT = re.compile(r"\(\d+\)$")
_STATEMENT = "statement: "
_EXECUTE = re.compile(r"execute (?!fetch from )")
_MOST_PLACES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. `at` in UTC; `text` may be anything that a client has sent."""

    at: datetime
    session: str
    code: str
    client: str
    application: str
    database: str
    user: str
    level: str
    text: str

    @property
    def statements(self) -> tuple[str, ...]:
        """The text of a statement that a client has sent; none: the entry is something else.

        A client names what it prepares, and may write into the name what looks like a statement.
        So a text behind each colon is one: what was run is among them.
        """
        if self.level != "LOG":
            return ()
        if self.text.startswith(_STATEMENT):
            return (self.text.removeprefix(_STATEMENT),)
        if not _EXECUTE.match(self.text):
            return ()
        places = [found.end() for found in re.finditer(": ", self.text)]
        return tuple(self.text[at:] for at in places[:_MOST_PLACES])

    @property
    def prepared(self) -> str:
        """Of a DETAIL: what an EXECUTE has run."""
        return self.text.partition("prepare: ")[2] if self.level == "DETAIL" else ""

    @property
    def is_refusal(self) -> bool:
        """An error before anything was read: no right, no such table, no SQL."""
        return self.level == "ERROR" and self.code.startswith("42")


def split_entries(content: bytes, *, is_whole: bool) -> tuple[list[bytes], int]:
    """The entries of a stretch of a log, each with the lines that belong to it, and the bytes that
    they take.

    Args:
        content: from the beginning of a line on.
        is_whole: whether the last entry has no lines that are still to come. Else it is left out.

    >>> split_entries(b"a\\n\\tb\\nc\\nd", is_whole=True)
    ([b'a\\n\\tb', b'c'], 7)
    >>> split_entries(b"a\\n\\tb\\nc\\nd", is_whole=False)
    ([b'a\\n\\tb'], 5)
    """
    lines = content.split(b"\n")
    lines.pop()  # what has no end yet, or nothing
    found: list[list[bytes]] = []
    for line in lines:
        if line.startswith(b"\t") and found:
            found[-1].append(line)
        else:
            found.append([line])
    entries = [b"\n".join(one) for one in (found if is_whole else found[:-1])]
    return entries, sum(len(one) + 1 for one in entries)


def read_entry(raw: bytes) -> Entry | None:
    """An entry; None: it is not one of this form."""
    found = _ENTRY.fullmatch(raw.decode("utf-8", "replace").replace("\0", "\ufffd"))
    if found is None or (at := read_moment(found["at"], found["zone"])) is None:
        return None
    return Entry(
        at=at,
        session=found["session"],
        code=found["code"],
        client=_PORT.sub("", found["client"])[:100],
        application=found["application"].strip(),
        database=found["database"],
        user=found["user"],
        level=found["level"],
        text=found["text"].replace("\n\t", "\n"),
    )


def read_note(entry: Entry) -> tuple[TableName, int] | None:
    """The table and the rows that a client of Medallion says it has got; None: the entry is another
    one."""
    for text in entry.statements:
        if found := _NOTE.fullmatch(text):
            return TableName(found["schema"], found["table"]), int(found["rows"])
    return None


def read_moment(text: str, zone: str) -> datetime | None:
    """In UTC alone: an abbreviation of another zone has more than one meaning."""
    if zone not in ("UTC", "GMT"):
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None
