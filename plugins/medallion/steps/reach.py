"""What a domain's steps may reach of this machine: held again while they run.

A spec is held to it when it is read; what an operator has taken away since then, and a link that
leads elsewhere by now, are found here.
"""

from __future__ import annotations

from medallion.sources.reach import FileReach, file_reach
from medallion.spec.access import load_access
from medallion.steps.context import StepContext


def files_of(domain: str, context: StepContext) -> FileReach:
    """The files that a domain's sources may read now.

    Raises:
        SpecError: specs/access.yaml is broken.
    """
    root = context.project_root.resolve()
    folders = load_access(root).folders_of(domain)
    return file_reach(domain, root, folders, context.lake_root)
