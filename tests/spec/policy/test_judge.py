"""What an expression is tried on has the keys that a real table has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from medallion.spec.files.access import load_access
from medallion.spec.load.specs import load_all
from medallion.spec.models.policy import PolicyRule
from medallion.spec.policy.judge import sample_for
from medallion.spec.policy.subject import document_of, subjects_of
from medallion.spec.rules.context import RuleContext
from medallion.spec.sql.reader import sql_reader


def test_the_made_up_table_has_the_keys_of_a_real_one(project_root: Path) -> None:
    spec = load_all(project_root, sql_reader(project_root)).specs[0]
    context = RuleContext(
        dag_id=spec.dag_id,
        spec=spec.spec,
        domain=spec.domain,
        access=load_access(project_root),
        root=project_root,
        queries=spec.queries,
    )
    tried = sample_for(PolicyRule(expression="true", message="x", for_each="table"))
    for subject in subjects_of(context):
        assert _shape(document_of(subject)) == _shape(tried)


def _shape(value: Any) -> Any:
    """Its keys, and the types of its values; of lists that of what they hold, where known."""
    if isinstance(value, dict):
        return {key: _shape(one) for key, one in value.items()}
    return type(value)
