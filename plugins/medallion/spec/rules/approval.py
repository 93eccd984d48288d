"""Rules on publications that wait for a person."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.publish.declaration import ApprovalRequired
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.pipeline import GoldSpec, SilverSpec
from medallion.spec.rules.context import RuleContext


def breaking_change_approved(context: RuleContext) -> Iterator[Finding]:
    """Either the spec says what becomes of a breaking change, or a person does."""
    tables: list[tuple[KeyPath, SilverSpec | GoldSpec]] = [
        (("datasets", name, "silver"), dataset.silver)
        for name, dataset in context.spec.datasets.items()
    ]
    tables += [(("gold", name), gold) for name, gold in context.spec.gold.items()]
    for where, table in tables:
        approval = table.approval
        if approval is None or approval.required is not ApprovalRequired.BREAKING_CHANGE:
            continue
        if "breaking_change" in table.model_fields_set:
            yield Finding(
                where=(*where, "breaking_change"),
                problem=f"`breaking_change: {table.breaking_change}` and `approval: {{required: "
                "breaking_change}` both say what becomes of a breaking change",
                remedy="remove `breaking_change`: a person decides each time; or remove `approval`",
            )
