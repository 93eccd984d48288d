"""Operators as a team would write them by hand, for the DAGs that Medallion is compared with."""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseOperator


class HandWrittenOperator(BaseOperator):
    """As many arguments as one of Medallion's steps, and an `execute` that does nothing."""

    ui_color = "#e8eef7"

    def __init__(self, *, table: str, detail: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.table = table
        self.detail = detail

    def execute(self, context: Any) -> None:
        """A task that costs what Airflow itself costs."""
