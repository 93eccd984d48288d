"""What a contract promised and no longer does is breaking; what it promises besides is not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medallion.workbench.contracts.changes import (
    ContractChange,
    Level,
    compare_contracts,
    next_version,
)

Edit = Callable[[dict[str, Any]], object]
CONTRACT: dict[str, Any] = {
    "kind": "DataContract",
    "apiVersion": "v3.1.0",
    "id": "gold_shop.days",
    "version": "1.0.0",
    "tags": ["retail"],
    "schema": [
        {
            "name": "days",
            "properties": [
                {"name": "day", "physicalType": "date", "primaryKey": True,
                 "primaryKeyPosition": 1, "required": True},
                {"name": "shop", "physicalType": "integer", "primaryKey": True,
                 "primaryKeyPosition": 2},
                {"name": "takings", "physicalType": "numeric(10,2)", "required": True,
                 "quality": [
                     {"name": "between_takings", "type": "custom", "severity": "error",
                      "implementation": {"kwargs": {"min_value": 0}}},
                     {"name": "low_takings", "type": "text", "severity": "warning"},
                 ],
                 "customProperties": [{"property": "unit", "value": "EUR"}]},
                {"name": "buyer", "physicalType": "text",
                 "customProperties": [{"property": "personalData", "value": "hashed"}]},
            ],
            "quality": [{"name": "row_count", "metric": "rowCount", "mustBe": 3}],
        }
    ],
    "roles": [{"role": "bi_reader", "access": "read"}],
    "servers": [{"server": "warehouse", "host": "a"}],
    "slaProperties": [
        {"id": "error_after", "property": "latency", "value": 2, "unit": "d"},
        {"property": "frequency", "value": "@daily"},
    ],
}  # fmt: skip


def table(contract: dict[str, Any]) -> dict[str, Any]:
    return dict.__getitem__(contract, "schema")[0]  # type: ignore[no-any-return]


def column(contract: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in table(contract)["properties"] if one["name"] == name)


def rule(contract: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in column(contract, "takings")["quality"] if one["name"] == name)


BREAKING: dict[str, Edit] = {
    "a table is removed": lambda c: c["schema"].clear(),
    "a column is removed": lambda c: table(c)["properties"].pop(),
    "a type is another": lambda c: column(c, "day").update(physicalType="text"),
    "a type is narrower": lambda c: column(c, "takings").update(physicalType="numeric(9,2)"),
    "digits before the point": lambda c: column(c, "takings").update(physicalType="numeric(10,3)"),
    "a type is not said": lambda c: column(c, "day").pop("physicalType"),
    "a value may be missing": lambda c: column(c, "takings").pop("required"),
    "the key is another": lambda c: column(c, "shop").pop("primaryKey"),
    "the key has another order": lambda c: column(c, "shop").update(primaryKeyPosition=0),
    "the unit is another": lambda c: column(c, "takings")["customProperties"][0].update(value="k€"),
    "personal data are masked": lambda c: column(c, "buyer")["customProperties"][0].update(
        value="masked"
    ),
    "a rule is removed": lambda c: table(c)["quality"].clear(),
    "a rule is another": lambda c: table(c)["quality"][0].update(mustBe=4),
    "a rule only warns": lambda c: rule(c, "between_takings").update(severity="warning"),
    "a role may not read": lambda c: c["roles"].clear(),
    "it may be older": lambda c: c["slaProperties"][0].update(value=3),
    "its age is not limited": lambda c: c["slaProperties"].pop(0),
    "it comes at other times": lambda c: c["slaProperties"][1].update(value="@weekly"),
    "it is elsewhere": lambda c: c["servers"][0].update(host="b"),
}
COMPATIBLE: dict[str, Edit] = {
    "a column is added": lambda c: table(c)["properties"].append({"name": "new"}),
    "a type is wider": lambda c: column(c, "shop").update(physicalType="bigint"),
    "more digits": lambda c: column(c, "takings").update(physicalType="numeric(12,3)"),
    "a value is never missing": lambda c: column(c, "shop").update(required=True),
    "a rule is added": lambda c: table(c)["quality"].append({"name": "x", "type": "text"}),
    "a rule holds now": lambda c: rule(c, "low_takings").update(severity="error"),
    "a role may read": lambda c: c["roles"].append({"role": "x"}),
    "it is never so old": lambda c: c["slaProperties"][0].update(value=47, unit="h"),
    "a classification": lambda c: column(c, "shop").update(classification="personal"),
}
WORDING: dict[str, Edit] = {
    "a column is described": lambda c: column(c, "day").update(description="Of the till."),
    "a rule is described": lambda c: rule(c, "between_takings").update(description="No loss."),
    "a warning is removed": lambda c: column(c, "takings")["quality"].pop(),
    "it is described": lambda c: c.update(description={"purpose": "x"}),
    "tags": lambda c: c.update(tags=[]),
    "lineage": lambda c: column(c, "day").update(transformSourceObjects=["a.b.c"]),
}


def changes_after(edit: Edit) -> tuple[ContractChange, ...]:
    after = copy.deepcopy(CONTRACT)
    edit(after)
    return compare_contracts(CONTRACT, after)


@pytest.mark.parametrize(
    ("level", "name"),
    [
        *((Level.BREAKING, name) for name in BREAKING),
        *((Level.COMPATIBLE, name) for name in COMPATIBLE),
        *((Level.WORDING, name) for name in WORDING),
    ],
)
def test_a_change_has_its_level(level: Level, name: str) -> None:
    (change,) = changes_after({**BREAKING, **COMPATIBLE, **WORDING}[name])
    assert change.level is level, change
    assert change.place
    assert change.what


@pytest.mark.parametrize("name", [*BREAKING, *COMPATIBLE, *WORDING])
def test_nothing_changes_without_a_change(name: str) -> None:
    edit = {**BREAKING, **COMPATIBLE, **WORDING}[name]
    after = copy.deepcopy(CONTRACT)
    edit(after)
    assert compare_contracts(after, copy.deepcopy(after)) == ()


def test_a_version_counts_what_has_changed() -> None:
    for edits, version in ((BREAKING, "2.0.0"), (COMPATIBLE, "1.1.0"), (WORDING, "1.0.1")):
        for edit in edits.values():
            assert next_version("1.0.0", changes_after(edit)) == version


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from((*CONTRACT, "name", "properties", "quality", "primaryKeyPosition",
                         "primaryKey", "value", "unit", "customProperties", "property")),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(before=st.dictionaries(st.sampled_from(list(CONTRACT)), VALUES), after=VALUES)
def test_a_document_of_any_form_is_compared(before: dict[str, Any], after: object) -> None:
    said = after if isinstance(after, dict) else {"schema": after, "roles": after}
    for change in compare_contracts(before, said):
        assert change.what
    assert compare_contracts(before, before) == ()


@pytest.mark.parametrize(
    ("was", "now", "level"),
    [
        ("masked", "masked, in clear for fraud", Level.COMPATIBLE),
        ("masked, in clear for fraud", "masked, in clear for audit, fraud", Level.COMPATIBLE),
        ("masked, in clear for audit, fraud", "masked, in clear for fraud", Level.BREAKING),
        ("masked, in clear for fraud", "masked", Level.BREAKING),
        ("masked, in clear for fraud", "hashed", Level.BREAKING),
    ],
)
def test_a_role_that_reads_in_clear_takes_nothing_from_anybody(
    was: str, now: str, level: Level
) -> None:
    before, after = (copy.deepcopy(CONTRACT) for _ in range(2))
    for contract, said in ((before, was), (after, now)):
        value = f"Personal data (email): {said}."
        column(contract, "buyer")["customProperties"][0].update(value=value)
    (change,) = compare_contracts(before, after)
    assert change.level is level, change
