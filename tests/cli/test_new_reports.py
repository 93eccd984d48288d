"""Reports as accountants and statisticians send them, each loaded by the spec that `new` wrote
without a flag: what is published is what another reader finds in the file."""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from tests.cli.test_new_everyday import NAMES, Rows, Shape, csv_text, hold_published, one
from tests.cli.test_new_more_shapes import book, excel, project
from tests.docs.pages import Project

__all__ = ["project"]

FACTORS = {"k": 1000, "M": 1_000_000, "": 1}
MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
          "déc.")  # fmt: skip


def bracketed(n: int) -> str:
    text = f"{n * 137:,}.50".replace(",", " ")
    return f"({text})" if n % 3 == 0 else text


def lettered(n: int) -> str:
    return f"{n / 4:.2f}k" if n % 3 else f"{n}M" if n % 2 else f"{n}"


ACCOUNTS = csv_text(
    ("id", "result", "views", "at", "revenue"),
    [(n, bracketed(n), lettered(n), str((n / 8, -n)), f"{n},5 M€") for n in range(1, 41)],
    ";",
)


def accounts() -> Rows:
    rows: Rows = []
    for row in csv.DictReader(io.StringIO(ACCOUNTS), delimiter=";"):
        result = Decimal(row["result"].strip("()").replace(" ", ""))
        views = row["views"]
        letter = views[-1] if views[-1].isalpha() else ""
        millions = Decimal(row["revenue"].removesuffix(" M€").replace(",", "."))
        rows.append((
            int(row["id"]), -result if row["result"].startswith("(") else result,
            Decimal(views.rstrip("kM")) * FACTORS[letter],
            list(ast.literal_eval(row["at"])), millions * 1_000_000,
        ))  # fmt: skip
    return rows


MONTHLY = "Budget;2026-01-05;v 2" + ";" * 12 + "\n" + csv_text(
    ("service", *MONTHS, "Total", "note"),
    [(name, *range(n, n + 12), sum(range(n, n + 12)), "") for n, name in enumerate(NAMES)], ";",
)  # fmt: skip


def monthly() -> Rows:
    wide = pd.read_csv(io.StringIO(MONTHLY), sep=";", skiprows=1)
    long = wide.melt(["service", "Total", "note"], var_name="month")
    return [(s, m, v, t) for s, t, _, m, v in long.itertuples(index=False)]


DAILY = csv_text(
    ("country", *(f"{n}/22/20" for n in range(1, 10))),
    [(f"C{n}", *range(n, n + 9)) for n in range(1, 21)], ",",
)  # fmt: skip


def daily() -> Rows:
    long = pd.read_csv(io.StringIO(DAILY)).melt("country")
    return [
        (c, date(2020, int(d.split("/")[0]), 22), v) for c, d, v in long.itertuples(index=False)
    ]


GROUPS: list[list[Any]] = [
    ["", "2024", "", "", "2025", "", ""],
    ["", "H1", "", "H2", "H1", "", "H2"],
    ["shop", "paid", "cash", "paid", "paid", "cash", "paid"],
    *([f"S{n}", *range(n, n + 6)] for n in range(1, 21)),
]
OF_GROUPS = (
    "shop, n_2024_h1_paid, n_2024_h1_cash, n_2024_h2_paid, n_2025_h1_paid, n_2025_h1_cash, "
    "n_2025_h2_paid"
)


def grouped(frame: pd.DataFrame) -> Rows:
    return [tuple(row) for row in frame.itertuples(index=False)]


def group_rows(rows: Iterable[Iterable[Any]]) -> str:
    return csv_text(None, [[str(one) for one in row] for row in rows], ",")


REPORTS = {
    "accounts": Shape(
        one(ACCOUNTS), "id, result, views, at, revenue", accounts,
        says=("brackets: true", "suffixes: {M: 1000000, k: 1000}", "format: python",
              "suffixes: {M€: 1000000}"),
    ),
    "months under a full title": Shape(
        one(MONTHLY), "service, month, value, total", monthly,
        says=("skip_rows: 1", "name: month", "'Total' is of the whole line"),
    ),
    "days as columns": Shape(
        one(DAILY), "country, date, value", daily, says=("name: date", "format: \"%-m/%-d/%y\""),
    ),
    "three header rows": Shape(
        one(group_rows(GROUPS)), OF_GROUPS,
        lambda: grouped(pd.read_csv(io.StringIO(group_rows(GROUPS)), header=None, skiprows=3)),
        says=("header_row: [1, 2, 3]",),
    ),
    "a workbook with three header rows": excel(
        book(GROUPS), OF_GROUPS,
        lambda: grouped(pd.read_excel(io.BytesIO(book(GROUPS)), header=None, skiprows=3)),
        "header_row: [1, 2, 3]",
    ),
}  # fmt: skip


def test_reports_are_published_as_another_reader_reads_them(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    hold_published(project, REPORTS, capsys)
