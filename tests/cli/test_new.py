"""`new` as its user runs it: the spec that it writes, and what it says."""

from __future__ import annotations

import json
import os
from pathlib import Path
from unittest.mock import patch

import pytest

from medallion.cli.__main__ import main
from medallion.local.postgres import EmbeddedPostgres
from medallion.steps.parts import gathered_frames, landing_frames
from medallion.workbench.inference import sample

ORDERS = "N° commande;Date;Montant HT;Client;Courriel;Payé\n" + "".join(
    f"C{number:03};{number % 28 + 1:02}/01/2026;1 {number:03},50;{'ABC'[number % 3]};"
    f"c{number % 7}@example.org;{'oui' if number % 2 else 'non'}\n"
    for number in range(1, 61)
)
NAMES = ["Amélie", "Zoé", "Bob", "Cath. M", "Ørsta"]
BANK = "H20260105CLEARING\n" + "".join(f"{n:06}{NAMES[n % 5]:10}{n * 1250:07}\n" for n in range(60))
SPEC = """\
# yaml-language-server: $schema=../pipeline.schema.json
# Inferred from 60 records of include/data/shop/orders.csv.
# What was guessed is marked: decide, and remove the mark.
description: Orders.  # guess: say more
schedule: "@daily"
start_date: TODAY

datasets:
  orders:
    description: One row for each n commande.
    source:
      type: file
      path: include/data/shop/orders.csv
      delimiter: ;
      encoding: windows-1252
    bronze:
      checks:
        - row_count: {min_value: 1}
    silver:
      primary_key: [n_commande]
      columns:
        n_commande: {from: N° commande, type: text}
        date:       {from: Date, type: date, format: "%d/%m/%Y"}
        montant_ht:
          from: Montant HT
          type: "decimal(18,2)"
          clean: [{number: {decimal: ",", thousands: " "}}]
        client:     {from: Client, type: text}
        # guess: personal data: 100% of the values are e-mail addresses
        courriel:   {from: Courriel, type: text, classification: {pii: email, protect: mask}}
        paye:       {from: Payé, type: boolean, clean: [boolean]}
      checks:
        - between: {column: montant_ht, min_value: 0, max_value: 3000, on_failure: warn}
        - accepted_values: {column: client, values: [A, B, C], on_failure: warn}
"""


@pytest.fixture
def project(tmp_path: Path, embedded_postgres: EmbeddedPostgres) -> Path:
    """One whose local server is the tests', and a file as an office sends it."""
    (tmp_path / "specs").mkdir()
    data = tmp_path / "include/data/shop"
    data.mkdir(parents=True)
    (data / "orders.csv").write_bytes(ORDERS.encode("cp1252"))
    (tmp_path / ".medallion").mkdir()
    (tmp_path / ".medallion" / "postgres").symlink_to(embedded_postgres.root)
    return tmp_path


def test_a_spec_is_written_and_its_preview_passes(
    project: Path, warehouse_db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["new", "shop/orders", "include/data/shop/orders.csv", "--root", str(project)]
    with patch.dict(os.environ, {"MEDALLION_WAREHOUSE_URL": warehouse_db}):
        assert main(words) == 0, capsys.readouterr()
    shown = capsys.readouterr().out
    for expected in (
        "60 of 60 values read as a date as %d/%m/%Y",
        "primary key: n_commande",
        "60 rows read = 60 published + 0 quarantined + 0 duplicates + 0 discarded",
        "All of it would be published.",
    ):
        assert expected in shown
    written = (project / "specs/shop/orders.yaml").read_text(encoding="utf-8")
    dated = next(line for line in written.splitlines() if line.startswith("start_date: "))
    assert written.replace(dated, "start_date: TODAY") == SPEC
    assert main(words) == 1
    assert "specs/shop/orders.yaml is there already" in capsys.readouterr().err


def test_a_time_of_change_in_a_file_is_a_column_like_any_other(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only what is asked for records by a parameter or a query has a cursor."""
    text = "id;updated_at\n" + "".join(f"{n};2026-01-{n:02} 10:00:00\n" for n in range(1, 29))
    (project / "include/data/shop/a.csv").write_text(text)
    words = ["new", "shop/a", "include/data/shop/a.csv", "--print", "--root", str(project)]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "updated_at: {type: timestamp}" in shown
    assert "may grow with each change" not in shown


def test_which_lines_are_left_out_is_reported(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And not in the file alone: these records would not be published."""
    totals = "".join(f"{n};{n}\n" for n in range(1, 10)) + "Total;45\n10;10\nTotal;10\n"
    (project / "include/data/shop/sums.csv").write_text(f"Receipt;Amount\n{totals}")
    words = ["new", "shop/sums", "include/data/shop/sums.csv", "--no-preview"]
    assert main([*words, "--root", str(project)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "guess filter: lines that sum up others are not records. 2 lines such as" in shown


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["shop", "a.csv"], "'shop' is not <domain>/<pipeline>"),
        (["shop/a", "a.csv", "--timezone", "CEST"], "there is no time zone CEST"),
        (
            ["shop/x", "include/data/shop/a.dat"],
            "the format of include/data/shop/a.dat",
        ),
        (["shop/x", "include/data/shop/none.csv"], "none.csv"),
        (["shop/x", "/etc/passwd.csv"], "the domain shop may read"),
        (["shop/x", "include/data/shop/orders.csv", "--key", "client"], "client is not a key"),
    ],
)
def test_what_cannot_be_read_is_said(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], problem: str
) -> None:
    assert main(["new", *words, "--root", str(project)]) == 1
    assert problem in capsys.readouterr().err
    assert not (project / "specs/shop").exists()


