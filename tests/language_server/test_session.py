"""What an editor's view of a project holds besides what is wrong."""

from __future__ import annotations

from pathlib import Path

from medallion.language_server.session import Session


def test_what_the_policy_warns_of_is_shown_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "specs/shop").mkdir(parents=True)
    (tmp_path / "specs/shop/orders.yaml").write_text(
        "description: Orders.\n"
        "datasets:\n"
        "  orders:\n"
        "    source: {type: file, path: include/data/shop/orders.csv}\n"
        "    silver: {columns: {day: {type: date}}}\n"
    )
    (tmp_path / "specs/policy.yaml").write_text(
        "rules: {has-key: {require: primary_key, severity: warning}}\n"
    )
    session = Session(tmp_path)
    try:
        ((path, (found,)),) = session.look().items()
    finally:
        session.close()
    assert (path, found.line, found.level, found.rule) == (
        "specs/shop/orders.yaml", 3, "warning", "policy/has-key",
    )  # fmt: skip
