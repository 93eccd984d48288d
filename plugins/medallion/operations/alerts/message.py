"""What a message says: what happened to what, since when, whose it is, and where to look."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from medallion.spec.models.alerts import AlertEvent
from medallion.warehouse.registry.notices import CLOSED, Notice

PAGES = "medallion"
"""The path of the catalogue below Airflow's own address."""
LONGEST_DETAILS = 2_000
_MOST_TITLES = 20
_ANGLES = str.maketrans("<>", "‹›")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """As every channel can take it: plain text. `fields` are for programs behind a webhook."""

    title: str
    body: str
    is_good: bool
    fields: Mapping[str, str] = field(default_factory=dict)


def message_about(notices: Sequence[Notice], base_url: str) -> Message:
    """One message about one incident, or about several that a channel is to be sent at once.

    Args:
        notices: at least one.
        base_url: Airflow's address (`[api] base_url`); empty: no links.
    """
    if len(notices) == 1:
        return _about(notices[0], base_url)
    titles = [_title(one) for one in notices]
    shown = [f"- {title}" for title in titles[:_MOST_TITLES]]
    if len(titles) > _MOST_TITLES:
        shown.append(f"… and {len(titles) - _MOST_TITLES} more")
    if base_url:
        shown += ["", f"All of them: {_under(base_url)}{PAGES}/"]
    domains = ", ".join(sorted({one.incident.domain for one in notices}))
    return Message(
        title=f"[{domains}] {len(notices)} messages",
        body="\n".join(shown),
        is_good=all(one.notice == CLOSED for one in notices),
    )


def _about(notice: Notice, base_url: str) -> Message:
    incident = notice.incident
    link = _link(notice, base_url)
    said = {
        "event": str(incident.event),
        "notice": notice.notice,
        "incident": str(incident.incident_id),
        "domain": incident.domain,
        "dag_id": incident.dag_id,
        "run_id": incident.run_id or "",
        "table": incident.table or "",
        "link": link,
    }
    return Message(
        title=_title(notice),
        body="\n".join(_lines(notice, link)),
        is_good=notice.notice == CLOSED,
        fields={key: value for key, value in said.items() if value},
    )


def _title(notice: Notice) -> str:
    incident = notice.incident
    what = f"{incident.event.words()}: {incident.table or incident.dag_id}"
    return plain(
        f"[{incident.domain}] {incident.event.end_words() * (notice.notice == CLOSED)}{what}"
    )


def _lines(notice: Notice, link: str) -> Iterator[str]:
    incident = notice.incident
    if notice.notice == CLOSED:
        yield f"It is over. What it was: {plain(incident.problem)}"
    else:
        yield plain(incident.problem)
        if incident.details:
            yield ""
            yield "\n".join(map(plain, incident.details[:LONGEST_DETAILS].split("\n")))
    yield ""
    yield f"Pipeline: {plain(incident.dag_id)}" + (
        f" (owner: {plain(notice.owner)})" if notice.owner else ""
    )
    if incident.run_id:
        yield f"Run: {plain(incident.run_id)}"
    if not incident.is_passing:
        yield f"Since: {incident.opened_at:%Y-%m-%d %H:%M} UTC"
    if notice.notice == CLOSED and incident.closed_at:
        yield f"Until: {incident.closed_at:%Y-%m-%d %H:%M} UTC"
    if link:
        yield f"Look: {link}"


def _link(notice: Notice, base_url: str) -> str:
    """The run in Airflow's UI where there is one, the form where an answer is wanted; of a refused
    spec its lines in the catalogue; else the table there, else the DAG."""
    if not base_url:
        return ""
    incident, root = notice.incident, _under(base_url)
    if incident.run_id:
        run = f"{root}dags/{quote(incident.dag_id, safe='')}/runs/{quote(incident.run_id, safe='')}"
        if incident.event is AlertEvent.APPROVAL_WANTED and incident.table:
            name = incident.table.partition(".")[2]
            return f"{run}/tasks/{quote(name, safe='')}.publish/required_actions"
        return run
    if incident.event is AlertEvent.SPEC_REFUSED:  # there may be no DAG
        file = incident.key.partition(":")[2]
        return f"{root}{PAGES}/specs?file={quote(file, safe='')}"
    if incident.table:
        return f"{root}{PAGES}/tables/{quote(incident.table, safe='')}"
    return f"{root}dags/{quote(incident.dag_id, safe='')}"


def _under(base_url: str) -> str:
    return base_url.rstrip("/") + "/"


def plain(text: str) -> str:
    """A line that no channel takes for markup: in Slack, `<!channel>` of a value would wake up
    everybody. Control characters are blanks.

    >>> plain("<!channel> a\\x07b")
    '‹!channel› a b'
    """
    clean = "".join(" " if unicodedata.category(one) == "Cc" else one for one in text)
    return clean.translate(_ANGLES)
