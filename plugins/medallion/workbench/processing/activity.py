"""What the specs show of one processing activity: a pipeline whose tables hold personal data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from medallion.catalogue.declared import Declared
from medallion.catalogue.declared_table import DeclaredTable
from medallion.catalogue.personal import find_hidden_fields
from medallion.cleaning.declared.classification import TOLD, Protect, describe_protect
from medallion.names import Layer
from medallion.prose import tally
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.models.privacy import PrivacySpec
from medallion.workbench.comparison.sides import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalColumn:
    """A column with personal data. `kind`: `email`, or that it is made of such a column;
    `protection`: what silver holds instead, in a word."""

    table: str
    column: str
    kind: str
    protection: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One entry of the register.

    Attributes:
        name: the pipeline.
        privacy: what its domain says besides.
        sources: where the data come from, without anything secret.
        columns: those with personal data.
        retention: by table, how long what is kept.
        recipients: roles, domains, exports and dashboards that may read a table with personal data.
        security: measures that the specs show.
        missing: what article 30 asks for and nobody has said.
        path: of its spec.
    """

    name: str
    domain: str
    description: str
    owner: str
    privacy: PrivacySpec
    sources: tuple[str, ...]
    columns: tuple[PersonalColumn, ...]
    retention: Mapping[str, str]
    recipients: tuple[str, ...]
    security: tuple[str, ...]
    missing: tuple[str, ...]
    path: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The categories of personal data."""
        return tuple(sorted({one.kind for one in self.columns}))


def list_activities(side: Side) -> Iterator[Activity]:
    """The activities of a project's valid specs, in the order of their names. A pipeline without
    personal data is none."""
    tables = {one.table: one for one in side.tables.values()}
    by_name = {name: one.table for name, one in side.tables.items()}
    declared = Declared(tables=tables, by_name=by_name, origins=side.origins)
    for path, loaded in sorted(side.specs.items()):
        own = [one for one in side.tables.values() if one.spec_path == path]
        columns = tuple(_columns(loaded, own, declared))
        if columns:
            yield _activity(loaded, own, columns)


def _columns(
    loaded: LoadedSpec, own: list[DeclaredTable], declared: Declared
) -> Iterator[PersonalColumn]:
    """Of silver what is classified, also what is dropped; of gold what is made of it."""
    for name, dataset in loaded.spec.datasets.items():
        for column, spec in dataset.silver.columns.items():
            said = spec.classification
            if said is not None:
                yield PersonalColumn(
                    table=f"{Layer.SILVER}_{loaded.dag_id.domain}.{name}",
                    column=column,
                    kind=said.pii.replace("_", " "),
                    protection=describe_protect(said),
                )
    for table in own:
        if table.sql:
            for column in sorted(_find_personal(table, declared)):
                yield PersonalColumn(
                    table=str(table.table.public),
                    column=column,
                    kind="made of personal data",
                    protection="as in the tables before",
                )


def _find_personal(table: DeclaredTable, declared: Declared) -> frozenset[str]:
    hidden = find_hidden_fields(declared, table.table)
    return hidden & set(declared.origins.of(table))


def _activity(
    loaded: LoadedSpec, own: list[DeclaredTable], columns: tuple[PersonalColumn, ...]
) -> Activity:
    named = {one.table for one in columns}
    personal = [one for one in own if str(one.table.public) in named]
    privacy = loaded.domain.privacy
    retention = {str(one.table.public): _keep(one) for one in personal}
    return Activity(
        name=str(loaded.dag_id),
        domain=loaded.dag_id.domain,
        description=loaded.spec.description,
        owner=loaded.spec.owner or loaded.domain.owner or "",
        privacy=privacy,
        sources=tuple(dict.fromkeys(one.source for one in personal if one.source)),
        columns=columns,
        retention=retention,
        recipients=tuple(dict.fromkeys(_recipients(personal, privacy))),
        security=tuple(_security(loaded, columns, privacy)),
        missing=tuple(_missing(privacy, personal)),
        path=loaded.spec_path,
    )


def _keep(table: DeclaredTable) -> str:
    keeping = table.keeping
    landings, rejects = keeping.bronze, keeping.quarantine
    parts = []
    if table.table.layer is Layer.SILVER:
        parts.append(f"landings {_days(landings, _WHILE_NEEDED)}")
    without = _WHILE_NEEDED if table.table.layer is Layer.SILVER else "for ever"
    parts.append(f"quarantine {_days(rejects or landings, without)}")
    parts.append(f"{tally(table.keep_versions, 'version')} besides what is published")
    return ", ".join(parts)


_WHILE_NEEDED = "for two years, and while they are needed"
"""Without a retention: docs/retention.md says what for."""


def _days(length: object, without: str) -> str:
    days = getattr(length, "days", None)
    return without if days is None else tally(days, "day")


def _recipients(personal: list[DeclaredTable], privacy: PrivacySpec) -> Iterator[str]:
    for table in personal:
        yield from (f"role {role}" for role in table.grants)
        for domain in table.share_with:
            yield "every domain" if domain == "public" else f"domain {domain}"
        for one in table.exposures:
            yield f"{one.type} {one.name}" + (f" ({one.owner})" if one.owner else "")
    yield from privacy.recipients


def _security(
    loaded: LoadedSpec, columns: tuple[PersonalColumn, ...], privacy: PrivacySpec
) -> Iterator[str]:
    """What the specs themselves show, then what the domain says."""
    protections = [one.protection for one in columns if one.protection in TOLD.values()]
    for protect in Protect:
        number = protections.count(TOLD[protect])
        if number and protect is not Protect.NONE:
            yield f"{tally(number, 'column')} {TOLD[protect]}"
    if TOLD[Protect.HASH] in protections:
        yield f"hashes have a key that only Airflow's connection {loaded.domain.pii_conn_id} holds"
    yield "readers have rights on published tables alone; quarantine and staging are closed to them"
    yield from privacy.security


def _missing(privacy: PrivacySpec, personal: list[DeclaredTable]) -> Iterator[str]:
    for key, what in WANTED.items():
        if not getattr(privacy, key):
            yield what
    for table in personal:
        if table.table.layer is Layer.SILVER and table.keeping.bronze is None:
            yield f"how long the landings of {table.table.public} are kept"


WANTED: Mapping[str, str] = {
    "controller": "the controller",
    "contact": "the controller's contact",
    "purpose": "the purpose",
    "legal_basis": "the legal basis",
    "persons": "whose data they are",
}
"""What article 30 asks for and only a person can say, by the keys of `privacy` in domain.yaml. The
legal basis is not in the article: who is asked for the register is asked for that, too."""
