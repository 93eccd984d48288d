"""A recipe is a file of two YAML documents: what it needs, and the spec with words to fill in."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from medallion.errors import SetupError
from medallion.model import SpecModel

FOLDER = Path(__file__).parent
_WORD = re.compile(r"\$\{([a-z_]+)\}")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._,-]*")
"""What fills in a word: it can end no string of YAML, and lead to no other path of an API."""
_TODAY = "today"


class Word(SpecModel):
    """A word that whoever uses the recipe fills in."""

    about: str = Field(min_length=1)
    example: str = Field(pattern=_PLAIN.pattern)


class RecipeConnection(SpecModel):
    """The Airflow connection: what to put where. No field holds a secret."""

    conn_id: str
    host: str
    login: str = ""
    """What its login is, in words."""
    password: str = ""
    """What its password is, in words."""
    extra: dict[str, Any] = {}


class Recipe(SpecModel):
    """The first document of a recipe's file."""

    title: str
    api: str
    documentation: list[str]
    """Addresses of the API's own documentation that the recipe follows."""
    connection: RecipeConnection
    words: dict[str, Word]
    notes: list[str] = []


@cache
def recipe_names() -> tuple[str, ...]:
    """The names of the recipes, sorted.

    >>> "github" in recipe_names()
    True
    """
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


@cache
def read_recipe(name: str) -> tuple[Recipe, str]:
    """What a recipe needs, and its spec as it is written, comments and words included.

    Raises:
        SetupError: there is no recipe of that name.
    """
    if name not in recipe_names():
        raise SetupError(
            f"there is no recipe {name!r}",
            remedy=f"those that there are: {', '.join(recipe_names())}",
        )
    head, _, spec = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").partition("\n---\n")
    return Recipe.model_validate(yaml.safe_load(head)), spec


def fill_recipe(name: str, given: Mapping[str, str], today: date) -> str:
    """The recipe's spec with its words filled in.

    Args:
        given: a text for each of the recipe's words.
        today: where the pipeline starts.

    Raises:
        SetupError: there is no such recipe; a word is missing, unknown, or cannot be written into
            a spec.
    """
    recipe, spec = read_recipe(name)
    _hold_words(name, recipe, given)
    values = {**given, _TODAY: today.isoformat()}
    return _WORD.sub(lambda found: values[found.group(1)], spec)


def connection_command(name: str, given: Mapping[str, str]) -> str:
    """The command that makes the recipe's connection; where a secret goes, there is a word in its
    place.

    >>> connection_command("github", {"owner": "apache", "repository": "airflow"})[:67]
    'airflow connections add github_api --conn-type http --conn-host htt'
    """
    connection = read_recipe(name)[0].connection
    filled = connection.model_dump_json()
    found = json.loads(_WORD.sub(lambda word: given[word.group(1)], filled))
    command = ["airflow", "connections", "add", found["conn_id"], "--conn-type", "http"]
    command += ["--conn-host", found["host"]]
    for field in ("login", "password"):
        command += [f"--conn-{field}", field.upper()] if found[field] else []
    command += ["--conn-extra", json.dumps(found["extra"])] if found["extra"] else []
    return shlex.join(command)


def _hold_words(name: str, recipe: Recipe, given: Mapping[str, str]) -> None:
    needed = [f"{word} ({said.about}, as {said.example})" for word, said in recipe.words.items()]
    remedy = f"the words of {name}: {'; '.join(needed) or 'none'}"
    if unknown := [word for word in given if word not in recipe.words]:
        raise SetupError(f"{name} has no word {unknown[0]!r}", remedy=remedy)
    if missing := [word for word in recipe.words if word not in given]:
        raise SetupError(
            f"{name} needs {' and '.join(missing)}", remedy=f"--set {missing[0]}=…; {remedy}"
        )
    for word, value in given.items():
        if not _PLAIN.fullmatch(value):
            raise SetupError(
                f"{word}: {value!r} cannot be written into a spec",
                remedy="use letters, digits, dots, commas, hyphens and underscores",
            )
