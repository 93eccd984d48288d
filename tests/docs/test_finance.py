"""docs/finance.md leads to files that are there, and names the pipelines that there are."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import re
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from tests.docs.pages import Project, fenced
from tests.kafka_broker import Broker
from tests.steps.staged import query

from medallion.bank.__main__ import main
from medallion.operations.people.erase import erase_person
from medallion.operations.surroundings import Surroundings
from medallion.sources.base.source import ConnectionDetails
from medallion.warehouse.roles.reader_roles import ensure_roles


def test_the_page_leads_to_what_there_is(project_root: Path) -> None:
    page = project_root / "docs" / "finance.md"
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
    assert [link for link in links if not (page.parent / link).is_file()] == []
    pipelines = {path.stem for path in (project_root / "specs" / "finance").glob("*.yaml")}
    (drawn,) = fenced(page, "mermaid")
    assert set(re.findall(r"(?<![.\w])[a-z_]+(?= -->)|(?<=--> )\w+", drawn)) == (
        pipelines - {"domain"}
    )


def test_its_commands_are_understood(project_root: Path, tmp_path: Path) -> None:
    page = (project_root / "docs" / "finance.md").read_text()
    commands = re.findall(
        r"^python -m medallion\.bank (.*? files) \S+$|^python -m medallion\.bank (files) ",
        page,
        re.MULTILINE,
    )
    assert len(commands) == 2
    for words in commands:
        folder = str(tmp_path / "mailbox")
        assert main([*"".join(words).split(), folder]) == 0


def pay(number: int, amount: str, currency: str = "eur", **more: Any) -> dict[str, Any]:
    """A terminal's report."""
    body = {"id": f"p{number}", "merchant": " Café  de la Gare ", "country": "fr",
            "amount": amount, "currency": currency}  # fmt: skip
    return {
        "value": json.dumps(body).encode(),
        "key": b"4970 1000 0000 %04d" % (number % 2),
        "headers": [("terminal", b"t1")],
        "timestamp": 1767225600000 + number,
        **more,
    }


def test_the_stream_of_card_payments_is_read_and_counted(
    project_root: Path, kafka_broker: Broker, tmp_path: Path, warehouse_db: str, pg_url: str
) -> None:
    with psycopg.connect(pg_url, autocommit=True) as admin:
        ensure_roles(admin, ("reader_finance", "bi_reader"))
    project = Project(
        root=tmp_path,
        url=warehouse_db,
        connections={
            "cards_kafka": replace(kafka_broker.connection(), conn_id="cards_kafka"),
            "pii_default": ConnectionDetails(conn_id="pii_default", password="k" * 32),
        },
    )
    topic = kafka_broker.make_topic(2)
    for place in ("specs/finance/domain.yaml", "include/sql/finance/card_payments_by_hour.sql"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(project_root / place, tmp_path / place)
    spec = (project_root / "specs/finance/card_payments.yaml").read_text()
    project.write(
        "specs/finance/card_payments.yaml", spec.replace("topic: card-payments", f"topic: {topic}")
    )
    assert project.problems() == []
    reports = [pay(1, "12.50"), pay(2, "7.25"), pay(1, "12.50"), pay(3, "-1"), pay(4, "3", "?")]
    kafka_broker.write(topic, reports)
    project.run("finance.card_payments")
    kafka_broker.write(topic, [pay(5, "0.25"), UNREAD])
    project.run("finance.card_payments", 1)
    cards = query(warehouse_db, "SELECT DISTINCT card, merchant FROM silver_finance.card_payments")
    assert [merchant for _, merchant in cards] == ["Café de la Gare"] * 2
    assert "4970" not in str(cards)
    asked = (
        "SELECT country, currency, payments, cards, amount FROM gold_finance.card_payments_by_hour"
    )
    assert query(warehouse_db, asked) == [("FR", "EUR", 3, 2, Decimal("20.00"))]
    (found,) = query(
        warehouse_db, "SELECT count(*)::int FROM quarantine_silver_finance.card_payments"
    )
    assert found == (3,)
    erase_card(project)
    lake, unread = read_lake(tmp_path / "lake"), base64.b64encode(UNREAD["value"]).decode()
    assert CARD not in lake and unread not in lake
    assert CARD.replace("0001", "0000") in lake
    left = [("FR", "EUR", 1, 1, Decimal("7.25"))]
    assert query(warehouse_db, asked) == left
    kafka_broker.write(topic, [pay(7, "4")])
    project.run("finance.card_payments", 2)
    project.run("finance.card_payments", 1)  # read once more: the topic still has it
    assert query(warehouse_db, asked) == left
    lake = read_lake(tmp_path / "lake")
    assert CARD not in lake and unread not in lake
    assert query(
        warehouse_db, "SELECT reasons::text FROM quarantine_silver_finance.card_payments"
    ) == [("{matches_currency}",)]


CARD = "4970 1000 0000 0001"
UNREAD: dict[str, Any] = {"value": b"paid: " + CARD.encode(), "key": b"?"}


def erase_card(project: Project) -> None:
    """With all its messages, also the one that cannot be read."""
    where = Surroundings(
        project_root=project.root,
        lake_root=str(project.root / "lake"),
        warehouse_url=project.url,
        connection=project.connections.__getitem__,
        log=logging.getLogger("medallion.test"),
    )
    (erasure,) = erase_person(where, by="dpo", column="card", value=CARD, is_meant=True)
    assert (erasure.problems, erasure.counts["record"]) == ([], 5)


def read_lake(lake: Path) -> str:
    """All that was landed of the stream."""
    files = lake.rglob("*.jsonl.gz")
    return "\n".join(gzip.decompress(one.read_bytes()).decode() for one in files)
