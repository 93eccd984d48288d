"""Whether this host's files of a spec are those that the DAG processor has accepted.

Where several hosts run tasks, each reads its own copy of specs, SQL and custom code. One with an
older copy would run what nobody expects, and the tables would look right.
"""

from __future__ import annotations

import socket
from pathlib import Path

from medallion.compiler.running import plan_that_runs
from medallion.names import DagId


def describe_other_spec(root: Path, dag_id: str, digest: str) -> str:
    """What to say in the log of a task whose host has other files than the DAG processor accepted;
    empty where they are the same, or nobody here knows what was accepted.

    Args:
        root: the project's folder on this host.
        dag_id: of the pipeline.
        digest: of the spec, its SQL and its code, as this host has read them.
    """
    name = DagId.parse(dag_id)
    accepted = plan_that_runs(root, name) if name is not None else None
    if accepted is None or accepted.digest == digest:
        return ""
    return (
        f"{socket.gethostname()} has other files of {dag_id} than the DAG processor has accepted: "
        "this task runs what its host has. Was the spec, its SQL, include/python or domain.yaml "
        "changed just now? Then the next parse accepts it. Else give all hosts the same files"
    )
