"""Delimited files of many makes: landed byte for byte, records counted, wrong ones reported."""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.lake.landing import PartFile
from medallion.records import RecordLayout
from medallion.sources.file.source import FileSource
from medallion.sources.formats import record_count
from medallion.sources.formats.quoted_records import count_quoted
from medallion.sources.formats.record_count import count_records

BRANDS = "Marque;Total;Revenu à Vie\nPokémon;$1,234;1 234 €\nAstérix;$5;5 €\n"


def source(**declared: Any) -> FileSource:
    return FileSource(type="file", path="brands.csv", **declared)


@pytest.fixture
def land(extract: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Write a file of these bytes and land it."""

    def run(content: bytes, **declared: Any) -> Any:
        (tmp_path / "brands.csv").write_bytes(content)
        return extract(source(**declared))

    return run


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (BRANDS.encode(), "utf-8"),
        (BRANDS.encode("utf-8-sig"), "utf-8-sig"),
        (BRANDS.encode("cp1252"), "cp1252"),
        (BRANDS.replace("€", "$").encode("latin-1"), "iso8859-1"),
        (BRANDS.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + BRANDS.encode("utf-16-be"), "utf-16"),
        (BRANDS.encode("utf-32"), "utf-32"),
        (b"Marque;Total;Revenu\nA;1;2\nB;3;4\n", "utf-8"),
    ],
)
def test_encodings_are_found(land: Callable[..., Any], content: bytes, encoding: str) -> None:
    landed = land(content)
    assert landed.bytes_of() == content
    assert landed.manifest.layout.encoding == encoding
    assert landed.manifest.layout.delimiter == ";"
    assert landed.manifest.layout.columns[:2] == ("Marque", "Total")
    assert landed.manifest.records == 2


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("utf8", "utf-8-sig"),
        ("windows-1252", "cp1252"),
        ("CP1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("mac-roman", "mac-roman"),
    ],
)
def test_a_declared_encoding_that_is_right(
    land: Callable[..., Any], declared: str, codec: str
) -> None:
    landed = land(BRANDS.encode(codec), encoding=declared)
    assert landed.manifest.layout.columns[2] == "Revenu à Vie"
    assert landed.manifest.records == 2


@pytest.mark.parametrize(
    ("declared", "codec", "why", "instead"),
    [
        ("utf-8", "cp1252", r"the byte at offset 20 \(line 1\)", "windows-1252"),
        ("latin-1", "utf-8", "all of it is valid UTF-8", "utf-8"),
        ("windows-1252", "utf-8", "all of it is valid UTF-8", "utf-8"),
        ("latin-1", "cp1252", "bytes that Latin-1 has no letter for", "windows-1252"),
        ("utf-8", "utf-16", "begins with the mark of utf-16-le", "utf-16"),
        ("latin-1", "utf-8-sig", "begins with the mark", "utf-8 with a BOM"),
        ("utf-16", "utf-8", "does not begin with the mark of utf-16", "utf-8"),
        ("utf-16", "utf-16-le", "does not begin with the mark of utf-16", "utf-16-le"),
        ("utf-16-be", "utf-16", "begins with the mark of utf-16-le", "utf-16"),
    ],
)
def test_a_declared_encoding_that_is_wrong_is_reported_with_the_right_one(
    land: Callable[..., Any], declared: str, codec: str, why: str, instead: str
) -> None:
    with pytest.raises(SourceRefused, match=why) as refused:
        land(BRANDS.encode(codec), encoding=declared)
    assert f"it reads as {instead}" in refused.value.remedy


@pytest.mark.parametrize("declared", ["utf-9", "hex", "rot13"])
def test_an_encoding_that_there_is_not(land: Callable[..., Any], declared: str) -> None:
    with pytest.raises(SourceRefused, match=f"no encoding '{declared}'"):
        land(BRANDS.encode(), encoding=declared)


def test_an_encoding_that_has_no_letter_for_a_byte(land: Callable[..., Any]) -> None:
    with pytest.raises(SourceRefused, match="is not windows-1252: on line 1 or after it"):
        land(b"a,b\n\x81,\xff\n", encoding="cp1252")
    with pytest.raises(SourceRefused, match=r"nor Windows-1252 or Latin-1"):
        land(b"a,b\n\x81,\xff\n")


def test_one_wrong_byte_in_utf_8_does_not_turn_the_file_into_latin_1(
    land: Callable[..., Any],
) -> None:
    content = "film,year\nAmélie,2001\nL'Été,".encode() + b"\xe9\n"
    with pytest.raises(SourceRefused, match=r"is UTF-8, but the byte at offset 31 \(line 3\)"):
        land(content)


def test_the_place_of_a_wrong_byte_across_chunks(land: Callable[..., Any], tmp_path: Path) -> None:
    """A letter is cut by the edge of what is read at once, and broken there."""
    start = b"film\n" + b"x" * (record_count.CHUNK_BYTES - 6)
    with pytest.raises(SourceRefused, match=rf"offset {len(start)} \(line 2\) is not UTF-8"):
        land(start + b"\xe9" + b"abc\n", encoding="utf-8")
    assert land(start + "é".encode() + b"\n", encoding="utf-8").manifest.records == 1


@pytest.mark.parametrize(
    ("content", "delimiter", "columns"),
    [
        (b"a,b\n1,2\n", ",", ("a", "b")),
        (b"a;b\n1,5;2,5\n", ";", ("a", "b")),
        (b"a\tb\n1, one\t2\n", "\t", ("a", "b")),
        (b"a|b\n1,5|2\n", "|", ("a", "b")),
        (b'"a;x","b;y"\n"1","2"\n', ",", ("a;x", "b;y")),
        (b"film\nM\nHigh, Low\n", ",", ("film",)),
        (b"a,b", ",", ("a", "b")),
        (b"a,,b\n1,2,3\n", ",", ("a", "column_2", "b")),
        (b"a,b,a\n1,2,3\n", ",", ("a", "b", "a_2")),
        ('Marque;Nº\r\n"L\'Été";1\r\n'.encode(), ";", ("Marque", "Nº")),
    ],
)
def test_delimiters_are_found(
    land: Callable[..., Any], content: bytes, delimiter: str, columns: tuple[str, ...]
) -> None:
    layout = land(content).manifest.layout
    assert (layout.delimiter, layout.columns) == (delimiter, columns)


def test_any_delimiter_and_quote_can_be_declared(land: Callable[..., Any]) -> None:
    landed = land(b"~a^b~^c\n~1\n2~^3\n", delimiter="^", quote="~")
    assert landed.manifest.layout.columns == ("a^b", "c")
    assert landed.manifest.records == 1


def test_a_declared_delimiter_that_cuts_nothing_is_reported_with_the_one_that_does(
    land: Callable[..., Any],
) -> None:
    with pytest.raises(SourceRefused, match="',' finds one column, ';' finds 3") as refused:
        land(BRANDS.encode(), delimiter=",")
    assert "delimiter: ';'" in refused.value.remedy


@pytest.mark.parametrize(
    ("content", "quote"),
    [
        (b"film,year\n'Round Midnight,1986\n'Allo,1982\n", '"'),
        (b"film,note\n'High, Low','x'\n'M','y'\n", "'"),
        (b'film,note\n"High, Low","x"\n', '"'),
    ],
)
def test_quotes_are_found_and_apostrophes_are_not_taken_for_them(
    land: Callable[..., Any], content: bytes, quote: str
) -> None:
    landed = land(content)
    assert landed.manifest.layout.quote == quote
    assert landed.manifest.records == len(content.splitlines()) - 1


@pytest.mark.parametrize("declared", [{"delimiter": "\n"}, {"quote": "ab"}, {"delimiter": ""}])
def test_what_cannot_be_a_delimiter_or_quote_is_an_error_of_the_spec(
    declared: dict[str, str],
) -> None:
    with pytest.raises(ValueError, match="should match pattern"):
        source(**declared)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\r\n\n", "is empty"),
        (codecs.BOM_UTF8, "is empty"),
        (b", ,\n1,2,3\n", "has no header"),
        (b"\n\na,b\n1,2\n", "has no header"),
        (b"a,b\n1,\x002\n", r"the byte at offset 6 \(line 2\) is NUL"),
        (BRANDS.encode("utf-16-le"), "is NUL"),
        ("a,b\n1,\0\n".encode("utf-16"), "NUL characters"),
        (b'a,b\n1,2\n3,"4\n5,6\n', "the record from line 3 on: unexpected end of data"),
        (b'a,b\n1,2\n\n3,"4"x\n', "the record from line 4 on: ',' expected after"),
        (b'"a,b\n' + b"1,2\n" * 90000, "the record from line 1 on"),
        (codecs.BOM_UTF16_LE + b"a\0,\0b\0\n\0\0", "is not utf-16"),
    ],
)
def test_what_is_no_delimited_file_is_refused(
    land: Callable[..., Any], tmp_path: Path, content: bytes, said: str
) -> None:
    with pytest.raises(SourceRefused, match=said) as refused:
        land(content)
    assert refused.value.remedy
    assert "brands.csv" in refused.value.problem
    assert list(tmp_path.rglob("manifest.json")) == []


@pytest.mark.parametrize(
    ("content", "records"),
    [
        (b"a,b\n", 0),
        (b"a,b\n1,2", 1),
        (b"a,b\r\n1,2\r\n\r\n3,4\r\n\r\n", 2),
        (b"a,b\r1,2\r\r3,4\r", 2),
        (b"a,b\n1,2\r3,4\r\n5,6", 3),
        (b"a\n1\n\n\n\n2\n", 2),
        (b'a,b\n"1\n\n1",2\n"",""\n', 2),
        (b"a,b\n \n,\n", 2),
    ],
)
def test_records_are_counted(land: Callable[..., Any], content: bytes, records: int) -> None:
    assert land(content).manifest.records == records


@settings(max_examples=300)
@given(
    text=st.text(alphabet="a,é \r\n", max_size=40),
    chunk=st.integers(min_value=1, max_value=9),
)
def test_the_fast_count_is_the_one_of_the_csv_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, chunk: int
) -> None:
    """Whatever the lines and wherever the edges of chunks."""
    file = tmp_path / "any.csv"
    file.write_bytes(text.encode())
    expected = sum(1 for row in csv.reader(io.StringIO(text, newline="")) if row) - 1
    with monkeypatch.context() as patch:
        patch.setattr(record_count, "CHUNK_BYTES", chunk)
        assert count_records("any.csv", file, RecordLayout(format="csv")) == expected


@settings(max_examples=600)
@given(
    pieces=st.lists(
        st.sampled_from(['"', '""', '","', '"\n"', ",", "a", "é", " ", "\n", "\r\n", "\r"]),
        max_size=30,
    ),
    chunk=st.integers(min_value=1, max_value=9),
)
def test_the_fast_count_of_quoted_records_is_the_one_of_the_csv_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pieces: list[str], chunk: int
) -> None:
    text, file = "".join(pieces), tmp_path / "any.csv"
    file.write_bytes(text.encode())
    expected: int | None = None
    with suppress(csv.Error):
        rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        expected = sum(map(bool, rows)) - 1
    with monkeypatch.context() as patch:
        patch.setattr(record_count, "CHUNK_BYTES", chunk)
        patch.setattr(record_count, "LARGE_BYTES", 0)
        if expected is None:
            with pytest.raises(SourceRefused):
                count_records("any.csv", file, RecordLayout(format="csv"))
        else:
            assert count_records("any.csv", file, RecordLayout(format="csv")) == expected


@pytest.mark.parametrize(
    ("text", "records"),
    [
        (b'a,"b"\n1,"x\ny"\r\n\n"","2 ""in"""\n\n', 3),
        (b'\n"a"\n"\n\n"\n\n3', 3),
        (b'a,b\n1,5" pipe\n', None),
        (b'a,b\n1, "x"\n', None),
        (b'a,b\n1,"x" \n', None),
        (b'a,b\n1,"x\n2,y\n', None),
        (b'a,b\r1,"x"\r', None),
    ],
)
def test_quoted_records_are_counted_where_each_quote_is_at_an_edge(
    text: bytes, records: int | None
) -> None:
    for size in (1, 2, 3, len(text)):
        chunks = [text[at : at + size] for at in range(0, len(text), size)]
        found = count_quoted(chunks, delimiter=ord(","), quote=ord('"'), longest=1000)
        assert found == records, size


