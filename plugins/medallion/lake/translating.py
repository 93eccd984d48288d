"""What libraries of lake tables raise, as Medallion's errors: by who must act, without secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from medallion.errors import LakeError, LakeUnavailable, MedallionError, SetupError
from medallion.sources.base.object_store import StoredTable
from medallion.sources.base.providers import missing
from medallion.sources.base.store_errors import SHOWN, has_no_entrance, tell

if TYPE_CHECKING:
    import pyarrow as pa

_BROKEN = ("SchemaMismatchError", "DeltaProtocolError", "ValidationError")
"""Errors of libraries that say that the table is not what they know, by their names."""


class Rows:
    """Batches under another schema, and the error that reading them has ended with."""

    def __init__(self, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        self._batches = batches
        self._schema = schema
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        try:
            for one in self._batches:
                yield pa.RecordBatch.from_arrays(one.columns, schema=self._schema)
        except BaseException as error:
            self.error = error
            raise


@contextmanager
def translate(
    stored: StoredTable, doing: str, format_: str, rows: Rows | None = None
) -> Iterator[None]:
    """Turn a library's errors into LakeError, LakeUnavailable and SetupError, without secrets; what
    went wrong with the rows that it was given, it knows as a text alone.

    Args:
        doing: `read`, `written` or `tidied`.
        format_: the format's word, whose package may be missing.
    """
    try:
        yield
    except MedallionError:
        raise
    except ImportError:
        raise missing(format_) from None
    except Exception as error:
        if rows is not None and rows.error is not None:
            raise rows.error from None
        raise _explain(stored, doing, error) from None


def refuse_conflict(stored: StoredTable, doing: str) -> LakeUnavailable:
    """The error of whoever comes second: the table is not what the commit began from."""
    return LakeUnavailable(
        f"{stored.url} cannot be {doing}: somebody else has changed the table meanwhile",
        remedy="nothing to do: the next try begins from what is there then",
    )


def _explain(stored: StoredTable, doing: str, error: Exception) -> MedallionError:
    said = tell(error, stored.secrets)
    problem = f"{stored.url} cannot be {doing}: {type(error).__name__}: {said[:SHOWN]}"
    kind = type(error).__name__
    if kind == "CommitFailedError":
        return refuse_conflict(stored, doing)
    if kind in _BROKEN:
        return LakeError(problem, remedy="is this table written by others too?")
    if has_no_entrance(said, stored.uri):
        return SetupError(problem, remedy="may the connection's login write to this folder?")
    return LakeUnavailable(problem, remedy="does the lake answer, and is the connection right?")
