"""The contracts of the finance domain, as the project ships it, on its published tables."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict
from tests.bank.conftest import bank_database
from tests.bank.payments import publish_payment
from tests.bank.timeline import finance_domain
from tests.kafka_broker import Broker
from tests.steps.staged import query
from tests.workbench.contracts.live.test_datacontract import NOT_FOLLOWED, judge, rules_of

from medallion.cli.__main__ import main
from medallion.workbench.contracts.document import file_name

__all__ = ["bank_database"]

SHORT_OF = "warning"
"""What the tool says of a rule that only warns, and is not kept."""


def test_each_published_table_keeps_its_contract(
    bank_database,
    project_root: Path,
    kafka_broker: Broker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        bank_database() as url,
        bank_database() as core,
        finance_domain(tmp_path, project_root, url, core) as finance,
    ):
        finance.deliver()
        for day in range(3):
            finance.bank(day)
        finance.exchange(2)
        finance.gold("cinema.box_office", "finance.kpis", "finance.fraud", "finance.brand_spending")
        publish_payment(finance.project, kafka_broker)
        published = [
            f"{layer}_{domain}.{name}"
            for layer, domain, name in query(
                url, "SELECT layer, domain, table_name FROM medallion.publications WHERE is_current"
            )
        ]
        kept = {path.name for path in (project_root / "contracts").iterdir()}
        assert set(map(file_name, published)) == kept, "each contract of the project is judged"
        monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", url)
        login = conninfo_to_dict(url)
        server = f"{login['host']}:{login['port']}/{login['dbname']}"
        export = ["contract", "export", "--root", str(tmp_path), "--server", server]
        assert main([*export, *published]) == 0
        paths = sorted((tmp_path / "contracts").iterdir())
        warned = set(
            query(
                url,
                "SELECT layer || '_' || domain || '.' || table_name, check_id"
                " FROM medallion.gate_results WHERE status = 'warned'",
            )
        )
        compared = 0
        for path, found in zip(paths, judge(paths, url), strict=True):
            contract = yaml.safe_load(path.read_text(encoding="utf-8"))
            theirs = {(one["type"], one["field"]): one["result"] for one in found["checks"]}
            assert found["lint"] == "passed"
            for name, kind, column in rules_of(contract):
                verdict = SHORT_OF if (contract["id"], name) in warned else "passed"
                assert theirs.pop((kind, column)) == verdict, (path.name, name)
                compared += 1
            assert {kind for (kind, _), verdict in theirs.items() if verdict != "passed"} <= {
                NOT_FOLLOWED
            }, (path.name, theirs)
        assert compared > len(paths)
