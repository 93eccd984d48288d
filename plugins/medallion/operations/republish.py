"""Publishes again what the warehouse has forgotten: from the landing, without asking the source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from medallion.compiler.single import plan_of_pipeline
from medallion.errors import LakeError, MedallionError, SetupError
from medallion.lake.erased_people import list_erased_people
from medallion.lake.landing import MANIFEST
from medallion.lake.manifest import Manifest
from medallion.lake.reader import read_manifest, verify
from medallion.lake.receipts import Receipt, delete_receipt
from medallion.lake.storage import lake_path, write_whole, writing
from medallion.names import Layer
from medallion.operations.reconcile import Lost
from medallion.operations.replay_quarantine import run_again
from medallion.operations.surroundings import Surroundings
from medallion.plan.model import LandStep
from medallion.run import Run
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.erasures import read_people
from medallion.warehouse.session.transaction import session


def republish(run: Run, lost: Sequence[Lost], surroundings: Surroundings) -> None:
    """Clean, check and publish again what a run had published, by its spec as it is now.

    Run again after it was killed, it does what is left.

    Raises:
        LakeError: a landing is not there any more: the run has to land again.
        SetupError: people were erased whom the warehouse has forgotten, too.
        MedallionError: what a step raises: a gate refuses, for instance.
    """
    plan = plan_of_pipeline(run.dag_id, surroundings.project_root)
    for domain in sorted({one.receipt.table.domain for one in lost}):
        hold_to_erased_people(domain, surroundings)
    for one in lost:
        if one.receipt.table.layer is Layer.SILVER:
            bring_back_landing(one.receipt, surroundings)
    tables = {one.receipt.table for one in lost}
    tasks = [
        task
        for task in plan.tasks
        if task.step.table in tables and not isinstance(task.step, LandStep)
    ]
    run_again(plan, tasks, run, surroundings)
    for one in lost:
        # What was made now has a receipt of its own: the spec may have changed since.
        _drop_if_replaced(one.receipt, surroundings)


def hold_to_erased_people(domain: str, surroundings: Surroundings) -> None:
    """Refuse to publish what may have somebody who was erased, before the warehouse knows of it.

    Raises:
        SetupError: the lake has hashes of erased people that the warehouse lacks.
    """
    kept = list(list_erased_people(surroundings.lake_root, domain))
    if not kept:
        return
    with session(surroundings.warehouse_url, "reading who was erased") as connection:
        known = read_people(connection, domain)
    for person in kept:
        for identifier, hashes in person.hashes.items():
            if not known.get(identifier, frozenset()) >= set(hashes):
                raise SetupError(
                    f"people were erased from {domain} since, and the warehouse does not know it",
                    remedy="`python -m medallion.cli person erase --again --apply` first; then run "
                    "this again",
                )


def bring_back_landing(receipt: Receipt, surroundings: Surroundings) -> None:
    """Have the registry know a landing of the lake again, by a number that is free there.

    The number that it had may have been given to another landing since.

    Raises:
        LakeError: it is not in the lake, or was changed.
    """
    run, table = receipt.run, receipt.table
    with session(surroundings.warehouse_url, f"reading the landing of {table.name}") as connection:
        try:
            registry.load_of(connection, run, table)
        except LakeError:
            pass
        else:
            return
    manifest = read_manifest(receipt.landing) if receipt.landing else None
    if manifest is None:
        raise LakeError(
            f"the landing that {table.public} was published from is not known",
            remedy=f"clear the task {table.name}.land of {run.run_id}: it extracts again",
        )
    verify(manifest)
    with session(surroundings.warehouse_url, f"recording the landing of {table.name}") as opened:
        load_id = registry.open_load(opened, run, table)
    again = replace(manifest, load_id=load_id)
    _write_manifest(again)
    with session(surroundings.warehouse_url, f"recording the landing of {table.name}") as closing:
        registry.close_load(closing, again)
    surroundings.log.info("%s: its landing is known again: %s", table.public, manifest.uri)


def _write_manifest(manifest: Manifest) -> None:
    path = lake_path(manifest.uri) / MANIFEST
    with writing(path):
        write_whole(path, manifest.to_json().encode())


def _drop_if_replaced(receipt: Receipt, surroundings: Surroundings) -> None:
    with session(surroundings.warehouse_url, f"reading {receipt.table.public}") as connection:
        found = registry.publication_of_run(connection, receipt.run, receipt.table)
    if found is None:
        raise MedallionError(
            f"{receipt.table.public} was not published again", remedy="read the log above"
        )
    if found.digest != receipt.digest:
        delete_receipt(surroundings.lake_root, receipt.table, receipt.name)
