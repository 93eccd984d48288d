"""The DAG's documentation: Markdown for Airflow's UI. No YAML dump: it would bloat every parse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from medallion.cleaning.declared.classification import describe_protection
from medallion.names import DagId, Layer
from medallion.plan.keeping import keepings
from medallion.spec.models.pipeline import DomainSpec, PipelineSpec
from medallion.spec.models.queries import GoldQuery


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
    for names in spec.publish_together:
        lines += ["", f"**Published together:** {', '.join(f'`{name}`' for name in names)}"]
    return "\n".join([*lines, *_personal(dag_id, spec), *_list_kept(dag_id, spec, domain)])


def _personal(dag_id: DagId, spec: PipelineSpec) -> list[str]:
    """Which columns hold personal data, and what is done with it."""
    rows = [
        f"| `silver_{dag_id.domain}.{name}` | `{column}` | {describe_protection(declared)} |"
        for name, dataset in spec.datasets.items()
        for column, declared in dataset.silver.columns.items()
        if declared.classification
    ]
    return ["", "| table | column | personal data |", "|---|---|---|", *rows] if rows else []


def _list_kept(dag_id: DagId, spec: PipelineSpec, domain: DomainSpec) -> Iterator[str]:
    """What bronze and quarantine keep, how long, for whom; nothing where the spec says nothing."""
    said = []
    for one in keepings(dag_id, spec, domain):
        dataset = spec.datasets.get(one.table.name)
        holds = dataset.bronze.description if dataset else ""
        if one.bronze or one.readers or one.quarantine or holds:
            said.append((one, holds))
    if not said:
        return
    yield from ("", "| behind | bronze holds | read by | bronze kept | quarantine kept |")
    yield "|---|---|---|---|---|"
    for one, holds in said:
        is_silver = one.table.layer is Layer.SILVER
        without = _WHILE_NEEDED if is_silver else "for ever"
        bronze = _days(one.bronze, without) if is_silver else "—"
        yield (
            f"| `{one.table.public}` | {_cell(holds)} | {_cell(', '.join(one.readers))} "
            f"| {bronze} | {_days(one.quarantine or one.bronze, without)} |"
        )


_WHILE_NEEDED = "while it is needed"
"""docs/retention.md says what for."""


def _days(age: timedelta | None, without: str) -> str:
    return f"{age.days} days" if age else without


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