def test_a_part_s_name_holds_no_pattern(extract: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "films [2024]*.csv").write_bytes(b"a\n1\n")
    landed = extract(FileSource(type="file", path="films [2024]*.csv"))
    assert landed.manifest.parts[0].name == "films__2024__.csv"
    assert landed.manifest.source["path"] == "films [2024]*.csv"


def test_a_missing_file_is_reported_with_the_one_that_is_close(
    extract: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "brand.csv").write_bytes(b"a\n")
    with pytest.raises(SourceRefused, match=r"no file brands\.csv") as refused:
        extract(source())
    assert "did you mean 'brand.csv'?" in refused.value.remedy


def test_a_folder_is_no_file(extract: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "brands.csv").mkdir()
    with pytest.raises(SourceRefused, match="is a folder") as refused:
        extract(source())
    assert refused.value.remedy == "name its files: brands.csv/*.csv"


@pytest.mark.parametrize(
    "path",
    [
        "../outside.csv",
        "/etc/passwd",
        "include/data/cinema/../../../../outside.csv",
        "include/data/cinema/link.csv",
        "include/data/cinema/folder/in.csv",
    ],
)
def test_no_path_leaves_the_project(extract: Callable[..., Any], tmp_path: Path, path: str) -> None:
    root, outside = tmp_path / "project", tmp_path / "outside.csv"
    own = root / "include" / "data" / "cinema"
    own.mkdir(parents=True)
    outside.write_bytes(b"a\nsecret\n")
    (own / "link.csv").symlink_to(outside)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "in.csv").write_bytes(b"a\nsecret\n")
    (own / "folder").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SourceRefused, match="in no folder that the domain cinema may read"):
        extract(FileSource(type="file", path=path), root=root)


