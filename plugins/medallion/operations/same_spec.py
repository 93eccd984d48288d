"""Whether this host's files are those that the DAG processor has accepted.

Where several hosts run tasks, each reads its own copy of specs, SQL and custom code. What was
accepted runs on all of them: the hosts share its plans. What no plan has in it is the data that a
project ships: a host with an older copy of them would land old data, and the table would look
right.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from medallion.compiler.running import list_accepted
from medallion.compiler.single import find_other_file
from medallion.errors import MedallionError, SpecError
from medallion.names import DagId
from medallion.roots import PLANS_ROOT
from medallion.sources.base.found_files import NotOnThisDisk

PATIENCE_SECONDS = 60.0
"""How long a host may be behind the DAG processor, or before it: a deployment reaches them one
after the other."""
LOOK_EVERY_SECONDS = 1.0
SAME_FILES = (
    "give all hosts the same files (an image, a shared folder, or a copy of Git that each host "
    "keeps up to date)"
)


class OtherFiles(MedallionError):
    """The operator must act: a host has other files than the DAG processor. Retried: another host
    may take the next try."""

    retryable = True
    acts = "the operator"


def describe_other_files(root: Path, dag_id: str) -> str:
    """What to say in the log of a task whose host has other files of its spec than the DAG
    processor has accepted; empty where they are the same.

    Args:
        root: the project's folder on this host.
        dag_id: of the pipeline.
    """
    name = DagId.parse(dag_id)
    found = find_other_file(root, name) if name is not None else ""
    if found is None:
        return (
            f"{socket.gethostname()} does not know which files of {dag_id} the DAG processor has "
            f"accepted: this task runs what its host has. {_share_plans()}"
        )
    if not found:
        return ""
    return (
        f"{_name_file(found, dag_id)}: this task runs the accepted version, which the hosts share. "
        f"If that lasts longer than a deployment, {SAME_FILES}"
    )


def hold_to_accepted(root: Path, dag_id: str) -> str:
    """Make sure that this host's files of a spec are those that were accepted, before a task reads
    other files of the same project. A deployment that is under way is waited for.

    Returns:
        What to say in the task's log: empty, or that it is not known.

    Raises:
        OtherFiles: they are others, for longer than a minute.
    """
    name = DagId.parse(dag_id)
    until = time.monotonic() + PATIENCE_SECONDS
    while name is not None and (found := find_other_file(root, name)):
        if time.monotonic() >= until:
            raise OtherFiles(
                f"{_name_file(found, dag_id)}, so the files of the project that the source reads "
                f"may be others as well. They were the same at no time in {PATIENCE_SECONDS:.0f} s",
                remedy=f"{SAME_FILES}. Is the DAG processor behind? Then its next parse accepts "
                "them, and the next try runs",
            )
        time.sleep(LOOK_EVERY_SECONDS)
    return describe_other_files(root, dag_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFiles:
    """This host's files beside what the DAG processor has accepted.

    Attributes:
        known: how many specs' accepted versions are known here; 0: it has accepted none, or keeps
            them elsewhere.
        others: by the id of a DAG, a file that is another one here.
    """

    known: int = 0
    others: dict[str, str] = field(default_factory=dict)

    def describe(self) -> str:
        """In a line; empty where nothing speaks against the host."""
        host = socket.gethostname()
        if not self.known:
            return f"{host} knows of no spec which files the DAG processor has accepted"
        if not self.others:
            return ""
        some = "; ".join(f"{path} of {dag_id}" for dag_id, path in list(self.others.items())[:5])
        more = f", and {len(self.others) - 5} more" if len(self.others) > 5 else ""
        return f"{host} has other files than the DAG processor has accepted: {some}{more}"


def compare_host(root: Path, until: float = float("inf")) -> HostFiles:
    """Compare all specs, or those that there is time for.

    Args:
        root: the project's folder on this host.
        until: the moment of `time.monotonic` at which it ends.
    """
    found = HostFiles()
    for dag_id in list_accepted(root):
        if time.monotonic() > until:
            break
        with suppress(MedallionError):
            other = find_other_file(root, dag_id)
            found = replace(found, known=found.known + 1)
            if other:
                found.others[str(dag_id)] = other
    return found


def describe_unknown() -> str:
    """Why it may not be known what was accepted, and what to do."""
    return (
        "the DAG processor has not read the specs yet, or keeps its plans elsewhere. "
        f"{_share_plans()}"
    )


def name_host(error: SpecError) -> SpecError:
    """What a host cannot run of a spec, with the host's name."""
    host = socket.gethostname()
    return SpecError(
        [replace(one, problem=f"on the host {host}: {one.problem}") for one in error.issues]
    )


def name_host_of_files(error: NotOnThisDisk) -> NotOnThisDisk:
    """The same of a source's files."""
    return type(error)(
        f"{error.problem} on the host {socket.gethostname()}",
        remedy="is the folder there on every host that runs tasks, and the same one? Mount one "
        f"volume on all of them, or name an object store or a server in `path`. {error.remedy}",
    )


def _name_file(path: str, dag_id: str) -> str:
    return (
        f"{socket.gethostname()} has another {path} than the DAG processor has accepted for "
        f"{dag_id}"
    )


def _share_plans() -> str:
    return f"Set {PLANS_ROOT} on all hosts to one folder that they share"
