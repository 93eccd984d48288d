"""docs/recipes.md: its table names the recipes that there are, with their words and connections."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from medallion.workbench.recipes.recipe import read_recipe, recipe_names

ROW = re.compile(r"^\| `(\w+)` \|.*?\| ([^|]*) \| `(\w+)`", re.MULTILINE)


@pytest.mark.parametrize("page", ["docs/recipes.md", "docs/fr/recipes.md"])
def test_each_recipe_has_its_row(project_root: Path, page: str) -> None:
    rows = ROW.findall((project_root / page).read_text(encoding="utf-8"))
    assert {name: (re.findall(r"`(\w+)`", words), conn_id) for name, words, conn_id in rows} == {
        name: (list(recipe.words), recipe.connection.conn_id)
        for name in recipe_names()
        for recipe in [read_recipe(name)[0]]
    }
