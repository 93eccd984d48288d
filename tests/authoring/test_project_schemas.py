"""JSON schemas with a project's own names: what they propose, and what they take."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.workbench.comparison.repository import PROJECT

from medallion.authoring.project_schemas import FOLDER, write_schemas
from medallion.authoring.schema_words import Schema
from medallion.cli.__main__ import main
from medallion.spec.yaml.loader import read_yaml
from medallion.workbench.comparison.sides import read_side


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("schemas") / "project"
    shutil.copytree(PROJECT, root)
    return root


def test_an_editor_is_given_the_names_of_the_project(project: Path) -> None:
    assert write_schemas(project, read_side(project))
    assert write_schemas(project, read_side(project)) == [], "nothing has changed"
    made = schema_of(project)
    jsonschema.Draft7Validator.check_schema(made)
    words = Schema(made)
    movies = ("datasets", "movies", "silver")
    assert "movie_id" in words.values((*movies, "primary_key", 0))
    assert "movie_id" in words.values((*movies, "checks", 0, "not_null", "column"))
    assert "brand" not in words.values((*movies, "primary_key", 0))
    assert "brand" in words.values(("gold", "brand_performance", "primary_key", 0))
    assert "brand_performance.sql" in words.values(("gold", "brand_performance", "sql"))
    assert "tmdb_default" in words.values(("datasets", "another", "source", "conn_id"))
    assert {"bi_reader", "reader_finance"} <= set(words.values((*movies, "grants", 0)))
    assert "public" in words.values((*movies, "share_with"))
    to = words.values((*movies, "checks", 0, "foreign_key", "to"))
    assert "silver_cinema.genres.genre_id" in to


def test_what_is_valid_is_valid_with_the_names_too(project: Path) -> None:
    write_schemas(project, read_side(project))
    made = schema_of(project)
    specs = [p for p in (project / "specs").glob("*/*.yaml") if p.name != "domain.yaml"]
    assert specs
    for path in specs:
        text = path.read_text(encoding="utf-8")
        for old, new in (("movie_id", "film_number"), ("tmdb_default", "another_one")):
            text = text.replace(old, new)  # names that nobody knows yet
        spec = json.loads(json.dumps(read_yaml(text.encode()), default=str))
        jsonschema.validate(spec, made)


def test_validate_keeps_them_where_they_are_used(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ["--root", str(project)]
    for path in (project / FOLDER).glob("*"):
        path.unlink()
    assert main(["validate", "--ci", *root]) == 0
    assert list((project / FOLDER).glob("*")) == [], "a CI needs none"
    assert main(["validate", *root]) == 0
    assert "movie_id" in (project / FOLDER / "pipeline.schema.json").read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["schemas", *root]) == 0
    assert capsys.readouterr().out == f"The schemas in {FOLDER}/ are as the project is.\n"


def schema_of(project: Path) -> dict[str, Any]:
    text = (project / FOLDER / "pipeline.schema.json").read_text(encoding="utf-8")
    made: dict[str, Any] = json.loads(text)
    return made
