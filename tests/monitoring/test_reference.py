"""docs/monitoring.md is in step with the metrics and with the alert rules."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from medallion.monitoring.reference import with_reference


def test_the_page_lists_every_metric(project_root: Path) -> None:
    page = (project_root / "docs" / "monitoring.md").read_text(encoding="utf-8")
    assert page == with_reference(page), "run: python -m medallion.monitoring.reference"


def test_the_page_says_what_to_do_for_each_alert(project_root: Path) -> None:
    page = (project_root / "docs" / "monitoring.md").read_text(encoding="utf-8")
    rules = project_root / "deploy" / "monitoring" / "rules" / "medallion.yml"
    alerts = {
        rule["alert"]: rule
        for group in yaml.safe_load(rules.read_text())["groups"]
        for rule in group["rules"]
    }
    listed = re.findall(r'^\| <a id="(\w+)"></a>(\w+) \| (\w+) \| (.+) \|$', page, re.MULTILINE)
    assert [(name, severity) for _, name, severity, _ in listed] == [
        (name, rule["labels"]["severity"]) for name, rule in alerts.items()
    ]
    for anchor, name, _, _ in listed:
        assert alerts[name]["annotations"]["runbook"] == f"docs/monitoring.md#{anchor}"
