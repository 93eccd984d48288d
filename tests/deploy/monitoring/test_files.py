"""The files of deploy/monitoring: what promtool and amtool find of them, and what Grafana needs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from tests.deploy.monitoring.dashboards import MONITORING, dashboards, mapping_path, queries

from medallion.monitoring.families import FAMILIES, Kind

promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="no promtool here: Debian's package is prometheus"
)
UNITS = {"short", "s", "bytes", "Bps", "ops", "percentunit"}
POSTGRES = re.compile(r"pg_(up|stat_activity|stat_database|settings|database_size|locks)")

SHARK_RULE = """
      - alert: SharkSeen
        expr: medallion_sharks > 0
        labels: {severity: page}
"""
SHARK_CASE = """
  - name: sharks
    interval: 1m
    input_series:
      - {series: medallion_sharks, values: 0 1}
    alert_rule_test:
      - {alertname: SharkSeen, eval_time: 0m, exp_alerts: []}
      - {alertname: SharkSeen, eval_time: 1m, exp_alerts: [{exp_labels: {severity: page}}]}
"""


def checked(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def alerts_without_a_case(rules: str, cases: str) -> set[str]:
    tried = re.findall(r"alertname: (\w+)", cases)
    return set(re.findall(r"alert: (\w+)", rules)).symmetric_difference(tried)


@promtool
def test_each_alert_fires_and_is_silent_as_it_should(tmp_path: Path) -> None:
    rules = MONITORING / "rules" / "medallion.yml"
    text = (Path(__file__).parent / "rules_test.yml").read_text()
    test = tmp_path / "rules_test.yml"
    test.write_text(text.replace("RULES", str(rules)))
    checked("promtool", "check", "rules", str(rules))
    checked("promtool", "test", "rules", str(test))
    assert alerts_without_a_case(rules.read_text(), text) == set()


@promtool
def test_an_alert_is_a_rule_and_its_case(tmp_path: Path) -> None:
    rules = tmp_path / "medallion.yml"
    rules.write_text((MONITORING / "rules" / "medallion.yml").read_text() + SHARK_RULE)
    cases = (Path(__file__).parent / "rules_test.yml").read_text()
    assert alerts_without_a_case(rules.read_text(), cases) == {"SharkSeen"}
    test = tmp_path / "rules_test.yml"
    test.write_text((cases + SHARK_CASE).replace("RULES", str(rules)))
    assert alerts_without_a_case(rules.read_text(), test.read_text()) == set()
    checked("promtool", "test", "rules", str(test))


@promtool
def test_prometheus_takes_its_configuration(tmp_path: Path) -> None:
    shutil.copytree(MONITORING / "rules", tmp_path / "rules")
    token = tmp_path / "token"
    token.touch()
    text = (MONITORING / "prometheus.yml").read_text()
    path = tmp_path / "prometheus.yml"
    path.write_text(text.replace("/run/secrets/metrics.token", str(token)))
    assert "1 rule files found" in checked("promtool", "check", "config", str(path))


@pytest.mark.skipif(
    shutil.which("amtool") is None,
    reason="no amtool here: Debian's package is prometheus-alertmanager",
)
def test_alertmanager_takes_its_example() -> None:
    checked("amtool", "check-config", str(MONITORING / "alertmanager.yml"))


@pytest.mark.parametrize("name", sorted(dashboards()))
def test_a_dashboard_is_one_screen_with_titles_and_units(name: str) -> None:
    board = dashboards()[name]
    assert board["uid"] == f"medallion-{name}"
    assert board["title"].startswith("Medallion: ")
    panels = board["panels"]
    places = [panel["gridPos"] for panel in panels]
    assert max(place["y"] + place["h"] for place in places) <= 20  # what 1080 lines show
    assert max(place["x"] + place["w"] for place in places) <= 24
    titles = [panel["title"] for panel in panels]
    assert len(set(titles)) == len(titles)
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, panel["title"]
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"prometheus"}


def test_dashboards_and_rules_ask_for_metrics_that_there_are() -> None:
    mapped = {one["name"] for one in yaml.safe_load(mapping_path().read_text())["mappings"]}
    known = {family.sample for family in FAMILIES} | mapped
    known |= {
        f"{family.name}{suffix}"
        for family in FAMILIES
        if family.kind is Kind.HISTOGRAM
        for suffix in ("_bucket", "_sum", "_count")
    }
    known |= {f"{name}_bucket" for name in mapped if name.endswith("_seconds")}
    rules = yaml.safe_load((MONITORING / "rules" / "medallion.yml").read_text())
    asked = {metric for query in queries() for metric in query.metrics}
    for group in rules["groups"]:
        for rule in group["rules"]:
            asked |= set(re.findall(r"\b(?:medallion|airflow|pg)_[a-z0-9_]+", rule["expr"]))
    assert {name for name in asked - known if not POSTGRES.match(name)} == set()


def test_what_is_not_mapped_is_dropped() -> None:
    """Else a name that holds a task would make a series for each task."""
    *mappings, last = yaml.safe_load(mapping_path().read_text())["mappings"]
    assert last == {"match": ".", "match_type": "regex", "action": "drop", "name": "dropped"}
    assert all("match_type" not in one for one in mappings)
