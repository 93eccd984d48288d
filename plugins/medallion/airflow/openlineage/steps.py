"""What each kind of step reads and writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Any, TypeAlias

from airflow.providers.openlineage.extractors import OperatorLineage
from openlineage.client.facet_v2 import source_code_job, sql_job

from medallion.airflow.openlineage.dataset_names import Surroundings
from medallion.airflow.openlineage.facets import Described, Field, as_input, as_output
from medallion.catalogue.declared import Declared
from medallion.catalogue.declared_table import DeclaredColumn, DeclaredTable
from medallion.cleaning.declared.classification import is_protected, table_columns
from medallion.names import Layer, PublishedTable, TableName
from medallion.plan.model import (
    BuildStep,
    CleanStep,
    GateStep,
    LakeTableStep,
    LandStep,
    PublishStep,
    Step,
)
from medallion.sources.base.source import SourcePlace
from medallion.sql.result_columns import TableColumn
from medallion.steps.context import StepResult
from medallion.warehouse.catalogue.history import PublishedColumn
from medallion.warehouse.registry.gate_records import Verdict

Lineage: TypeAlias = OperatorLineage[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """What is known of a task as its event is made.

    Attributes:
        declared: the tables of all specs that run; what is not among them has a name alone.
        source: where a source's data are; of other steps None.
        lake_table: where a table of a lake is; of other steps None.
        result: of a task that is done.
        verdicts: of a gate.
        published: the columns of the table of a publication, as readers see them now.
    """

    around: Surroundings
    declared: Declared = field(default_factory=Declared)
    source: SourcePlace | None = None
    lake_table: SourcePlace | None = None
    result: StepResult | None = None
    verdicts: Sequence[Verdict] = ()
    published: Sequence[PublishedColumn] = ()

    def table(self, table: PublishedTable) -> DeclaredTable | None:
        """What its spec says of a table."""
        return self.declared.tables.get(table)

    @property
    def rows(self) -> int | None:
        """That the task has put out."""
        return self.result.rows_out if self.result else None

    def number(self, key: str) -> int | None:
        """A count among the details of the result."""
        said = self.result.details.get(key) if self.result else None
        return said if isinstance(said, int) and not isinstance(said, bool) else None


def join_lineage(steps: Sequence[Lineage]) -> Lineage:
    """The lineage of a task that has several steps: each dataset once. What one step writes and the
    next one reads is an output and an input, as a gate says of an input what it has found."""
    inputs: dict[tuple[str, str], Any] = {}
    outputs: dict[tuple[str, str], Any] = {}
    facets: dict[str, Any] = {}
    for step in steps:
        for one in step.inputs:
            inputs.setdefault((one.namespace, one.name), one)  # a gate's is the first
        for one in step.outputs:
            outputs[one.namespace, one.name] = one
        facets |= step.job_facets
    return Lineage(inputs=list(inputs.values()), outputs=list(outputs.values()), job_facets=facets)


class StepLineage:
    """The lineage of one task."""

    def __init__(self, facts: TaskFacts) -> None:
        """Say nothing yet."""
        self._facts = facts

    @singledispatchmethod
    def of(self, step: Step) -> Lineage:
        """What a step reads and writes."""
        raise NotImplementedError(type(step).__name__)

    @of.register
    def _(self, step: LandStep) -> Lineage:
        facts = self._facts
        source = facts.source or SourcePlace(namespace=step.source.type, name=step.source.type)
        fields = tuple(
            Field(name=name, made_of=((source, name),), is_copy=True)
            for name in self._record_fields(step.table)
        )
        landing = as_output(
            self._landing(step.table, fields),
            rows=facts.rows,
            size=facts.number("bytes"),
            files=facts.number("parts"),
        )
        return Lineage(inputs=[as_input(Described(place=source))], outputs=[landing])

    @of.register
    def _(self, step: GateStep) -> Lineage:
        """What it judges is its input: it writes nothing."""
        judged = (
            self._landing(step.table, self._list_fields(step.table))
            if step.layer is Layer.BRONZE
            else self._staging(step.table, self._columns(step.table))
        )
        return Lineage(inputs=[as_input(judged, self._facts.verdicts)])

    @of.register
    def _(self, step: CleanStep) -> Lineage:
        fields = tuple(self._clean_fields(step))
        looked_up = [self._table(one.table) for one in step.lookups]
        landing = self._landing(step.table, self._list_fields(step.table))
        code = step.custom.source if step.custom else ""
        return Lineage(
            inputs=[as_input(one) for one in (landing, *looked_up)],
            outputs=[as_output(self._staging(step.table, fields), rows=self._facts.rows)],
            job_facets=_python(code) if code else {},
        )

    @of.register
    def _(self, step: BuildStep) -> Lineage:
        staging = self._staging(step.table, self._columns(step.table))
        return Lineage(
            inputs=[as_input(self._table(one)) for one in step.upstream],
            outputs=[as_output(staging, rows=self._facts.rows)],
            job_facets={"sql": sql_job.SQLJobFacet(query=step.sql, dialect="postgres")},
        )

    @of.register
    def _(self, step: LakeTableStep) -> Lineage:
        """The table of the lake has the columns of the table."""
        facts = self._facts
        fields = tuple(self._columns(step.table))
        place = facts.lake_table or SourcePlace(
            namespace=step.target.format, name=str(step.table.public)
        )
        copies = tuple(_copy_of(one, None, facts.around.table(step.table.public)) for one in fields)
        written = self._describe(place, step.table, copies)
        return Lineage(
            inputs=[as_input(self._table(step.table.public))],
            outputs=[as_output(written, rows=facts.rows)],
        )

    @of.register
    def _(self, step: PublishStep) -> Lineage:
        facts = self._facts
        staging = facts.around.staging(step.table)
        types = {one.name: one for one in facts.published if not one.name.startswith("_")}
        known = {one.name: one for one in self._columns(step.table)}
        fields = tuple(
            _copy_of(known.get(name) or Field(name=name), types.get(name), staging)
            for name in dict.fromkeys((*known, *types))
        )
        version = facts.number("version")
        table = self._describe(
            facts.around.table(step.table.public),
            step.table,
            fields,
            version="" if version is None else str(version),
            rows=facts.number("rows_total"),
        )
        judged = self._staging(step.table, tuple(known.values()))
        return Lineage(inputs=[as_input(judged)], outputs=[as_output(table, rows=facts.rows)])

    def _landing(self, table: PublishedTable, fields: tuple[Field, ...]) -> Described:
        return self._describe(self._facts.around.landing(table), table, fields)

    def _staging(self, table: PublishedTable, fields: tuple[Field, ...]) -> Described:
        return self._describe(self._facts.around.staging(table), table, fields)

    def _table(self, name: TableName) -> Described:
        table = PublishedTable.of(name)
        plain = tuple(
            Field(name=one.name, type=one.type, description=one.description)
            for one in self._columns(table)
        )
        return self._describe(self._facts.around.table(name), table, plain)

    def _describe(
        self,
        place: SourcePlace,
        table: PublishedTable,
        fields: tuple[Field, ...],
        *,
        version: str = "",
        rows: int | None = None,
    ) -> Described:
        said = self._facts.table(table)
        return Described(
            place=place,
            description=said.description if said else "",
            owner=said.owner if said else "",
            fields=fields,
            version=version,
            rows=rows,
        )

    def _record_fields(self, table: PublishedTable) -> Iterable[str]:
        """The fields of the records that columns are read from."""
        said = self._facts.table(table)
        columns = said.columns if said else ()
        return sorted({one for column in columns for one in column.fields})

    def _list_fields(self, table: PublishedTable) -> tuple[Field, ...]:
        return tuple(Field(name=one) for one in self._record_fields(table))

    def _columns(self, table: PublishedTable) -> tuple[Field, ...]:
        """The columns of a table as its spec has them, with what they are made of."""
        said = self._facts.table(table)
        if said is None:
            return ()
        declared = {one.name: one for one in said.columns}
        return tuple(
            self._column(name, declared.get(name), origins.columns, is_copy=origins.is_copy)
            for name, origins in self._facts.declared.origins.of(said).items()
        )

    def _column(
        self,
        name: str,
        said: DeclaredColumn | None,
        made_of: Iterable[TableColumn],
        *,
        is_copy: bool,
    ) -> Field:
        return Field(
            name=name,
            type=said.type if said else "",
            description=said.description if said else "",
            made_of=self._places(made_of),
            is_copy=is_copy,
        )

    def _places(self, columns: Iterable[TableColumn]) -> tuple[tuple[SourcePlace, str], ...]:
        table = self._facts.around.table
        return tuple((table(one.table), one.column) for one in sorted(columns))

    def _clean_fields(self, step: CleanStep) -> Iterable[Field]:
        landing = self._facts.around.landing(step.table)
        said = self._facts.table(step.table)
        declared: Mapping[str, DeclaredColumn] = (
            {one.name: one for one in said.columns} if said else {}
        )
        for name, spec in table_columns(step.columns).items():
            column = declared.get(name)
            fields = column.fields if column else tuple(spec.reads(name))
            looked_up = column.looked_up if column else ()
            yield Field(
                name=name,
                type=spec.type,
                description=spec.description,
                made_of=(*((landing, one) for one in fields), *self._places(looked_up)),
                is_masked=is_protected(spec),
            )


def _copy_of(said: Field, published: PublishedColumn | None, staging: SourcePlace) -> Field:
    return Field(
        name=said.name,
        type=published.type if published else said.type,
        description=(published.description if published else "") or said.description,
        made_of=((staging, said.name),),
        is_copy=True,
    )


def _python(code: str) -> dict[str, source_code_job.SourceCodeJobFacet]:
    return {"sourceCode": source_code_job.SourceCodeJobFacet(language="python", sourceCode=code)}
