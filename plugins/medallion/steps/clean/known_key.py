"""A table holds hashes of one key: a run with another one is refused before it reads a row."""

from __future__ import annotations

from medallion.cleaning.declared.classification import needs_key
from medallion.errors import SetupError
from medallion.names import is_of_environment
from medallion.plan.model import CleanStep
from medallion.steps.clean.erased.people import keys_of
from medallion.steps.context import StepContext
from medallion.warehouse.registry.hash_keys import keep_first_key
from medallion.warehouse.session.transaction import session


def hold_to_known_key(step: CleanStep, context: StepContext) -> None:
    """Refuse to add hashes of another key to those that the table has: they would join with none
    of them, and one person would be two rows of a `merge`.

    Raises:
        SetupError: the connection has another key than the one that the table's rows were hashed
            with; others as `keys_of`.
    """
    if not needs_key(step.columns):
        return
    key, table = keys_of(step, context)[0], step.table
    with session(context.warehouse_url, "reading the key of hashes") as connection:
        known = keep_first_key(connection, table, key.id)
    if known == key.id:
        return
    remedy = (
        "drop the environment, and make it again"
        if is_of_environment(table.schema())
        else f"`python -m medallion.cli pii rotate --conn-id {step.pii_conn_id}` shows what "
        "follows; with --apply it gives the rows the new hashes. Or put the former key back"
    )
    raise SetupError(
        f"{table.public} has hashes of the key {known}, and the connection {step.pii_conn_id} has "
        f"the key {key.id}: new rows would join with none of the old ones",
        remedy=remedy,
    )
