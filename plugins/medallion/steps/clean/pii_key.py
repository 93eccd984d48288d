"""The key of hashes: from an Airflow connection's password into a DuckDB relation, and nowhere
else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medallion.cleaning.declared.classification import DEFAULT_CONNECTION, needs_key
from medallion.cleaning.duckdb.protection import INNER, KEY_RELATION, OUTER, key_pads
from medallion.errors import SetupError
from medallion.plan.model import CleanStep
from medallion.steps.context import StepContext
from medallion.steps.domain.reach import may_use

if TYPE_CHECKING:
    import pyarrow as pa

SHORTEST = 32
"""Characters: less could be guessed, and every hash undone with it."""


def key_relation(step: CleanStep, context: StepContext) -> dict[str, pa.Table]:
    """The relation with the HMAC key that a query with hashes joins; empty if no column is hashed.

    Raises:
        SetupError: the connection does not exist, the domain may not use it, or its password is
            shorter than 32 characters.
    """
    if not needs_key(step.columns):
        return {}
    secret = _secret(step, context)
    import pyarrow as pa

    inner, outer = key_pads(secret)
    return {KEY_RELATION: pa.table({INNER: [inner], OUTER: [outer]})}


def _secret(step: CleanStep, context: StepContext) -> str:
    hashed = [name for name, spec in step.columns.items() if needs_key({name: spec})]
    what = f"{step.table.public} hashes {', '.join(hashed)}"
    remedy = (
        f"create it with a key as its password: airflow connections add {step.pii_conn_id} "
        '--conn-type generic --conn-password "$(openssl rand -hex 32)"'
    )
    if step.pii_conn_id != DEFAULT_CONNECTION:
        may_use(step.table.domain, step.pii_conn_id, context)
    try:
        secret = context.connection(step.pii_conn_id).password
    except (SetupError, KeyError):
        raise SetupError(
            f"{what}, and there is no connection {step.pii_conn_id}", remedy=remedy
        ) from None
    if len(secret) < SHORTEST:
        raise SetupError(
            f"{what}: the password of the connection {step.pii_conn_id} has {len(secret)} "
            f"characters, and a key has {SHORTEST} or more",
            remedy=remedy.replace("add", "delete and add")
            + ". All hashes change with the key: clear the runs since the first one",
        )
    return secret
