"""Each file of another tool becomes the specs, the SQL and the report that stand beside it.

A new case is a folder of `golden/` with an `input` (a file, or a folder of files), in the form that
the tool itself writes. Run with MEDALLION_WRITE_GOLDEN=1 to write what becomes of it, and read it
before it is committed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from medallion.errors import Issue, SetupError
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader
from medallion.workbench.imports.base.document import Document, read_document
from medallion.workbench.imports.base.outcome import Draft, NotMapped, Target
from medallion.workbench.imports.prove import prove
from medallion.workbench.imports.read import read_input
from medallion.workbench.imports.report import report
from medallion.workbench.imports.spec_yaml import draft_text
from medallion.workbench.imports.table import IMPORTERS, importer_of

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
SECRET = "s3cr3t-of-nobody"
WRONG: tuple[Any, ...] = (None, True, 7, "", "x y", [], ["x", 7, None], {}, {"x": {"y": [{}]}})


def input_of(case: Path) -> Path:
    return next(case.glob("input*"))


def judge(root: Path) -> Callable[[Draft], Sequence[Issue]]:
    """What `validate` says of a draft that is the project's only spec."""

    def issues_of(draft: Draft) -> Sequence[Issue]:
        (root / "specs/shop").mkdir(parents=True, exist_ok=True)
        (root / "specs/shop" / f"{draft.name}.yaml").write_text(draft_text(draft, "a trial"))
        sql = root / "include/sql/shop"
        sql.mkdir(parents=True, exist_ok=True)
        for name, text in draft.sql.items():
            (sql / name).write_text(text)
        issues = load_all(root, sql_reader(root)).issues
        (root / "specs/shop" / f"{draft.name}.yaml").unlink()
        return issues

    return issues_of


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_input_becomes_its_specs_and_the_list_of_what_is_in_none(
    case: Path, tmp_path: Path
) -> None:
    issues_of = judge(tmp_path)
    found = read_input(input_of(case), Target(domain="shop"), IMPORTERS, issues_of)
    assert [i for one in found.drafts for i in issues_of(one) if i.level == "error"] == []
    made = {
        **{f"{one.name}.yaml": draft_text(one, found.origin) for one in found.drafts},
        **{name: text for one in found.drafts for name, text in one.sql.items()},
        "report.txt": report(found.drafts, found.not_mapped, "shop"),
    }
    golden = case / "expected"
    if os.environ.get("MEDALLION_WRITE_GOLDEN"):
        golden.mkdir(exist_ok=True)
        for file in golden.iterdir():
            file.unlink()
        for name, text in made.items():
            (golden / name).write_text(text, encoding="utf-8")
    assert made == {file.name: file.read_text(encoding="utf-8") for file in golden.iterdir()}
    assert SECRET not in "".join(made.values())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_value_of_another_kind_anywhere_is_reported_and_breaks_nothing(case: Path) -> None:
    document = read_document(input_of(case))
    for number, changed in enumerate(changes(document.data)):
        if number % 5:  # all of them take a minute
            continue
        twisted = replace(document, data=changed)
        try:
            importer_of(twisted, "", IMPORTERS).read(twisted, Target(domain="shop"))
        except SetupError:
            continue


def changes(value: Any) -> Iterator[Any]:
    """The value with one of the values in it replaced, one after the other."""
    if isinstance(value, dict):
        for number, (key, inner) in enumerate(value.items()):
            yield {**value, key: WRONG[number % len(WRONG)]}
            yield from ({**value, key: one} for one in changes(inner))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            others = WRONG[at % len(WRONG)]
            yield [*value[:at], others, *value[at + 1 :]]
            yield from ([*value[:at], one, *value[at + 1 :]] for one in changes(inner))


def test_what_no_rule_accepts_is_taken_out_and_reported(tmp_path: Path) -> None:
    draft = Draft(
        name="orders",
        said={
            "description": "Orders.",
            "schedule": "@sometimes",
            "datasets": {
                "orders": {
                    "source": {"type": "file", "path": "include/data/shop/orders.csv"},
                    "silver": {
                        "primary_key": ["id"],
                        "columns": {"id": {"type": "bigint"}, "at": {"type": "geometry"}},
                        "checks": [{"uniqe": {"column": "id"}}, {"not_null": {"column": "id"}}],
                    },
                }
            },
        },
        guesses={("datasets", "orders", "silver", "columns", "at"): ("a guess",)},
    )
    kept, refused = prove(draft, judge(tmp_path))
    silver = kept.said["datasets"]["orders"]["silver"]
    assert (silver["columns"], silver["checks"]) == (
        {"id": {"type": "bigint"}}, [{"not_null": {"column": "id"}}],
    )  # fmt: skip
    assert kept.guesses == {}
    assert [one.place for one in refused] == [
        "the spec's schedule",
        "the spec's datasets.orders.silver.columns.at",
        "the spec's datasets.orders.silver.checks[0]",
    ]


def test_what_the_policy_asks_for_is_left_to_the_author() -> None:
    draft = Draft(name="orders", said={"description": "", "datasets": {"orders": {}}})
    asked = Issue(path="", key="datasets.orders.description", rule="policy/described", problem="no")
    kept, refused = prove(draft, lambda _: [asked])
    assert (kept, refused) == (draft, ())


