"""The contract of one published table: an Open Data Contract Standard document, 3.1.

3.1.0 is read by all that read 3.x: the standard's models of 3.2.0 take it too. Nothing in it
depends on the day or the machine: the same specs give the same text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import yaml

from medallion.checks.aliases import FOREIGN_KEY
from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import PlannedCheck
from medallion.names import TableName
from medallion.schedules.cron import CONTINUOUS
from medallion.workbench.contracts.facts import ContractColumn, ContractFacts
from medallion.workbench.contracts.logical_types import describe_type
from medallion.workbench.contracts.quality import describe_checks, find_column
from medallion.workbench.contracts.server import ServerAddress

API_VERSION = "v3.1.0"
FIRST_VERSION = "1.0.0"
ENDING = ".odcs.yaml"
_WIDTH = 100
_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "m"))

Contract = dict[str, Any]


def file_name(table: TableName | str) -> str:
    """Of the contract of a table: `gold_cinema.movies.odcs.yaml`."""
    return f"{table}{ENDING}"


def write_contract(
    facts: ContractFacts, *, version: str = FIRST_VERSION, server: ServerAddress | None = None
) -> Contract:
    """The contract, with keys in the order in which people read them.

    Args:
        server: where readers find the table; None: the contract does not say it, since the
            standard demands host, port and database together.
    """
    declared = facts.declared
    said: Contract = {
        "kind": "DataContract",
        "apiVersion": API_VERSION,
        "id": str(declared.table.public),
        "name": declared.table.name,
        "version": version,
        "status": "active",
        "domain": declared.table.domain,
        "tags": list(declared.tags),
        "description": _describe(facts),
        "servers": [server.describe(declared.table.public.schema)] if server else [],
        "schema": [_object(facts)],
        "team": {"name": declared.owner} if declared.owner else {},
        "support": [_contact(one) for one in declared.contacts],
        "roles": [{"role": role, "access": "read"} for role in declared.grants],
        "slaProperties": list(_service_levels(facts)),
        "customProperties": list(_own(facts)),
    }
    return {key: _plain(value) for key, value in said.items() if value}


def render_contract(contract: Mapping[str, Any]) -> str:
    """The contract as YAML."""
    return yaml.safe_dump(dict(contract), allow_unicode=True, sort_keys=False, width=_WIDTH)


def _describe(facts: ContractFacts) -> dict[str, str]:
    said = {"purpose": facts.declared.description, "usage": " ".join(facts.declared.attributions)}
    return {key: text for key, text in said.items() if text}


def _contact(address: str) -> dict[str, str]:
    if "@" in address and "/" not in address:
        return {"channel": address, "tool": "email", "url": f"mailto:{address}"}
    return {"channel": address}


def _object(facts: ContractFacts) -> dict[str, Any]:
    table = facts.declared.table.public
    said = {
        "id": table.table,
        "name": table.table,
        "physicalName": table.table,
        "physicalType": "view",  # what readers see is a view of the version that is published
        "logicalType": "object",
        "description": facts.declared.description,
        "properties": [_property(column, facts) for column in facts.columns],
        "quality": describe_checks(one for one in facts.checks if not _column(one, facts)),
    }
    return {key: value for key, value in said.items() if value}


def _column(check: PlannedCheck, facts: ContractFacts) -> str:
    """The column under which a check stands; empty: the object."""
    column = find_column(check)
    return column if any(one.name == column for one in facts.columns) else ""


def _property(column: ContractColumn, facts: ContractFacts) -> dict[str, Any]:
    key = facts.key
    checks = [check for check in facts.checks if _column(check, facts) == column.name]
    said = {
        "id": column.name,
        "name": column.name,
        **(describe_type(column.type) if column.type else {}),
        "description": column.description,
        "required": column.required,
        "primaryKey": column.name in key,
        "primaryKeyPosition": key.index(column.name) + 1 if column.name in key else 0,
        "classification": "personal" if column.personal else "",
        "transformSourceObjects": [f"{one.table}.{one.column}" for one in column.made_of],
        "relationships": [
            {"type": "foreignKey", "to": _reference(check.kwargs[FOREIGN_KEY]["to"])}
            for check in checks
            if FOREIGN_KEY in check.kwargs and check.on_failure is not OnFailure.WARN
        ],
        "quality": describe_checks(checks),
        "customProperties": [
            {"property": name, "value": value}
            for name, value in (("unit", column.unit), ("personalData", column.personal))
            if value
        ],
    }
    return {key: value for key, value in said.items() if value}


def _reference(to: str) -> str:
    """A column of another table, which has a contract of its own beside this one."""
    table, _, column = to.rpartition(".")
    named = TableName.parse(table)
    return f"{file_name(named)}#/schema/{named.table}/properties/{column}"


_WORDS_OF_CRON = (1, 5)
"""`@daily`, or five fields."""


def _service_levels(facts: ContractFacts) -> Iterator[dict[str, Any]]:
    declared = facts.declared
    element = declared.table.public.table
    for name, length, about in (
        ("error_after", declared.error_after, "Older than this, the table counts as failed."),
        ("warn_after", declared.warn_after, "Older than this, the table counts as stale."),
    ):
        if length is not None:
            value, unit = _in_units(length)
            yield {"id": name, "property": "latency", "value": value, "unit": unit,
                   "element": element, "description": about}  # fmt: skip
    if declared.schedule:
        level = {"id": "schedule", "property": "frequency", "value": declared.schedule,
                 "element": element}  # fmt: skip
        # What is several expressions, has a zone or waits for messages is nothing that cron reads.
        words = len(declared.schedule.split())
        is_cron = words in _WORDS_OF_CRON and declared.schedule != CONTINUOUS
        yield level | ({"scheduler": "cron", "schedule": declared.schedule} if is_cron else {})


def _in_units(length: timedelta) -> tuple[int, str]:
    """A length in the largest unit that it is a whole number of.

    >>> _in_units(timedelta(hours=36))
    (36, 'h')
    """
    for one, word in _UNITS:
        if not length % one:
            return length // one, word
    return int(length.total_seconds()), "s"


def _own(facts: ContractFacts) -> Iterator[dict[str, Any]]:
    """What only our tables have: where they are declared, and how they are written."""
    declared = facts.declared
    for name, value in (
        ("spec", declared.spec_path),
        ("sql", declared.sql_path),
        ("writeDisposition", declared.write_disposition),
        ("upstream", [str(one) for one in declared.upstream]),
        ("sharedWith", list(declared.share_with)),
    ):
        if value:
            yield {"property": name, "value": value}


def _plain(value: Any) -> Any:
    """The same of the types that JSON has, dates as texts: what the standard's schemas take."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | frozenset | set):
        return [_plain(one) for one in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
