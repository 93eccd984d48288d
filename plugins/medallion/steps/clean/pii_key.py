"""The key of hashes: from an Airflow connection's password into a DuckDB relation, and nowhere
else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medallion.cleaning.declared.classification import (
    DEFAULT_CONNECTION,
    identifying_columns,
    needs_key,
)
from medallion.cleaning.duckdb.protection import INNER, KEY_RELATION, OUTER, key_pads
from medallion.errors import SetupError
from medallion.plan.model import CleanStep
from medallion.sources.base.source import ConnectionDetails
from medallion.steps.context import StepContext
from medallion.steps.domain.reach import may_use

if TYPE_CHECKING:
    import pyarrow as pa

SHORTEST = 32
"""Characters: less could be guessed, and every hash undone with it."""
FORMER_KEYS = "former_keys"
"""In the connection's extra: keys that hashes of erased people were made with."""


def key_relation(step: CleanStep, context: StepContext) -> dict[str, pa.Table]:
    """The relation with the HMAC key that a query with hashes joins; empty if no column is hashed.

    Raises:
        SetupError: the connection does not exist, the domain may not use it, or its password is
            shorter than 32 characters.
    """
    if not needs_key(step.columns):
        return {}
    secret = read_keys(step, context)[0]
    import pyarrow as pa

    inner, outer = key_pads(secret)
    return {KEY_RELATION: pa.table({INNER: [inner], OUTER: [outer]})}


def read_keys(step: CleanStep, context: StepContext) -> tuple[str, ...]:
    """The key of a dataset's hashes, then those before it, as the connection's extra keeps them:
    `{"former_keys": ["…"]}`.

    Raises:
        SetupError: the connection does not exist, the domain may not use it, or a key is shorter
            than 32 characters.
    """
    columns = step.columns
    hashed = [name for name, spec in columns.items() if needs_key({name: spec})]
    hashed = hashed or list(identifying_columns(columns))
    what = f"{step.table.public} hashes {', '.join(hashed)}"
    remedy = (
        f"create it with a key as its password: airflow connections add {step.pii_conn_id} "
        '--conn-type generic --conn-password "$(openssl rand -hex 32)"'
    )
    if step.pii_conn_id != DEFAULT_CONNECTION:
        may_use(step.table.domain, step.pii_conn_id, context)
    try:
        found = context.connection(step.pii_conn_id)
    except (SetupError, KeyError):
        raise SetupError(
            f"{what}, and there is no connection {step.pii_conn_id}", remedy=remedy
        ) from None
    if len(found.password) < SHORTEST:
        raise SetupError(
            f"{what}: the password of the connection {step.pii_conn_id} has {len(found.password)} "
            f"characters, and a key has {SHORTEST} or more",
            remedy=remedy.replace("add", "delete and add")
            + ". All hashes change with the key: clear the runs since the first one",
        )
    return (found.password, *_read_former(found, what))


def _read_former(found: ConnectionDetails, what: str) -> tuple[str, ...]:
    said = found.extra.get(FORMER_KEYS, ())
    former = tuple(said) if isinstance(said, list | tuple) else ("",)
    if any(not isinstance(key, str) or len(key) < SHORTEST for key in former):
        raise SetupError(
            f"{what}: `{FORMER_KEYS}` in the extra of the connection {found.conn_id} is not a list "
            f"of keys of {SHORTEST} characters or more",
            remedy=f'write {{"{FORMER_KEYS}": ["…"]}}, with the keys that hashes were made with',
        )
    return former
