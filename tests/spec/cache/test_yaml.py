"""What the cache gives is what the file says, whatever has become of the cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.spec.cache.yaml import read_yaml_once
from medallion.spec.yaml.loader import read_yaml
from medallion.spec.yaml.problems import YamlRefused

TEXT = """
description: "été ☃ \\x00"
start_date: 2026-01-31
end_date: 2026-01-31T12:30:00Z
local: 2026-01-31 12:30
long: 1234567890123456789012345678901234567890
share: 0.30000000000000004
"": x
list: [null, true, 1e300, -0.0, {a: 2026-01-01}, [], {}]
""".replace('"": x\n', "").encode()


def entries(root: Path) -> list[Path]:
    return sorted((root / ".medallion" / "cache" / "specs").glob("*"))


def test_a_kept_spec_is_the_spec(tmp_path: Path) -> None:
    first, second = read_yaml_once(TEXT, tmp_path), read_yaml_once(TEXT, tmp_path)
    assert len(entries(tmp_path)) == 1
    assert repr(first) == repr(second) == repr(read_yaml(TEXT))


def test_a_changed_spec_is_read(tmp_path: Path) -> None:
    read_yaml_once(b"a: 1", tmp_path)
    assert read_yaml_once(b"a: 2", tmp_path) == {"a": 2}


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'"a"', b"\xff", b"[" * 100_000, b'{"start_date": {"\\u0000": 3}}']
)
def test_a_damaged_entry_is_passed_over_and_fixed(tmp_path: Path, damage: bytes) -> None:
    read_yaml_once(TEXT, tmp_path)
    (entry,) = entries(tmp_path)
    good = entry.read_bytes()
    entry.write_bytes(damage)
    assert read_yaml_once(TEXT, tmp_path) == read_yaml(TEXT)
    assert entry.read_bytes() == good


def test_a_refusal_is_not_kept(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(YamlRefused):
            read_yaml_once(b"a: 1\na: 2", tmp_path)
    assert entries(tmp_path) == []


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / ".medallion").write_text("a file where the folder should be")
    assert read_yaml_once(TEXT, tmp_path) == read_yaml(TEXT)
    assert [path.name for path in tmp_path.iterdir()] == [".medallion"]