def test_a_file_of_no_kind_is_refused_with_the_kinds_there_are(tmp_path: Path) -> None:
    document = Document(path=tmp_path / "other.yaml", data={"hello": "world"})
    with pytest.raises(SetupError, match=r"other.yaml is none of: .*dlt.*ODCS") as refused:
        importer_of(document, "", IMPORTERS)
    assert "docs/import.md" in refused.value.remedy
    with pytest.raises(SetupError, match="dbtt is not a kind of input: did you mean dbt"):
        importer_of(document, "dbtt", IMPORTERS)


def test_a_reference_out_of_the_document_is_not_followed(tmp_path: Path) -> None:
    answer = {"200": {"content": {"application/json": {"schema": {"$ref": "file:///etc/passwd"}}}}}
    data = {"openapi": "3.0.0", "paths": {"/a": {"get": {"responses": answer}}}}
    document = Document(path=tmp_path / "a.yaml", data=data)
    with pytest.raises(SetupError, match="no operation of the document") as refused:
        importer_of(document, "", IMPORTERS).read(document, Target(domain="shop"))
    assert "out of the document is not followed" in refused.value.remedy


def _manifest(definitions: dict[str, Any], path: Path) -> Document:
    """Of a connector whose records have an id and a `tree`, which is the definition `first`."""
    tree = {"id": {"type": "integer"}, "tree": {"$ref": "#/definitions/first"}}
    requester = {"url_base": "https://api.example.com", "path": "/things"}
    stream = {
        "name": "things",
        "retriever": {"requester": requester},
        "schema_loader": {"type": "InlineSchemaLoader", "schema": {"properties": tree}},
    }
    parts = {"definitions": definitions, "streams": [stream]}
    return Document(path=path, data={"type": "DeclarativeSource", **parts})


def test_a_schema_that_refers_to_itself_ends(tmp_path: Path) -> None:
    """A tree has two branches, which are trees: each step down would double the schema."""
    branches = {key: {"$ref": "#/definitions/first"} for key in ("left", "right")}
    tree = {"first": {"type": "object", "properties": branches}}
    document = _manifest(tree, tmp_path / "manifest.yaml")
    read = importer_of(document, "", IMPORTERS).read(document, Target(domain="shop"))
    assert "{from: tree.left, type: json, nullable: true}" in draft_text(read.drafts[0], "a trial")


def test_references_that_double_what_they_name_are_followed_to_a_limit(tmp_path: Path) -> None:
    names = ["first", *(f"n{at}" for at in range(40))]
    double = {
        name: {"properties": {key: {"$ref": f"#/definitions/{below}"} for key in "xy"}}
        for name, below in zip(names, [*names[1:], "last"], strict=True)
    } | {"last": {"type": "string"}}
    document = _manifest(double, tmp_path / "manifest.yaml")
    read = importer_of(document, "", IMPORTERS).read(document, Target(domain="shop"))
    assert any("more than 20,000 parts" in one.why for one in read.not_mapped)


@pytest.mark.parametrize("opened", ["{{", "{#", "{{ config(", "{%"])
def test_jinja_that_never_ends_takes_no_time(opened: str, tmp_path: Path) -> None:
    (tmp_path / "m.sql").write_text(opened * 30_000)
    sql = {"operator": "x.SQLExecuteQueryOperator", "sql": f"select {opened * 30_000}"}
    for data in ({"version": 2, "models": [{"name": "m"}]}, {"dag": {"tasks": {"a": sql}}}):
        document = Document(path=tmp_path / "a.yaml", data=data)
        importer_of(document, "", IMPORTERS).read(document, Target(domain="shop"))


COMPUTED = """
config = {
    "client": {"base_url": environ["X"], "paginator": paging()},
    "resources": [
        {**usual, "name": NAME, "write_disposition": wanted, "columns": {**columns}},
        {"name": "b", "endpoint": {"method": "POST", "json": {"a": [one()], "b": two(), "c": 1}}},
    ],
}
"""


def test_what_python_computes_is_reported_wherever_it_stands(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(COMPUTED)
    found = read_input(tmp_path / "shop.py", Target(domain="shop"), IMPORTERS, lambda _: [])
    places = {one.place for one in found.not_mapped if "Python computes it" in one.why}
    assert places == {
        "client.base_url",
        "client.paginator",
        "resources[0].**usual",
        "resources[0].name",
        "resources[0].write_disposition",
        "resources[0].columns.**columns",
        "resources[1].endpoint.json.a[0]",
        "resources[1].endpoint.json.b",
    }
    datasets = found.drafts[0].said["datasets"]
    assert list(datasets) == ["resource_0", "b"]
    assert datasets["b"]["source"]["body"] == {"a": [], "c": 1}


def test_control_characters_of_an_input_reach_neither_a_terminal_nor_a_spec() -> None:
    draft = Draft(
        name="orders",
        said={"description": "Orders.", "datasets": {"orders": {}}},
        guesses={("description",): ("as \x1b[31mit says",)},
    )
    written = draft_text(draft, "a\nname: \x1b[31m.yaml, a kind")
    told = report([draft], [NotMapped(place="a.\x1b[32mb", why="no \r counterpart")], "shop")
    for text in (written, told):
        assert [one for one in text if not one.isprintable() and one != "\n"] == []
    assert "# Imported from a?name: ?[31m.yaml, a kind.\n" in written