def test_what_is_around_the_records_is_said_and_the_values_are_those_of_the_file(
    project: Path, warehouse_db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ORDERS.splitlines()
    office = ["Orders of the shop", "", *lines, f"Total;;{len(lines) - 1};;;"]
    (project / "include/data/shop/office.csv").write_text("\n".join(office), encoding="utf-8")
    words = ["new", "shop/office", "include/data/shop/office.csv", "--root", str(project)]
    with patch.dict(os.environ, {"MEDALLION_WAREHOUSE_URL": warehouse_db}):
        assert main(words) == 0, capsys.readouterr()
    written = (project / "specs/shop/office.yaml").read_text(encoding="utf-8")
    assert "      skip_rows: 2\n      footer: ^Total\n" in written
    shown = capsys.readouterr().out
    assert "60 rows read = 60 published + 0 quarantined" in shown


def test_fixed_width_and_xml_are_recognised(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = project / "include/data/shop"
    (data / "bank.txt").write_text(f"{BANK}T000060\n", encoding="cp1252")
    books = "".join(f"<b id='{n}'><t>a</t><t>b</t><price>{n}.50</price></b>" for n in range(60))
    (data / "books.xml").write_text(f"<books>{books}</books>")
    for name, expected in (
        (
            "bank.txt",
            """\
      type: file
      format: fixed_width
      path: include/data/shop/bank.txt
      # guess: where each column begins and ends, by what is blank or a digit in every line
      columns: {column_1: [1, 6], column_2: [7, 16], column_3: [17, 23]}
      skip_rows: 1
      skip_footer: 1
      encoding: windows-1252
""",
        ),
        (
            "books.xml",
            """\
      type: file
      format: xml
      path: include/data/shop/books.xml
      # guess: the outermost element that comes more than once
      record: /books/b
      lists: [t]
    bronze:
      checks:
        - row_count: {min_value: 1}
    silver:
      primary_key: [id]
      columns:
        id:    {from: "@id", type: bigint}
        t:     {type: "text[]"}
        price: {type: "decimal(18,2)"}
""",
        ),
    ):
        words = [f"include/data/shop/{name}", "--key", "", "--print", "--root", str(project)]
        assert main(["new", "shop/x", *words]) == 0
        assert expected in capsys.readouterr().out


ROWS = "".join(f"{number};Name {number % 7};{number},50\n" for number in range(1, 31))
SHAPES = {
    "bom": (
        {"bom.csv": "\ufeffid;name;amount\n" + ROWS}, "bom.csv", ["delimiter: ;"], "encoding"),
    "short rows": (
        {"short.csv": "id;name;note\n" + "".join(
            f"{number};Name {number % 7}{';seen' if number % 3 else ''}\n"
            for number in range(1, 31)
        )},
        "short.csv",
        ["delimiter: ;", "pad_short_rows: true", "note: {type: text, nullable: true}"],
        "fixed_width",
    ),
    "drifted": (
        {"a_2024.csv": "id;name;amount\n" + ROWS,
         "a_2025.csv": "id;colour;amount\n77;red;1,50\n"},
        "a_*.csv",
        ["union_by_name: true", "# guess: the files have",
         "colour: {type: text, nullable: true, optional: true}",
         "id:     {type: bigint}"],
        "must_be",
    ),
    "envelope": (
        {"films.json": '{"page": 1, "body": {"results": [{"id": 1, "title": "x"}, {"id": 2}]}}'},
        "films.json",
        ["records: body.results", "id:    {type: bigint}", "# guess: the longest list"],
        "single_record",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_everyday_shapes_need_no_flag(
    project: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    files, path, expected, never = SHAPES[name]
    for file, text in files.items():
        (project / "include/data/shop" / file).write_text(text, encoding="utf-8")
    words = ["new", "shop/x", f"include/data/shop/{path}", "--root", str(project)]
    assert main(words) == 0, capsys.readouterr()
    written = " ".join((project / "specs/shop/x.yaml").read_text(encoding="utf-8").split())
    assert [one for one in expected if " ".join(one.split()) not in written] == [], written
    assert never not in written


def test_a_folder_is_a_pattern_of_its_commonest_files(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = project / "include/data/shop/tills"
    (data / "2026").mkdir(parents=True)
    for number in range(3):
        (data / "2026" / f"day_{number}.csv").write_text("id;name\n" + f"{number};Ada\n" * 3)
    (data / "README.md").write_text("What the tills write.")
    (data / "totals.jsonl").write_text("{}")
    words = ["new", "shop/tills", "include/data/shop/tills/", "--root", str(project)]
    assert main([*words, "--print"]) == 0
    written = capsys.readouterr().out
    assert '      path: "include/data/shop/tills/**/*.csv"\n' in written
    assert "# guess: of the kinds of files in the folder the commonest\n" in written
    assert "# Inferred from 9 records of" in written
    (project / "include/data/shop/none").mkdir()
    assert main(["new", "shop/x", "include/data/shop/none", "--root", str(project)]) == 1
    assert "no file" in capsys.readouterr().err
    assert main(["new", "shop/x", "/etc", "--root", str(project)]) == 1
    assert "may read" in capsys.readouterr().err
    assert main(["new", "shop/x", "include/data/shop/till/", "--root", str(project)]) == 1
    assert "there is no folder include/data/shop/till/" in capsys.readouterr().err
    assert main(["new", "shop/x", "sftp://till.example/out/", "--root", str(project)]) == 1
    assert 'write a pattern: "sftp://till.example/out/*.csv"' in capsys.readouterr().err


def test_a_table_that_another_spec_publishes_is_not_written_again(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["include/data/shop/orders.csv", "--no-preview", "--root", str(project)]
    assert main(["new", "shop/orders", *words]) == 0
    for name in ("again", "zero"):  # the one sorts before what is there, the other after it
        assert main(["new", f"shop/{name}", *words, "--dataset", "orders"]) == 1
        shown = capsys.readouterr().err
        assert "silver_shop.orders is published by specs/shop/orders.yaml already" in shown
        assert not (project / f"specs/shop/{name}.yaml").exists()


def test_a_few_lines_without_delimiters_are_marked(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {
        "few.txt": "0001 Ada 12\n0002 Zoe 15\n0003 Bob 19\n",
        "prose.txt": "what\nis a line\nis another one\n",
    }
    written = {}
    for file, text in texts.items():
        (project / "include/data/shop" / file).write_text(text)
        words = [f"include/data/shop/{file}", "--print", "--root", str(project)]
        assert main(["new", "shop/x", *words]) == 0
        written[file] = " ".join(capsys.readouterr().out.replace("#", "").split())
    assert "format: fixed_width" in written["few.txt"]
    assert "of 3 lines some are so by chance" in written["few.txt"]
    assert "guess: no delimiter cuts its lines, so each is one value." in written["prose.txt"]


def test_long_records_are_looked_at_up_to_a_bound_and_it_is_said(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "ab" * 25_000
    for module in (landing_frames, gathered_frames, sample):
        monkeypatch.setattr(module, "MOST_BYTES", 1024 * 1024)
    data = project / "include/data/shop"
    (data / "notes.csv").write_text("id,note\n" + "".join(f"{n},{n}{long}\n" for n in range(60)))
    lines = (json.dumps({"id": n, "note": f"{n}{long}"}) for n in range(60))
    (data / "notes.jsonl").write_text("\n".join(lines))
    for name in ("notes.csv", "notes.jsonl"):
        words = [f"include/data/shop/{name}", "--print", "--root", str(project)]
        assert main(["new", "shop/notes", *words]) == 0
        written = " ".join(capsys.readouterr().out.split())
        assert "# Inferred from the first 20 records of include/data/shop/notes" in written
        assert "# inferred from the first 20 records: they are long, and 1 MiB are" in written
        assert "primary_key: [id]" in written
