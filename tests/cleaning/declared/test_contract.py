"""The names that a schema contract gives to new columns."""

from __future__ import annotations

import pytest

from medallion.cleaning.declared.contract import column_name, new_columns
from medallion.names import SYSTEM_COLUMNS


@pytest.mark.parametrize("field", [*sorted(SYSTEM_COLUMNS), "CTID"])
def test_a_field_with_the_name_of_a_system_column_gets_another(field: str) -> None:
    assert column_name(field) == f"{field.lower()}_field"
    assert list(new_columns([field], [])) == [f"{field.lower()}_field"]


def test_other_fields_keep_theirs() -> None:
    assert [column_name(name) for name in ("oid", "Prénom", "1st")] == ["oid", "prenom", "n_1st"]
