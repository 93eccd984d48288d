"""Which of a landing's files brought a column."""

from __future__ import annotations

from medallion.lake.manifest import Manifest


def brought_by(manifest: Manifest, column: str) -> str:
    """The first file that has a column, as an addition to its name in a message; empty where the
    landing is not made of files with columns."""
    if column not in manifest.layout.columns or not manifest.parts[:1]:
        return ""
    drifted = manifest.notes.get("drift", ())
    assert isinstance(drifted, list | tuple)  # noqa: S101  # as the source noted it
    files = [one["files"][0] for one in drifted if column in one["new"]]
    file = files[0] if files else manifest.parts[0].file
    return f" (in {file})" if file else ""
