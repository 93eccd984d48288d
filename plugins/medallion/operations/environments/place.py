"""An environment's place in the warehouse: its role and schemas, views on what is production's, and
room for what it builds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from medallion.names import PublishedTable
from medallion.operations.environments.choose import Choice, Declared, find_declared
from medallion.plan.environment import Environment, in_environment
from medallion.plan.model import Plan
from medallion.warehouse.environments import views
from medallion.warehouse.environments.record import tables_in
from medallion.warehouse.environments.role import let_read, make_environment, public_schemas
from medallion.warehouse.roles.domain_role import DomainRole
from medallion.warehouse.session.transaction import session


def find_own(
    plans: Sequence[Plan], environment: Environment, domains: Collection[str]
) -> Mapping[PublishedTable, Declared]:
    """What the specs declare, by the environment's names.

    Args:
        plans: of production's names.
        domains: those that the environment has.

    Raises:
        SetupError: a name is too long.
        SpecError: SQL names a schema in a way that cannot be replaced.
    """
    return find_declared(
        [
            in_environment(plan, environment, domains)
            for plan in plans
            if plan.dag_id.domain in domains
        ]
    )


def bring_in_step(
    choice: Choice,
    own: Mapping[PublishedTable, Declared],
    environment: Environment,
    loader_url: str,
) -> DomainRole:
    """Make an environment, or bring it in step with what is chosen; the role, which works in it.
    Nobody else may work in it meanwhile.

    Args:
        own: of `find_own`.
        loader_url: of production's loader, who makes the environment.

    Raises:
        SetupError: it cannot be made.
        WarehouseUnavailable: the warehouse does not answer.
    """
    role = make_environment(loader_url, environment, choice.domains)
    with session(loader_url, f"letting {role.name} read") as loader:
        let_read(loader, role.name, [table.public for table in choice.shown])
    _show(choice, own, environment, role.url)
    return role


def _show(
    choice: Choice,
    own: Mapping[PublishedTable, Declared],
    environment: Environment,
    url: str,
) -> None:
    """Views on production's tables; what will be built, or would have to be, has none."""
    with session(url, f"making views of {environment.name}") as connection:
        chosen = {environment.place(t) for t in (*choice.built, *choice.left_out, *choice.shown)}
        for table, _ in tables_in(connection, public_schemas(environment, choice.domains)):
            if table not in chosen:  # no spec publishes it any more
                views.drop_built(connection, table)
        for table in map(environment.place, (*choice.built, *choice.left_out)):
            views.make_room(connection, table, own[table].publish.fingerprint)
        for table in map(environment.place, choice.shown):
            shared = own[table].publish.share_with if table in own else ()
            views.show_production(connection, table, shared)
        for table in map(environment.place, (*choice.built, *choice.left_out)):
            views.drop_without_view(connection, table)  # the last: all of the above may take it
