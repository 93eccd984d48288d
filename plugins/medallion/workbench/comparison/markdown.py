"""A comparison as Markdown, for a comment on a pull request: what breaks first, the rest folded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from medallion.spec.messages.report import visible
from medallion.workbench.comparison.changes import (
    ORDER,
    TITLES,
    Change,
    Comparison,
    Impact,
    Level,
    list_names,
)
from medallion.workbench.comparison.text import summary

MARKER = "<!-- medallion check -->"
"""The first line: by it a CI finds the comment that it wrote before, and replaces it."""
_MOST = 60_000
"""Characters: GitHub takes 65,536 in a comment."""
_ROWS = 50
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&]|:(?=//))")
_MENTION = re.compile(r"(?<![\w.])@(?=\w)")
_JOINER = "@\u2060"
"""An @ with an invisible character behind it: a backslash keeps no platform from seeing a name."""
_VERDICTS = {
    True: "### ❌ This change breaks readers",
    False: "### ✅ Nothing breaks",
}


def as_markdown(found: Comparison, more: str = "") -> str:
    """A table of what breaks, whom to ask, and everything else in folded parts.

    Args:
        more: Markdown that comes behind it, and is cut first where all of it is too long.
    """
    lines = [MARKER, _VERDICTS[found.is_breaking], "", escape(summary(found)), ""]
    breaking = found.of(Level.BREAKING)
    if breaking:
        lines += [*_table(breaking), "", *_list_concerned(breaking), *_to_ask(found)]
    for level in ORDER[1:]:
        lines += _fold(level, found.of(level))
    for said in found.uncompared:
        lines.append(f"- not compared: {escape(said)}")
    return _shorten("\n".join(lines).rstrip() + "\n" + more)


def escape(text: str) -> str:
    """A text without markup, whatever a spec holds: no mention, no link, no tag.

    >>> escape("a_b | <b>"), len(escape("@team"))
    ('a\\\\_b \\\\| \\\\<b\\\\>', 6)
    """
    plain = _SPECIAL.sub(r"\\\1", " ".join(visible(text).split()))
    return _MENTION.sub(_JOINER, plain)


def code(text: str) -> str:
    """A name in code style; one that holds a backtick or a bar is escaped instead."""
    shown = visible(text)
    return escape(text) if {"`", "|"} & set(shown) or not shown else f"`{shown}`"


def _table(changes: Sequence[Change]) -> Iterator[str]:
    yield "| what | where | then | concerns |"
    yield "|---|---|---|---|"
    for one in changes[:_ROWS]:
        where = code(str(one.place)) + (" (before)" if one.before else "") if one.place.path else ""
        cells = (f"{code(one.subject)} {escape(one.what)}", where, escape(one.then))
        yield f"| {' | '.join(cells)} | {len(one.impacts) or ''} |"
    if len(changes) > _ROWS:
        yield f"| … and {len(changes) - _ROWS} more | | | |"


def _list_concerned(changes: Sequence[Change]) -> Iterator[str]:
    for one in changes[:_ROWS]:
        if one.impacts:
            title = f"{code(one.subject)} {escape(one.what)}: {len(one.impacts)} concerned"
            yield from _details(title, _impacts(one.impacts))


def _impacts(impacts: Sequence[Impact]) -> Iterator[str]:
    yield "| | | where | owner |"
    yield "|---|---|---|---|"
    for one in impacts[:_ROWS]:
        name = f"[{escape(one.name)}](<{one.url}>)" if _is_link(one.url) else code(one.name)
        where = code(str(one.place)) if one.place.path else ""
        yield f"| {one.kind} {name} | {escape(one.how)} | {where} | {_who(one)} |"
    if len(impacts) > _ROWS:
        yield f"| … and {len(impacts) - _ROWS} more | | | |"


def _is_link(url: str) -> bool:
    return bool(url) and not set("<>|\n ") & set(url)


def _who(one: Impact | Change) -> str:
    return escape(", ".join(filter(None, (one.owner, *one.contacts))))


def _to_ask(found: Comparison) -> Iterator[str]:
    asked = found.to_ask()
    if not asked:
        return
    yield "**Ask before it is merged**"
    yield ""
    for (owner, contacts), things in asked.items():
        who = escape(", ".join(filter(None, (owner, *contacts))))
        yield f"- {who}: {escape(list_names(things))}"
    yield ""


def _fold(level: Level, changes: Sequence[Change]) -> Iterator[str]:
    if changes:
        yield from _details(f"{TITLES[level]} ({len(changes)})", _plain(changes))


def _plain(changes: Sequence[Change]) -> Iterator[str]:
    for one in changes[:_ROWS]:
        where = f" ({code(str(one.place))})" if one.place.path else ""
        then = f" → {escape(one.then)}" if one.then else ""
        names = ", ".join(code(impact.name) for impact in one.impacts[:8])
        more = f" and {len(one.impacts) - 8} more" if len(one.impacts) > 8 else ""
        concerned = f"; concerns {names}{more}" if names else ""
        yield f"- {code(one.subject)} {escape(one.what)}{where}{then}{concerned}"
    if len(changes) > _ROWS:
        yield f"- … and {len(changes) - _ROWS} more"


def _details(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield "<details>"
    yield f"<summary>{_in_html(title)}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"
    yield ""


def _in_html(title: str) -> str:
    """In a summary Markdown does not count: code becomes its tag, escapes go."""
    plain = title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"\\(.)", r"\1", re.sub(r"`([^`]+)`", r"<code>\1</code>", plain))


def _shorten(text: str) -> str:
    if len(text) <= _MOST:
        return text
    cut = text[:_MOST].rpartition("\n")[0]
    opened = cut.count("<details>") - cut.count("</details>")
    return cut + "\n" + "\n</details>" * opened + "\n\n… the rest is in the log of the job.\n"
