"""What a person reads after an import: what was made, what to decide, and what was not mapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from medallion.prose import tally
from medallion.spec.messages.report import visible
from medallion.workbench.imports.base.document import FILES
from medallion.workbench.imports.base.outcome import Draft, NotMapped
from medallion.workbench.imports.prove import write_dotted

MOST_PLACES = 6
"""Of one reason, in a terminal; further ones are counted."""


def report(
    drafts: Sequence[Draft],
    not_mapped: Sequence[NotMapped],
    domain: str,
    *,
    most_places: int | None = None,
) -> str:
    """The whole of it, as plain text that is Markdown too.

    Args:
        drafts: what was made.
        not_mapped: what is in none of them.
        domain: of the specs.
        most_places: of one reason that are named; None: all of them.
    """
    left = [one for one in not_mapped if not one.is_needless]
    needless = [one for one in not_mapped if one.is_needless]
    lines = [
        *_report_made(drafts, domain),
        *_decisions(drafts, most_places),
        *_report_left(left, most_places),
        *_report_needless(needless, most_places),
        *_next(drafts, domain),
    ]
    return "\n".join((*map(visible, lines), ""))


def _report_made(drafts: Sequence[Draft], domain: str) -> Iterator[str]:
    for draft in drafts:
        if not draft.has_tables:
            yield f"specs/{domain}/{draft.name}.yaml is not written: nothing of it can be published"
            continue
        datasets, gold = (len(draft.said.get(key, {})) for key in ("datasets", "gold"))
        parts = [tally(datasets, "dataset")] if datasets or not gold else []
        parts += [tally(gold, "gold table")] if gold else []
        yield f"specs/{domain}/{draft.name}.yaml: {', '.join(parts)}"
        yield from (f"include/sql/{domain}/{name}" for name in draft.sql)


def _decisions(drafts: Sequence[Draft], most: int | None) -> Iterator[str]:
    made = [one for one in drafts if one.has_tables]
    found = [(where, why) for one in made for where, all_ in one.guesses.items() for why in all_]
    if not found:
        return
    yield ""
    yield f"## To decide: {len(found)}"
    yield "Each is marked in the spec."
    for why, places in _group((write_dotted(where), why) for where, why in found).items():
        yield f"- {_list(places, most)}: {why}"


def _report_left(not_mapped: Sequence[NotMapped], most: int | None) -> Iterator[str]:
    yield ""
    yield f"## Not mapped: {len(not_mapped)}"
    if not not_mapped:
        yield "All that matters of the input is in the spec."
    grouped = _group((_place(one), _reason(one)) for one in not_mapped)
    for reason, places in grouped.items():
        yield f"- {_list(places, most)}: {reason}"


def _report_needless(not_mapped: Sequence[NotMapped], most: int | None) -> Iterator[str]:
    if not not_mapped:
        return
    yield ""
    yield f"## Not needed here: {len(not_mapped)}"
    for reason, places in _group((_place(one), one.why) for one in not_mapped).items():
        yield f"- {_list(places, most)}: {reason}"


def _next(drafts: Sequence[Draft], domain: str) -> Iterator[str]:
    made = [one for one in drafts if one.has_tables]
    if not made:
        return
    yield ""
    yield "## Next"
    for draft in made:
        for conn_id, words in draft.connections.items():
            yield f"- make the connection: airflow connections add {conn_id} {words}".rstrip()
        yield f"- see what it would publish: python -m medallion.cli preview {domain}.{draft.name}"


def _place(one: NotMapped) -> str:
    place = one.place.removeprefix(f"{FILES}.") or "the file"
    return f"{place} (line {one.line})" if one.line else place


def _reason(one: NotMapped) -> str:
    return f"{one.why} → {one.instead}" if one.instead else one.why


def _list(places: Sequence[str], most: int | None) -> str:
    shown = ", ".join(places[:most])
    more = len(places) - (len(places) if most is None else most)
    return f"{shown} and {more:,} more" if more > 0 else shown


def _group(found: Iterator[tuple[str, str]]) -> dict[str, list[str]]:
    """Places by their reason, in the order in which they came."""
    grouped: dict[str, list[str]] = {}
    for place, reason in found:
        grouped.setdefault(reason, []).append(place)
    return grouped
