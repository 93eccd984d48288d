"""The archive that Superset exports and imports: YAML files, named by their paths."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from medallion.errors import SupersetRefused

ROOT = "bundle"
"""Superset drops the first folder of each path, whatever it is called."""
LARGEST_BUNDLE = 256 * 1024 * 1024
"""Bytes, unpacked."""
_DATE = (2026, 1, 1, 0, 0, 0)


def pack(files: Mapping[str, str]) -> bytes:
    """An archive of texts by their paths (`charts/brands.yaml`): the same bytes for the same."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"{ROOT}/{path}", _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[path])
    return packed.getvalue()


def unpack(content: bytes) -> dict[str, str]:
    """The texts of an archive by their paths, without the first folder.

    Raises:
        SupersetRefused: it is not an archive, or one that is too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > LARGEST_BUNDLE:
                raise SupersetRefused(
                    f"Superset's export is larger than {LARGEST_BUNDLE // 1024**2} MiB"
                )
            return {
                entry.filename.partition("/")[2]: archive.read(entry).decode("utf-8")
                for entry in sorted(entries, key=lambda entry: entry.filename)
            }
    except (zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise SupersetRefused(
            f"Superset's export cannot be read: {error}",
            remedy="check that the address is Superset's",
        ) from error
