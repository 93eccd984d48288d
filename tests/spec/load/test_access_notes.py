"""What is allowed and does nothing, or more than was meant: with its line and a remedy."""

from __future__ import annotations

from pathlib import Path

from medallion.spec.load.access_notes import access_notes, share_with_notes
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

DOMAINS = ["finance", "shop"]


def test_entries_of_the_operators_file_that_mean_something_else(tmp_path: Path) -> None:
    specs, above = tmp_path / "specs", tmp_path.parent
    specs.mkdir()
    (specs / "access.yaml").write_text(
        "connections:\n"
        "  finanse: [bank]\n"
        "  shop: [erp, Medallion_Warehouse, medallion_warehouse_shop]\n"
        "files:\n"
        f"  shop: [include/data/finance, /mnt/exports, /mnt/*, {specs}, {above}]\n"
    )
    assert [
        (one.line, one.key, one.level, one.problem, one.remedy)
        for one in access_notes(tmp_path, DOMAINS)
    ] == [
        (2, "connections.finanse", "warning", "there is no domain finanse in specs/",
         "did you mean finance?"),
        *((3, f"connections.shop[{at}]", "warning",
           f"{name} is the warehouse itself, which no source reads", "remove it: no list allows it")
          for at, name in ((1, "Medallion_Warehouse"), (2, "medallion_warehouse_shop"))),
        (5, "files.shop[2]", "warning", "/mnt/* is a pattern, and allows nothing",
         "name each folder: all below it counts"),
        (5, "files.shop[3]", "warning", f"{specs} is of the platform itself, and stays closed",
         "remove it; data is in include/data/, or outside of the project"),
        (5, "files.shop[4]", "warning", f"{above} holds the project itself, and much else",
         "name the folder that is meant; the platform's own files stay closed in any case"),
    ]  # fmt: skip


def test_a_domain_that_is_not_there_or_the_own_one_is_shared_with(tmp_path: Path) -> None:
    (tmp_path / "specs/shop").mkdir(parents=True)
    (tmp_path / "specs/shop/orders.yaml").write_text(
        "description: Orders.\n"
        "datasets:\n"
        "  orders:\n"
        "    source: {type: file, path: include/data/shop/orders.csv}\n"
        "    silver:\n"
        "      share_with: [shop, finance, fianance]\n"
        "      columns: {day: {type: date}}\n"
        "  others:\n"
        "    source: {type: file, path: include/data/shop/others.csv}\n"
        "    silver: {share_with: public, columns: {day: {type: date}}}\n"
    )
    specs = load_all(tmp_path, sql_reader(tmp_path)).specs
    assert [(one.line, one.level, one.problem, one.remedy) for one in
            share_with_notes(specs, tmp_path, DOMAINS)] == [
        (6, "warning", "shop is the table's own domain, which may read it anyway", "remove it"),
        (6, "warning", "there is no domain fianance in specs/", "did you mean finance?"),
    ]  # fmt: skip
