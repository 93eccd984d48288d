"""Read models → HTML: Jinja2 with autoescape, and how figures and times are written."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.filters import do_mark_safe

from medallion.airflow.pages import charts
from medallion.airflow.replay_dag import DAG_ID as REPLAY_DAG
from medallion.airflow.restate_dag import DAG_ID as RESTATE_DAG
from medallion.catalogue.intervals import name_starts
from medallion.operations.environments.setting import read_environment
from medallion.plan.next_runs import describe_run
from medallion.prose import tally
from medallion.schedules.clock import UTC_NAME, zone_of

_FOLDER = Path(__file__).parent
_CODE = re.compile(r"`([^`\n]+)`")
STATIC = _FOLDER / "static"

PAGES: tuple[tuple[str, str], ...] = (
    ("Tables", ""),
    ("Products", "products"),
    ("Lineage", "lineage"),
    ("Backfills", "backfills"),
    ("Refused specs", "specs"),
    ("API", "api/"),
    ("Documentation", "docs/"),
)
"""The pages' own navigation: a name and a place below the root. A new page adds a line."""

TABLE_TABS: tuple[tuple[str, str], ...] = (
    ("about", "About"),
    ("quality", "Quality"),
    ("quarantine", "Quarantine"),
    ("versions", "Versions"),
    ("intervals", "Intervals"),
    ("rows", "Rows"),
    ("spec", "SQL and spec"),
)
"""The pages of one table: a place below the table's, and its title."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'self'; "
    "base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of each page: nothing of anybody else's is loaded, and nobody else frames it."""


def page(
    request: Request, template: str, /, *, status_code: int = 200, **words: Any
) -> HTMLResponse:
    """A page of a template; `link` in it makes addresses below the path that Airflow has."""
    root = request.scope.get("root_path", "")
    html = (
        _environment()
        .get_template(template)
        .render(
            root=root,
            airflow=root.removesuffix("/medallion"),
            link=lambda *path, **query: link(root, *path, **query),
            version=_version(),
            environment=read_environment(),
            now=datetime.now(UTC),
            request_path=request.url.path,
            **words,
        )
    )
    return HTMLResponse(html, status_code=status_code, headers=HEADERS)


def link(root: str, *path: str, **query: object) -> str:
    """An address of the pages; what is empty in the query is left out."""
    asked = {key: value for key, value in query.items() if value not in (None, "", 1)}
    place = "/".join(quote(part, safe="") for part in path)
    return f"{root}/{place}" + (f"?{urlencode(asked)}" if asked else "")


def number(value: float | None) -> str:
    """`1,234`, or a dash.

    >>> number(1234), number(None)
    ('1,234', '–')
    """
    return "–" if value is None else f"{value:,}"


def percent(value: float) -> str:
    """`12 %`; what is there and below one is not rounded to nothing.

    >>> percent(12.4), percent(0.2)
    ('12 %', '<1 %')
    """
    return "<1 %" if 0 < value < 1 else f"{value:.0f} %"


def size(value: float | None) -> str:
    """Bytes in the largest unit that leaves a number above 1.

    >>> size(1536), size(None)
    ('1.5 KiB', '–')
    """
    if value is None:
        return "–"
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def moment(value: datetime | None, timezone: str = UTC_NAME) -> str:
    """A time, to the minute, in UTC or another zone.

    >>> moment(datetime(2026, 1, 31, 6, 30, tzinfo=UTC))
    '2026-01-31 06:30'
    """
    return "–" if value is None else f"{value.astimezone(zone_of(timezone)):%Y-%m-%d %H:%M}"


_UNITS = (("d", 86_400, 172_800), ("h", 3600, 5400), ("min", 60, 90), ("s", 1, 0))
"""Of lengths of time: each with its seconds, and from how many of them on it is used."""


def age(value: datetime | None, now: datetime) -> str:
    """How long ago; up to two days in one unit.

    >>> now = datetime(2026, 1, 31, tzinfo=UTC)
    >>> age(now - timedelta(hours=30.2), now), age(now - timedelta(hours=50), now)
    ('30 h ago', '2 d 2 h ago')
    """
    if value is None:
        return "–"
    seconds = max(0.0, (now - value).total_seconds())
    size = next(size for _, size, from_ in _UNITS[1:] if seconds >= from_)
    return f"{span(timedelta(seconds=round(seconds / size) * size))} ago"


def span(length: timedelta | None) -> str:
    """A length of time in its two largest units.

    >>> span(timedelta(hours=26)), span(timedelta(hours=50)), span(timedelta(seconds=90))
    ('26 h', '2 d 2 h', '1 min 30 s')
    """
    if length is None:
        return "–"
    seconds = max(0.0, length.total_seconds())
    for (unit, size, from_), (smaller, part, _) in pairwise(_UNITS):
        if seconds >= from_:
            whole, rest = divmod(round(seconds / part) * part, size)
            return f"{whole} {unit}" + (f" {rest // part} {smaller}" if rest else "")
    return f"{seconds:.0f} s"


def sentence(text: str) -> str:
    """A text that begins with a capital letter, unless its first word is a name.

    >>> sentence("all 3 rows passed"), sentence("specs/shop/sales.yaml is refused")
    ('All 3 rows passed', 'specs/shop/sales.yaml is refused')
    """
    first = text.partition(" ")[0].rstrip(":,.")
    is_name = any(letter in first for letter in "./_")
    return text if is_name else text[:1].upper() + text[1:]


def code(text: str) -> str:
    """A text as HTML, where what stands between backticks is code.

    >>> code("run `validate --all`, not <b>")
    Markup('run <code>validate --all</code>, not &lt;b&gt;')
    """
    return do_mark_safe(_CODE.sub(r"<code>\1</code>", escape(text)))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number,
        "counted": tally,
        "percent": percent,
        "size": size,
        "moment": moment,
        "age": age,
        "span": span,
        "starts": name_starts,
        "in_words": lambda span, zone: span.in_words(zone),
        "seconds": lambda value: span(timedelta(seconds=value)),
        "sentence": sentence,
        "code": code,
        "next_run": describe_run,
    }
    environment.globals |= {
        "sparkline": charts.sparkline,
        "ledger_bar": charts.ledger_bar,
        "plot": charts.plot,
        "pages": PAGES,
        "replay_dag": REPLAY_DAG,
        "restate_dag": RESTATE_DAG,
        "table_tabs": TABLE_TABS,
    }
    return environment


@cache
def _version() -> str:
    """Something that changes with the static files, so that browsers may keep them."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
