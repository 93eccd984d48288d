"""From what Superset's API answers to typed objects, and back where they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medallion.bi.superset.objects import (
    AssetKind,
    ChartData,
    Role,
    RowRule,
    SupersetObject,
    User,
)


def object_of(kind: AssetKind, row: Mapping[str, Any]) -> SupersetObject:
    """A row of a list, or the `result` of a question for one object."""
    database = row.get("database")
    return SupersetObject(
        kind=kind,
        id=int(row["id"]),
        uuid=str(row.get("uuid") or "").lower(),
        name=str(row.get(kind.api.name_field) or ""),
        slug=str(row.get("slug") or ""),
        schema=str(row.get("schema") or "") if kind.api.has_schema else "",
        database_id=database.get("id") if isinstance(database, dict) else None,
        dataset_id=row.get("datasource_id"),
        changed_on=str(row.get("changed_on_utc") or row.get("changed_on") or ""),
    )


def role_of(row: Mapping[str, Any]) -> Role:
    """A row of the list of roles."""
    return Role(id=int(row["id"]), name=str(row.get("name") or ""))


def user_of(row: Mapping[str, Any]) -> User:
    """A row of the list of users. Without `active` he does not count as one who may log in."""
    return User(
        id=int(row["id"]),
        username=str(row.get("username") or ""),
        email=str(row.get("email") or ""),
        is_active=bool(row.get("active")),
    )


def row_rule_of(row: Mapping[str, Any]) -> RowRule:
    """A row of the list of rules."""
    return RowRule(
        id=int(row["id"]),
        name=str(row.get("name") or ""),
        clause=str(row.get("clause") or ""),
        dataset_ids=_ids(row.get("tables")),
        role_ids=_ids(row.get("roles")),
        group_key=str(row.get("group_key") or ""),
        description=str(row.get("description") or ""),
        filter_type="Base" if row.get("filter_type") == "Base" else "Regular",
    )


def row_rule_fields(rule: RowRule) -> dict[str, object]:
    """The body by which a rule is made or changed: ids in lists, as the API wants them."""
    return {
        "name": rule.name,
        "description": rule.description,
        "filter_type": rule.filter_type,
        "tables": list(rule.dataset_ids),
        "roles": list(rule.role_ids),
        "group_key": rule.group_key,
        "clause": rule.clause,
    }


def chart_data_of(answer: Mapping[str, Any]) -> tuple[ChartData, ...]:
    """The answer to a question for a chart's data."""
    results = answer.get("result")
    return tuple(
        ChartData(
            columns=tuple(map(str, one.get("colnames") or ())),
            rows=tuple(one.get("data") or ()),
            is_cached=bool(one.get("is_cached")),
            cached_at=str(one.get("cached_dttm") or ""),
            query=str(one.get("query") or ""),
        )
        for one in (results if isinstance(results, list) else ())
    )


def _ids(rows: object) -> tuple[int, ...]:
    found = rows if isinstance(rows, list) else []
    return tuple(sorted(int(row["id"]) for row in found if isinstance(row, dict)))
