"""Gold, `materialization: view`: readers get what a SELECT gives of its inputs, as they are now."""

from __future__ import annotations

from dataclasses import dataclass

from medallion.publish.disposition import Staged, WriteDisposition, Written


@dataclass(frozen=True, slots=True)
class AsView(WriteDisposition):
    """Makes a version of the SELECT, not of its rows: those were staged for the gate alone."""

    name = "view"
    whole = True
    stores_rows = False
    why_no_missing_keys = "it has no rows of its own"

    def write(self, staged: Staged) -> Written:
        """Show the staged SELECT: the version that has it already, or one of its own."""
        version = staged.show_select()
        staged.drop()
        return Written(version=version, published=staged.rows, whole=True)


AS_VIEW = AsView()
