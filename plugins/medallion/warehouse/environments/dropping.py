"""An environment goes: its schemas, what the registry has of it, its roles. Each step may have been
done before: who was killed half way does it again.
"""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from medallion.names import REGISTRY_SCHEMA, worker_of
from medallion.plan.environment import Environment
from medallion.warehouse.environments.record import SQL, EnvironmentRecord
from medallion.warehouse.environments.role import WRITTEN, schemas_of
from medallion.warehouse.session.relations import missing_roles
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

_WITH_OTHERS = ("landing_parts", "windows", "dropped_records")
"""Their rows go with those of the landings, and of the publications."""
_BY_DAG = "task_runs"


def drop_schemas(loader: Session, record: EnvironmentRecord) -> Sequence[str]:
    """Drop the schemas of an environment that its role owns, with all that is in them; those that
    were there."""
    environment = Environment(record.name)
    known = {s for domain in record.domains for s in schemas_of(environment, domain)}
    rows = loader.execute(statements(SQL)["schemas_of_role"], {"role": record.role}).fetchall()
    schemas = [schema for (schema,) in rows if schema in known]
    for schema in schemas:
        loader.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
    return schemas


def delete_rows(loader: Session, record: EnvironmentRecord) -> None:
    """Delete what the environment's runs have written into the registry."""
    named, asked = statements(SQL), {"name": record.name}
    for table in WRITTEN:
        if table in _WITH_OTHERS:
            continue
        if table == _BY_DAG:
            loader.execute(named["delete_task_runs"], asked)
            continue
        loader.execute(
            named["delete_rows"].format(
                table=sql.Identifier(REGISTRY_SCHEMA, table), column=sql.Identifier("domain")
            ),
            asked,
        )


def drop_roles(loader: Session, record: EnvironmentRecord) -> None:
    """Drop the environment's role and those of its domains, with the rights that they have here;
    then nobody knows of the environment any more."""
    environment, database = Environment(record.name), loader.info.dbname
    workers = [worker_of(environment.domain(one), database) for one in record.domains]
    roles = [*workers, record.role]
    there = set(roles) - set(missing_roles(loader, roles))
    for role in roles:
        if role in there:
            name = sql.Identifier(role)
            loader.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(name))
            loader.execute(sql.SQL("DROP ROLE {}").format(name))
    loader.execute(statements(SQL)["forget"], {"name": record.name})
