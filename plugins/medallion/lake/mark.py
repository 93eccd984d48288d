"""The mark of a lake: a small file at its root, by which hosts tell whether they see the same."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

from medallion.errors import LakeError
from medallion.lake.storage import ensure_folder, write_whole, writing

if TYPE_CHECKING:
    from medallion.lake.storage import LakePath

NAME = ".medallion-lake"
_KEY = "lake"


def read_mark(root: LakePath) -> str | None:
    """The lake's mark; None: it has none, or is not there.

    Raises:
        LakeError: the file is not one of ours, or cannot be read.
    """
    path = root / NAME
    try:
        mark = json.loads(path.read_bytes())[_KEY]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError):
        mark = None
    except OSError as error:
        raise LakeError(
            f"{path} cannot be read: {error.strerror or error}",
            remedy="may Airflow's user read the lake?",
        ) from error
    if not isinstance(mark, str) or not mark:
        raise LakeError(
            f"{path} does not say which lake this is",
            remedy="delete it, then: python -m medallion.cli doctor --adopt-lake",
        )
    return mark


def keep_mark(root: LakePath) -> str:
    """The lake's mark, made and written where it has none. Hosts that may do so at once are kept
    apart by the caller.

    Raises:
        LakeError: it cannot be written.
    """
    if known := read_mark(root):
        return known
    mark = uuid.uuid4().hex
    content = json.dumps({_KEY: mark}).encode() + b"\n"
    path = root / NAME
    with writing(path):
        ensure_folder(root)
        write_whole(path, content)
    return mark
