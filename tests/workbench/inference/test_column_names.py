"""One field, one name: whoever makes a column of it calls it the same."""

from __future__ import annotations

import pytest

from medallion.cleaning.declared.contract import new_columns
from medallion.workbench.inference.column_names import name_of, names_of


@pytest.mark.parametrize("field", ["releaseDate", "2024", "Prix (€)", "Œuvre", "ctid", "7 %", "ﬁn"])
def test_new_names_a_field_as_evolve_has_named_it(field: str) -> None:
    assert name_of(field) == next(iter(new_columns([field], [])))


def test_a_field_of_signs_alone_gets_a_word() -> None:
    assert names_of(["€", "%", "価格", "#"]) == ["eur", "percent", "column", "number"]
