"""What the register says of a project, and what it says nobody has said."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from tests.docs.pages import Project, fenced

from medallion.roots import PROJECT_ROOT
from medallion.workbench.comparison.sides import read_side
from medallion.workbench.processing.activity import Activity, list_activities
from medallion.workbench.processing.text import write_csv, write_markdown, write_register_json

PAGE = PROJECT_ROOT / "docs" / "governance.md"
SHARED = "silver_shop.customers"
DOMAIN, SPEC = "specs/shop/domain.yaml", "specs/shop/customers.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The project of docs/governance.md, and a pipeline without personal data."""
    made = Project(root=tmp_path, url="")
    domain, spec = fenced(PAGE)[:2]
    made.write(DOMAIN, domain)
    made.write(SPEC, spec)
    made.write("include/sql/shop/by_country.sql", fenced(PAGE, "sql")[0])
    made.write("include/data/shop/customers.csv", fenced(PAGE, "csv")[0])
    made.write("specs/shop/rates.yaml", _RATES)
    return made


_RATES = """\
description: Rates.
datasets:
  rates:
    source: {type: file, path: include/data/shop/customers.csv}
    silver: {columns: {country: {type: text}}}
"""


def read(project: Project) -> list[Activity]:
    side = read_side(project.root)
    assert not side.refused, side.refused
    return list(list_activities(side))


def test_a_pipeline_with_personal_data_is_an_activity(project: Project) -> None:
    (one,) = read(project)
    assert (one.name, one.owner, one.missing) == ("shop.customers", "shop-data", ())
    assert one.kinds == ("birth date", "email", "made of personal data")
    assert [(c.table, c.column, c.protection) for c in one.columns] == [
        ("silver_shop.customers", "customer", "hashed"),
        ("silver_shop.customers", "born", "not kept"),
        ("gold_shop.by_country", "customers", "as in the tables before"),
    ]
    assert one.sources == ("file include/data/shop/customers.csv",)
    assert one.recipients == ("role bi_reader", "dashboard board (bi-team)", "The auditors")
    assert one.retention["silver_shop.customers"].startswith(
        "landings 400 days, quarantine 90 days"
    )
    assert one.security[:3] == (
        "1 column hashed",
        "1 column not kept",
        "hashes have a key that only Airflow's connection pii_default holds",
    )
    assert "Disks are encrypted" in one.security


def test_what_nobody_says_is_missing(project: Project) -> None:
    project.write(DOMAIN, "description: A shop.\n")
    (one,) = read(project)
    assert one.missing == (
        "the controller",
        "the controller's contact",
        "the purpose",
        "the legal basis",
        "whose data they are",
        "how long the landings of silver_shop.customers are kept",
    )
    assert "**Missing:** the controller; " in write_markdown([one])


def test_a_gold_table_of_another_domain_is_an_activity_of_its_own(project: Project) -> None:
    spec, key = (project.root / SPEC).read_text(), "primary_key: [customer]"
    project.write(SPEC, spec.replace(key, f"{key}\n      share_with: [news]"))
    project.write("include/sql/news/readers.sql", f"select customer as reader from {SHARED}")
    project.write("specs/news/letters.yaml", _LETTERS)
    names = [(one.name, [c.column for c in one.columns]) for one in read(project)]
    assert names[0] == ("news.letters", ["reader"])


_LETTERS = """\
description: Who gets letters.
gold:
  readers:
    description: Readers.
    sql: readers.sql
"""


def test_the_forms_say_the_same(project: Project) -> None:
    found = read(project)
    (row,) = csv.DictReader(io.StringIO(write_csv(found)))
    (entry,) = json.loads(write_register_json(found))["activities"]
    assert row["purpose"] == entry["purpose"] == "Deliver what customers order."
    assert row["legal basis"] == "contract"
    assert row["recipients"] == "; ".join(entry["recipients"])
    text = write_markdown(found)
    assert "| Purpose | Deliver what customers order. |" in text
    assert "| silver_shop.customers | customer | email | hashed |" in text


def test_what_people_write_is_no_formula_and_no_markup(project: Project) -> None:
    domain = (project.root / DOMAIN).read_text()
    hostile = "'=HYPERLINK(\"x\") | <script>alert(1)</script>'"
    project.write(DOMAIN, domain.replace("Deliver what customers order.", hostile))
    found = read(project)
    (row,) = csv.DictReader(io.StringIO(write_csv(found)))
    assert row["purpose"].startswith("'=HYPERLINK")
    text = write_markdown(found)
    assert "<script>" not in text and "\\| &lt;script>" in text
    image = "'![](https://elsewhere.example/seen.png) [more](javascript:run()) `|`'"
    project.write(DOMAIN, domain.replace("Deliver what customers order.", image))
    text = write_markdown(read(project))
    said = "!\\[](https://elsewhere.example/seen.png) \\[more](javascript:run()) \\`\\|\\`"
    assert f"| Purpose | {said} |" in text


def test_a_project_without_personal_data_has_an_empty_register(tmp_path: Path) -> None:
    project = Project(root=tmp_path, url="")
    project.write("specs/shop/rates.yaml", _RATES)
    assert read(project) == []
    assert "No pipeline holds personal data" in write_markdown([])
    assert json.loads(write_register_json([])) == {"activities": []}
