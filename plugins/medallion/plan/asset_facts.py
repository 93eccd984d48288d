"""What Airflow's asset of a table says of it: what it is, whose it is, who reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from medallion.names import TableName
from medallion.plan.model import Exposure, Plan, PublishStep

AssetFacts = Mapping[str, Any]
"""JSON's values: `description`, `owner`, `contacts`, `layer`, `domain`, `pipeline`, `primary_key`,
`exposures`; what a spec leaves out is left out."""

_SECRET_WORDS = ("token", "key", "password", "secret", "sig", "auth", "credential")


def asset_facts(plan: Plan) -> Iterator[tuple[TableName, AssetFacts]]:
    """The facts of each table that a plan publishes, with the name that readers use."""
    for task in plan.tasks:
        if isinstance(task.step, PublishStep):
            yield task.step.table.public, _facts(plan, task.step)


def exposure_facts(one: Exposure) -> dict[str, str]:
    """What an asset says of one exposure; what nobody has said is left out."""
    said = {
        "name": one.name,
        "type": one.kind,
        "owner": one.owner,
        "url": web_address(one.url),
        "dashboard": one.dashboard,
    }
    return {name: value for name, value in said.items() if value}


def write_facts(facts: AssetFacts) -> str:
    """As text, for whoever does not read the plan."""
    return json.dumps(facts, separators=(",", ":"))


def read_facts(text: str) -> AssetFacts:
    """Read back what `write_facts` wrote."""
    facts: AssetFacts = json.loads(text)
    return facts


def _facts(plan: Plan, step: PublishStep) -> AssetFacts:
    said: dict[str, object] = {
        "description": step.description.strip(),
        "owner": plan.settings.owner,
        "contacts": list(plan.contacts),
        "layer": str(step.table.layer),
        "domain": step.table.domain,
        "pipeline": str(plan.dag_id),
        "primary_key": list(step.primary_key),
        "exposures": [exposure_facts(one) for one in step.exposures],
    }
    return {name: value for name, value in said.items() if value}


def web_address(url: str) -> str:
    """A URL that may be shown and clicked on: empty where it is none, and without what could be a
    secret in it.

    >>> web_address("https://ana:pw@bi.org/takings?tab=1&api_key=x"), web_address("javascript:x")
    ('https://bi.org/takings?tab=1', '')
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    shown = f"[{host}]" if ":" in host else host
    query = urlencode(
        [
            (name, value)
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
            if not any(word in name.lower() for word in _SECRET_WORDS)
        ]
    )
    place = f"{shown}:{port}" if port else shown
    return urlunsplit((parts.scheme, place, parts.path, query, ""))
