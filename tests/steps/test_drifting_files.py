"""Files of one pattern whose columns differ, and fields that had several names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.docs.pages import Project
from tests.steps.staged import query
from tests.steps.test_shaped_files import workbook

from medallion.errors import DataRejected, SourceRefused

COLUMNS: dict[str, Any] = {
    "id": {"from": ["Référence", "Ref"], "type": "bigint"},
    "amount": {"from": "Montant", "type": "decimal(9,2)"},
    "channel": {"from": "Canal", "type": "text", "nullable": True, "optional": True},
}
OLD = "Ref;Montant\n1;1.50\n2;x\n3;4;5\n"
NEW = "Canal;Montant;Référence\nweb;2.50;4\n;3.00;5\n6\n"


@pytest.fixture
def project(warehouse_db: str, tmp_path: Path) -> Project:
    return Project(root=tmp_path, url=warehouse_db)


def spec(
    project: Project,
    *,
    checked: bool = True,
    columns: dict[str, Any] = COLUMNS,
    contract: str = "",
    **said: Any,
) -> None:
    silver: dict[str, Any] = {"primary_key": ["id"], "columns": columns}
    if contract:
        silver["schema_contract"] = {"columns": contract}
    checks = [
        {"not_null": {"column": "Canal", "on_failure": "warn"}},
        {"unique": {"column": "Ref"}},
    ]
    source = {"type": "file", "path": "include/data/shop/o_*", **({"union_by_name": True} | said)}
    source = {key: value for key, value in source.items() if value is not False}
    dataset = {"description": "Orders.", "source": source, "silver": silver}
    if said.get("format") != "jsonl" and checked:
        dataset["bronze"] = {"checks": checks}
    text = yaml.safe_dump(
        {"description": "Orders.", "owner": "shop", "datasets": {"orders": dataset}},
        allow_unicode=True, sort_keys=False,
    )  # fmt: skip
    project.write("specs/shop/orders.yaml", text)
    assert project.problems() == []


PUBLISHED = [(1, "1.50", None), (4, "2.50", "web"), (5, "3.00", None)]


def published(project: Project) -> list[tuple[Any, ...]]:
    return query(
        project.url, "SELECT id, amount::text, channel FROM silver_shop.orders ORDER BY id"
    )


def test_each_file_is_read_by_its_own_header(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    project.write("include/data/shop/o_2024.csv", OLD)
    project.write("include/data/shop/o_2025.csv", NEW.encode("utf-8"))
    spec(project)
    results = project.run("shop.orders")
    assert published(project) == PUBLISHED
    found = query(project.url, "SELECT reasons, record FROM quarantine_silver_shop.orders")
    assert sorted(found) == [
        (
            ['amount: "x" is not a number with at most 7 digits before and 2 after the point'],
            {"Ref": "2", "Montant": "x"},
        ),
        (["line 4: it has 1 fields, the header has 3"], {"_line": 4, "_text": "6"}),
        (["line 4: it has 3 fields, the header has 2"], {"_line": 4, "_text": "3;4;5"}),
    ]
    assert results["orders.land"].details["drift"] == [
        {
            "files": ("include/data/shop/o_2024.csv",), "more_files": 0,
            "new": (), "missing": ("Canal", "Référence"),
        },
        {
            "files": ("include/data/shop/o_2025.csv",), "more_files": 0,
            "new": ("Canal", "Référence"), "missing": ("Ref",),
        },
    ]  # fmt: skip
    assert "o_2025.csv: new columns 'Canal', 'Référence'; without 'Ref'" in caplog.text
    for contract, outcome in (
        ("freeze", "'Farbe' (in include/data/shop/o_2026.csv)"),
        ("evolve", ""),
    ):
        project.write("include/data/shop/o_2026.csv", "Montant;Ref;Farbe\n9.00;9;rot\n")
        spec(project, contract=contract)
        if outcome:
            with pytest.raises(DataRejected) as refused:
                project.run("shop.orders", day=1)
            assert outcome in refused.value.problem
        else:
            project.run("shop.orders", day=2)
    colours = "SELECT id, farbe FROM silver_shop.orders WHERE id IN (1, 9) ORDER BY id"
    assert query(project.url, colours) == [(1, None), (9, "rot")]


def test_so_are_sheets_and_tables_of_any_shape(project: Project) -> None:
    project.write("include/data/shop/o_1.xlsx", workbook(["Ref", "Montant"], [1, 1.5], ["Total"]))
    later = workbook(["Canal", "Montant", "Référence"], ["web", 2.5, 4], [None, 3, 5], ["Total"])
    project.write("include/data/shop/o_2.xlsx", later)
    spec(project, format="excel", skip_footer=1)
    project.run("shop.orders")
    assert published(project) == PUBLISHED
    for name in ("o_1.xlsx", "o_2.xlsx"):
        (project.root / "include/data/shop" / name).unlink()
    project.write("include/data/shop/o_1.csv", "2024\n" + OLD.replace("2;x\n3;4;5\n", ""))
    project.write("include/data/shop/o_2.csv", "2025\n" + NEW.replace("6\n", ""))
    spec(project, skip_rows=1)
    project.run("shop.orders", day=1)
    assert published(project) == PUBLISHED


def test_json_records_have_each_their_own_names(project: Project) -> None:
    lines = '{"Ref": 1, "Montant": 1.5}\n{"Référence": 4, "Montant": 2.5, "Canal": "web"}\n'
    project.write("include/data/shop/o_1", lines + '{"Montant": 3, "Ref": null, "Référence": 5}\n')
    columns = {**COLUMNS, "channel": {**COLUMNS["channel"], "from": ["Kanal", "Canal"]}}
    spec(project, columns=columns, format="jsonl", union_by_name=False)
    project.run("shop.orders")
    assert published(project) == PUBLISHED


LAYOUTS = [
    {"header_has": ["Canal", "Référence"], "footer": "^Total"},
    {"header_has": ["Ref"], "delimiter": ",", "header_row": [3], "encoding": "windows-1252"},
]


def test_each_file_is_read_by_the_layout_that_its_header_has(project: Project) -> None:
    old = "Année\n\n" + OLD.replace(";", ",")
    project.write("include/data/shop/o_1.csv", old.encode("cp1252"))
    project.write("include/data/shop/o_2.csv", (NEW + "Total;;\n").encode("utf-16"))
    project.write("include/data/shop/o_3.csv", "Canal\tMontant\tRéférence\n'a\t9.00\t9\n")
    spec(project, layouts=LAYOUTS, union_by_name=False)
    results = project.run("shop.orders")
    assert published(project) == [*PUBLISHED, (9, "9.00", "'a")]
    found = "SELECT reasons FROM quarantine_silver_shop.orders ORDER BY reasons"
    assert [reasons for (reasons,) in query(project.url, found)] == [
        ['amount: "x" is not a number with at most 7 digits before and 2 after the point'],
        ["line 4: it has 1 fields, the header has 3"],
        ["line 6: it has 3 fields, the header has 2"],
    ]
    details = results["orders.land"].details
    assert [(one["layout"], one["delimiter"], one["encoding"]) for one in details["layouts"]] == [
        (2, ",", "windows-1252"),
        (1, ";", "utf-16"),
        (1, "\t", "utf-8"),
    ]
    assert details["drift"][1]["new"] == ("Canal", "Référence")
    project.write("include/data/shop/o_4.csv", "Canal;Référence;Montant;Farbe\n;1;2;3\n")
    with pytest.raises(SourceRefused) as refused:
        project.run("shop.orders", day=1)
    assert "o_4.csv is not laid out as include/data/shop/o_2.csv: its columns" in str(refused.value)
    spec(project, layouts=LAYOUTS, contract="freeze")
    with pytest.raises(DataRejected) as broken:
        project.run("shop.orders", day=2)
    assert "'Farbe' (in include/data/shop/o_4.csv)" in broken.value.problem
    project.write("include/data/shop/o_4.csv", "Kanal;N\n;1\n")
    with pytest.raises(SourceRefused) as refused:
        project.run("shop.orders", day=3)
    assert "layout 1 finds 'Kanal', 'N', without 'Canal', 'Référence'" in refused.value.problem


def test_so_are_sheets_of_several_layouts(project: Project) -> None:
    project.write("include/data/shop/o_1.xlsx", workbook(["Ref", "Montant"], [1, 1.5]))
    later = workbook(["2025"], ["Canal", "Montant", "Référence"], ["web", 2.5, 4], [None, 3, 5])
    project.write("include/data/shop/o_2.xlsx", later)
    layouts = [{"header_has": ["Ref"]}, {"header_has": ["Référence"], "skip_rows": 1}]
    spec(project, format="excel", layouts=layouts, union_by_name=False)
    project.run("shop.orders")
    assert published(project) == PUBLISHED


@pytest.mark.parametrize(
    ("old", "new", "said", "problem"),
    [
        (OLD, NEW, {"union_by_name": False}, "its columns: Canal, Montant, Référence; there: Ref"),
        (OLD, NEW.replace(";", ","), {}, "its delimiter: ,; there: ;"),
        (OLD, NEW.replace("Canal", "Ref"), {}, "from 'Référence' or 'Ref', and the header has"),
        (OLD, "Canal;Ref\nweb;1\n", {}, "the file has no column 'Montant'; its header is 'Canal'"),
        (OLD, "N;Montant\n1;1\n", {}, "the file has no column 'Référence' or 'Ref'; its header"),
    ],
)  # fmt: skip
def test_files_that_do_not_go_together_are_refused(
    project: Project, old: str, new: str, said: dict[str, Any], problem: str
) -> None:
    project.write("include/data/shop/o_1.csv", old)
    project.write("include/data/shop/o_2.csv", new)
    spec(project, checked=False, **said)
    with pytest.raises((SourceRefused, DataRejected)) as refused:
        project.run("shop.orders")
    assert problem in refused.value.problem
    assert "include/data/shop/o_2.csv" in str(refused.value)
