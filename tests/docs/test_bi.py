"""The examples of docs/bi.md are valid specs, and show each kind of chart."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent
from typing import get_args

from medallion.plan.make import make_plan
from medallion.spec.load.specs import load_all
from medallion.spec.models.bi_kinds import ChartKind
from medallion.spec.sql.reader import sql_reader


def test_the_examples_are_valid_and_show_every_kind_of_chart(
    project_root: Path, tmp_path: Path
) -> None:
    page = (project_root / "docs" / "bi.md").read_text(encoding="utf-8")
    section = page.partition("## Declare\n")[2].partition("\n## ")[0]
    (query,) = re.findall(r"```sql\n(.*?)```", section, re.DOTALL)
    spec, *charts = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    more = "".join(indent(text, " " * 6) for text in charts)
    written = f"{spec}  all:\n    title: All of them\n    charts:\n{more}"
    for name, text in (
        ("specs/shop/sales.yaml", written),
        ("include/sql/shop/sales.sql", query),
    ):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    report = load_all(tmp_path, sql_reader(tmp_path))
    assert report.issues == ()
    (loaded,) = report.specs
    shown = {chart.kind for chart in make_plan(loaded).dashboards[-1].charts}
    assert shown == set(get_args(ChartKind))
