"""What a model was made of, in MLflow: dataset inputs with version, digest and lineage.

MLflow is installed by whoever uses it; its telemetry is switched off where this loads it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from typing import Any

from medallion.client.frames import lineage_of
from medallion.client.training import TrainingSet
from medallion.errors import SetupError
from medallion.warehouse.reading.lineage import Lineage

SOURCE_TYPE = "medallion"
_LONGEST_DIGEST = 36
"""MLflow's limit; the whole digest is in the source."""
_NO_TELEMETRY = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


def log_input(
    *read: Any, context: str = "training", run_id: str | None = None
) -> tuple[Lineage, ...]:
    """Log to a run of MLflow which publications its data are of; returns their lineages.

    Each is a dataset input: named as its table, the source is the lineage as JSON (spec, commit,
    run, results of the checks), and the tags say version and publication.

    Args:
        read: pandas frames and Arrow tables as they were read, lineages, or training sets.
        context: what they are for: `training`, `validation`, `test`.
        run_id: none: the active run, which is started where there is none, as MLflow does.

    Raises:
        SetupError: MLflow is not installed.
        CannotRead: a frame has no lineage any more.
    """
    lineages = tuple(one for given in read for one in _lineages(given))
    for name, value in _NO_TELEMETRY.items():
        os.environ.setdefault(name, value)
    try:
        import mlflow
        from mlflow.entities import Dataset, DatasetInput, InputTag
    except ImportError:
        raise SetupError("MLflow is not installed", remedy="pip install mlflow-skinny") from None
    if run_id is None:
        run_id = (mlflow.active_run() or mlflow.start_run()).info.run_id
    inputs = [
        DatasetInput(
            Dataset(**_dataset(one)),
            [InputTag(key, value) for key, value in _tags(one, context)],
        )
        for one in lineages
    ]
    mlflow.MlflowClient().log_inputs(run_id, datasets=inputs)
    return lineages


def _lineages(given: Any) -> Sequence[Lineage]:
    if isinstance(given, TrainingSet):
        return given.lineage
    return (given if isinstance(given, Lineage) else lineage_of(given),)


def _dataset(lineage: Lineage) -> dict[str, str]:
    return {
        "name": lineage.table,
        "digest": lineage.digest.removeprefix("sha256:")[:_LONGEST_DIGEST],
        "source_type": SOURCE_TYPE,
        "source": lineage.to_json(),
        "profile": json.dumps({"num_rows": lineage.rows}),
    }


def _tags(lineage: Lineage, context: str) -> Iterator[tuple[str, str]]:
    yield "mlflow.data.context", context
    yield "medallion.version", str(lineage.version)
    yield "medallion.publication", str(lineage.publication_id)
    yield "medallion.spec", lineage.spec_path
    if lineage.spec_commit:
        yield "medallion.spec_commit", lineage.spec_commit