def test_a_link_within_the_project_is_followed(extract: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_bytes(b"a\n1\n")
    (tmp_path / "brands.csv").symlink_to(tmp_path / "real.csv")
    assert extract(source()).manifest.records == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(extract: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "brands.csv").write_bytes(b"a\n1\n")
    (tmp_path / "brands.csv").chmod(0)
    with pytest.raises(SourceRefused, match="cannot be read: Permission denied"):
        extract(source())


def test_a_file_that_grows_while_it_is_read_is_read_again_later(
    land: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = PartFile.write

    def write_and_grow(self: PartFile, chunk: bytes) -> None:
        write(self, chunk)
        if chunk == content:
            with (tmp_path / "brands.csv").open("ab") as file:
                file.write(b"late,1\n")

    content = b"a,b\n" + b"1,2\n" * 10
    monkeypatch.setattr(PartFile, "write", write_and_grow)
    with pytest.raises(SourceUnavailable, match="changed while it was read"):
        land(content)


@pytest.mark.parametrize("header", ["a,b", '"a","b"'])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_mark_does_not_hide_the_quotes(land: Callable[..., Any], mark: str, header: str) -> None:
    landed = land(f'{mark}{header}\n1,"x\ny"\n\n2,z\n'.encode())
    assert landed.manifest.records == 2
    with pytest.raises(SourceRefused, match="the record from line"):
        land(f'{mark}{header}\n1,"x\ny\n2,z\n'.encode())
