"""The DAG's documentation: Markdown for Airflow's UI. No YAML dump: it would bloat every parse."""

from __future__ import annotations

from collections.abc import Mapping

from medallion.cleaning.classification import told
from medallion.names import DagId
from medallion.spec.models import DomainSpec, PipelineSpec
from medallion.spec.queries import GoldQuery


def document(
    dag_id: DagId, spec: PipelineSpec, domain: DomainSpec, queries: Mapping[str, GoldQuery]
) -> str:
    """Description, owner, contacts and tables, as Markdown."""
    lines = [spec.description.strip(), "", f"**Owner:** {spec.owner or domain.owner or '—'}"]
    if domain.contacts:
        lines.append(f"**Contacts:** {', '.join(domain.contacts)}")
    lines += ["", "| table | what it is | from |", "|---|---|---|"]
    for name, dataset in spec.datasets.items():
        lines.append(
            f"| `silver_{dag_id.domain}.{name}` | {_cell(dataset.description)} "
            f"| {dataset.source.type} ({dataset.silver.write_disposition}) |"
        )
    for name, gold in spec.gold.items():
        upstream = ", ".join(f"`{table}`" for table in queries[name].upstream)
        lines.append(f"| `gold_{dag_id.domain}.{name}` | {_cell(gold.description)} | {upstream} |")
    return "\n".join([*lines, *_personal(dag_id, spec)])


def _personal(dag_id: DagId, spec: PipelineSpec) -> list[str]:
    """Which columns hold personal data, and what is done with it."""
    rows = [
        f"| `silver_{dag_id.domain}.{name}` | `{column}` | {told(declared)} |"
        for name, dataset in spec.datasets.items()
        for column, declared in dataset.silver.columns.items()
        if declared.classification
    ]
    return ["", "| table | column | personal data |", "|---|---|---|", *rows] if rows else []


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
