"""The sample that `new` infers from: a file source, landed in a folder that goes again."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from medallion.lake.filesystems import open_storage
from medallion.roots import lake_root
from medallion.sources.base.reach import file_reach
from medallion.sources.base.source import ConnectionDetails, ExtractRequest
from medallion.sources.file.source import FileSource
from medallion.spec.files.access import load_access
from medallion.workbench.inference.sample import DataSample, land, run_now, sample_of


@contextmanager
def landed_sample(source: FileSource, domain: str, root: Path) -> Iterator[DataSample]:
    """What is in the files that a domain's source reads, held to what the domain may read.

    Raises:
        SourceRefused, SourceUnavailable, DataRejected: a file cannot be read.
    """
    log = logging.getLogger("medallion.new")
    request = ExtractRequest(
        dataset="new",
        run=run_now(domain),
        project_root=root,
        reach=file_reach(domain, root, load_access(root).folders_of(domain), lake_root()),
        connection=_connection,
        storage=open_storage,
        log=log,
    )
    with tempfile.TemporaryDirectory(prefix="medallion-new-") as folder:
        yield sample_of(land(source, request, Path(folder), domain, log))


def _connection(conn_id: str) -> ConnectionDetails:
    from medallion.airflow.connections import connection_details

    return connection_details(conn_id)
