"""Archives as Superset takes and gives them."""

from __future__ import annotations

import io
import zipfile

import pytest

from medallion.bi.superset import bundle
from medallion.errors import SupersetRefused

FILES = {"metadata.yaml": "type: assets\n", "charts/élan.yaml": "slice_name: Élan\n"}


def test_what_is_packed_comes_back_and_the_same_texts_give_the_same_bytes() -> None:
    packed = bundle.pack(FILES)
    assert bundle.unpack(packed) == FILES
    assert bundle.pack(dict(reversed(FILES.items()))) == packed
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert all(name.startswith(f"{bundle.ROOT}/") for name in names)


@pytest.mark.parametrize("content", [b"<html>", b"", bundle.pack(FILES)[:-30]])
def test_what_is_not_an_archive_is_refused(content: bytes) -> None:
    with pytest.raises(SupersetRefused, match="cannot be read"):
        bundle.unpack(content)


def test_what_would_unpack_to_more_than_there_is_room_for_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bundle, "LARGEST_BUNDLE", 20)
    with pytest.raises(SupersetRefused, match="larger than"):
        bundle.unpack(bundle.pack(FILES))
