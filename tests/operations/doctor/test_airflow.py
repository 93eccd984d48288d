"""Whether the Airflow of a process keeps a changed DAG at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.operations.doctor.airflow import KEY, examine_airflow

VARIABLE = "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL"


@pytest.mark.parametrize(
    ("variables", "verdict", "says"),
    [
        ({VARIABLE: "0"}, "ok", "is 0: a changed DAG is kept at once"),
        ({VARIABLE: " 0 # at once"}, "ok", "is 0:"),
        ({VARIABLE: "5"}, "warning", "is 5 s: for so long a changed DAG may have its new"),
        ({VARIABLE: "soon"}, "warning", "is 'soon', and not a number of seconds"),
        ({"AIRFLOW__CORE__EXECUTOR": "LocalExecutor"}, "warning", "is 30 s, as Airflow has it by"),
    ],
)
def test_its_variable_says_so(
    variables: dict[str, str], verdict: str, says: str, tmp_path: Path
) -> None:
    (found,) = examine_airflow({"AIRFLOW_HOME": str(tmp_path), **variables})
    assert (found.subject, found.layer, found.verdict) == ("airflow", "settings", verdict)
    assert says in found.says
    assert (f"set {VARIABLE}=0 for the DAG processor" in found.cause) is (verdict != "ok")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (f"[core]\n{KEY} = 0\n", "ok"),
        (f"[core]\n{KEY} = 10\n", "warning"),
        ("[core]\n# nothing is set\n", "warning"),
        ("not a configuration", "warning"),
    ],
)
def test_its_file_says_so_where_no_variable_does(text: str, verdict: str, tmp_path: Path) -> None:
    (tmp_path / "airflow.cfg").write_text(text)
    home = {"AIRFLOW_HOME": str(tmp_path)}
    assert [one.verdict for one in examine_airflow(home)] == [verdict]
    assert [one.verdict for one in examine_airflow({**home, VARIABLE: "0"})] == ["ok"]


def test_where_there_is_no_airflow_nothing_is_said(tmp_path: Path) -> None:
    assert list(examine_airflow({"AIRFLOW_HOME": str(tmp_path)})) == []
