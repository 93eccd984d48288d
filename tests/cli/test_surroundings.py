"""Whose connections a command has: the local stack's, or those of whoever names a warehouse."""

from __future__ import annotations

import pytest

from medallion.cli import surroundings
from medallion.cli.arguments import uses_local_stack


@pytest.mark.parametrize(
    "variable",
    [
        "MEDALLION_WAREHOUSE_URL",
        "AIRFLOW__SECRETS__BACKEND",
        "AIRFLOW__WORKERS__SECRETS_BACKEND",
    ],
)
def test_another_warehouse_has_connections_of_its_own(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MEDALLION_WAREHOUSE_URL", "AIRFLOW__SECRETS__BACKEND",
                 "AIRFLOW__WORKERS__SECRETS_BACKEND"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    assert uses_local_stack()
    entered: list[object] = []
    monkeypatch.setattr(surroundings, "prepare", lambda paths: paths)
    monkeypatch.setattr(surroundings, "enter_stack", entered.append)
    monkeypatch.setattr(surroundings, "quiet_surroundings", lambda: "where")
    assert (surroundings.stack_surroundings(), len(entered)) == ("where", 1)
    monkeypatch.setenv(variable, "postgresql://db/warehouse")
    assert (surroundings.stack_surroundings(), len(entered)) == ("where", 1)
