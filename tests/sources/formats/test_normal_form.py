"""Delimited tables of any shape, as the engines get them: what is written is what was meant."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medallion.errors import SourceRefused
from medallion.records import RecordLayout
from medallion.sources.file.source import FileSource
from medallion.sources.formats.normal_form import normal_copy, original_lines
from medallion.sources.formats.table_shape import TableShape

Read = Callable[..., tuple[list[list[str]], Any]]


@pytest.fixture
def read(extract: Callable[..., Any], tmp_path: Path) -> Read:
    """Land a file and read its copy in the normal form: (header and records, manifest)."""

    def run(content: bytes, name: str = "a.csv", **said: Any) -> tuple[list[list[str]], Any]:
        (tmp_path / name).write_bytes(content)
        landed = extract(FileSource(type="file", path=name, **said))
        assert landed.bytes_of() == content
        part = tmp_path / "part"
        part.write_bytes(content)
        copy, layout = normal_copy(part, landed.manifest.layout, tmp_path)
        with copy.open(encoding="utf-8", newline="") as text:
            rows = list(csv.reader(text, delimiter=layout.delimiter, quotechar=layout.quote))
        assert tuple(rows[0]) == layout.columns == landed.manifest.layout.columns
        assert landed.manifest.records == len(rows) - 1
        return rows, landed.manifest

    return run


TABLE = [["id", "name"], ["1", "Amélie"], ["2", "a\nb"]]
TEXT = 'id;name\n1;Amélie\n2;"a\nb"\n'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f'Report "2026\n\n{TEXT}'.encode(), {"skip_rows": 2}),
        (f"Report\n\n\n{TEXT}".encode(), {"skip_rows": 1}),
        (f"Report\n{TEXT}".replace("\n", "\r\n").encode("utf-8-sig"), {"skip_rows": 1}),
        (f"Report\n{TEXT}".encode("utf-16"), {"skip_rows": 1}),
        (f'a\n"b\nc"\n{TEXT}'.encode("cp1252"), {"header_row": 4}),
        (f"a\n\n{TEXT}".rstrip("\n").encode(), {"header_row": 3}),
        (TEXT.partition("\n")[2].encode(), {"header": False, "column_names": ["id", "name"]}),
        (f"{TEXT}\nTotal;2\n\n".encode(), {"skip_footer": 1}),
        (f'{TEXT}"Total";2\n;\n\n'.encode(), {"footer": "^Total;"}),
        (f'#"a\n#\n{TEXT}#b;c;d\n'.encode(), {"comment": "#"}),
        (
            TEXT.replace("\n1", ";\n1").replace("ie\n", "ie;\n").encode(),
            {"trailing_delimiter": True},
        ),
        (TEXT.replace('"a\nb"', '"a\\\nb"').encode(), {"escape": "\\"}),
        (TEXT.replace('"a\nb"', "a\\\nb").encode(), {"quote": "none", "escape": "\\"}),
    ],
)
def test_what_is_not_a_record_is_left_out(read: Read, content: bytes, said: dict[str, Any]) -> None:
    rows, _ = read(content, **said)
    assert [[cell.replace("\r\n", "\n") for cell in row] for row in rows] == TABLE


def test_it_is_read_out_of_gzip(read: Read) -> None:
    rows, _ = read(gzip.compress(f"a\n{TEXT}".encode()), "a.csv.gz", skip_rows=1)
    assert rows == TABLE


@pytest.mark.parametrize(
    ("text", "said", "rows"),
    [
        ('1;"5"" x"\n', {}, [["1", '5" x']]),
        ('1;5" "x"\n', {"quote": "none"}, [["1", '5" "x"']]),
        ('1;"#\n#b"\n#c\n', {}, [["1", "#\n#b"]]),
        ("1;\\N\n2;a\\;\\\\b\\t\n", {"escape": "\\"}, [["1", "\\N"], ["2", "a;\\b\\t"]]),
        ('1;"a\\"b"\n2;c\\', {"escape": "\\"}, [["1", 'a"b'], ["2", "c\\"]]),
        ("1\n2;b\n3;c;d\n", {"pad_short_rows": True}, [["1", ""], ["2", "b"], ["3", "c", "d"]]),
        ("1;a;\n2;b\n3;c;d\n4\n", {"trailing_delimiter": True},
         [["1", "a"], ["2", "b"], ["3", "c", "d"], ["4"]]),
        ("1;a\n\n\n2;b", {}, [["1", "a"], ["2", "b"]]),
        ('"1";"a\rb"\n', {}, [["1", "a\rb"]]),
    ],
)  # fmt: skip
def test_records_stay_what_they_are(
    read: Read, text: str, said: dict[str, Any], rows: list[list[str]]
) -> None:
    """Broken ones too: they belong into quarantine."""
    found, _ = read(f"id;name\n{text}".encode(), comment="#", delimiter=";", **said)
    assert found[1:] == rows


def test_several_rows_of_a_header_are_joined_and_names_that_occur_again_get_a_number(
    read: Read,
) -> None:
    text = "Sales\n,2025,,2026,,\n,,,,,\nRegion,n,eur,n,eur,eur\nNorth,1,2,3,4,5\n"
    rows, manifest = read(text.encode(), header_row=[2, 4])
    names = ["Region", "2025 n", "2025 eur", "2026 n", "2026 eur", "2026 eur_2"]
    assert rows == [names, ["North", *"12345"]]
    assert dict(manifest.layout.own) == {"header_row": "[2, 4]"}


def test_what_is_left_out_is_counted(read: Read, caplog: pytest.LogCaptureFixture) -> None:
    text = "#\nid;name\n1;a;\n2\n#\n3;c;d\nSum;6;\nby Ana\n"
    _, manifest = read(
        text.encode(), comment="#", pad_short_rows=True, trailing_delimiter=True, footer="^Sum"
    )
    notes = {"footer_records": 2, "comment_lines": 2, "padded_records": 1, "trailing_delimiters": 1}
    assert notes.items() <= manifest.notes.items()
    assert not caplog.records
    read(b"id;name\n1;a\n", trailing_delimiter=True, footer="^Sum")
    assert [record.message for record in caplog.records] == [
        "a.csv: `footer` matches no row: has its footer gone?",
        "a.csv: no record ends in a delimiter: `trailing_delimiter` does nothing",
    ]


@pytest.mark.parametrize(
    ("text", "said", "problem"),
    [
        ("", {"skip_rows": 1}, "has 0 lines, but its header should come after 1"),
        ("a\nb", {"header_row": 4}, "has 2 lines, but its header should come after 3"),
        ("a\nb", {"skip_rows": 2}, "has no header"),
        ("", {"footer": "x"}, "has no header: it is empty"),
        ("a\n;\n1;2", {"header_row": 2}, "no cell there has a name"),
        ('a\n"b\nc"\n1', {"header_row": [2, 3]}, "no row begins on line 3"),
        ("a;b\n1;2", {"skip_footer": 2}, "has 1 row after its header, and the last 2"),
        ("1;2;3\n4;5;6", {"header": False, "column_names": ["a", "b"]},
         "2 columns have names, and no record has 2 fields: most have more"),
        ("a\nTotal\n" + "1\n" * 5000, {"footer": "^T"}, "line 2: `footer` matches it, and more"),
        ('a;b\n1;2\n3;"4\n5;6\n', {"footer": "^T"}, "the record from line 3 on: unexpected end"),
        ("a;b\n", {"delimiter": ",", "footer": "^T"}, "',' finds one column, ';' finds 2"),
    ],
)  # fmt: skip
def test_a_file_of_another_shape_than_is_said_is_refused(
    read: Read, text: str, said: dict[str, Any], problem: str
) -> None:
    with pytest.raises(SourceRefused, match=problem) as refused:
        read(text.encode(), **said)
    assert refused.value.remedy


def test_a_footer_is_found_far_behind(read: Read) -> None:
    text = "a;b\n" + "1;2\n" * 5000 + "Total;3\n"
    assert read(text.encode(), footer="^Total")[1].notes["footer_records"] == 1
    assert "footer_records" not in read(text.encode(), footer="^Sum")[1].notes


def test_a_table_without_records(read: Read) -> None:
    assert read(b"a\nb", skip_rows=1)[0] == [["b"]]
    assert read(b"a\nTotal", footer="^Total")[0] == [["a"]]
    assert read(b"# c\n\na\n", comment="#")[0] == [["a"]]
    assert read(b"", header=False, column_names=["a"])[0] == [["a"]]


_CELLS = st.text(alphabet=st.sampled_from("a1é ;,'\"\\#\r\n\t€"), max_size=6)


@settings(
    max_examples=200,
    # neither limit is a verdict on the code: a busy machine is slow
)
@given(
    rows=st.lists(st.lists(_CELLS, min_size=1, max_size=4), max_size=6),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    before=st.lists(st.text(alphabet="a;\"' #", max_size=5), max_size=3),
)
def test_what_is_written_is_read_back_equal(
    tmp_path: Path, rows: list[list[str]], end: str, before: list[str]
) -> None:
    """Whatever is in the cells; each record is found on its line of the part."""
    part = tmp_path / "part"
    first = [*before, "", "#c"]
    body = io.StringIO(newline="")
    writer = csv.writer(body, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator=end)
    writer.writerow(["x", "y\nz"])
    writer.writerows(rows)
    text = "".join(f"{line}{end}" for line in first) + body.getvalue()
    part.write_bytes(text.encode())
    own = TableShape(skip_rows=len(before) + 1, comment="#").pairs()
    copy, layout = normal_copy(part, RecordLayout(format="csv", delimiter=";", own=own), tmp_path)
    content = copy.read_bytes().decode()
    found = list(csv.reader(io.StringIO(content, newline=""), delimiter=";"))
    assert found == [["x", "y\nz"], *rows]
    with original_lines(copy) as original:
        theirs = [line + len(first) for line in _lines(body.getvalue())]
        assert list(map(original, _lines(content)))[1:] == theirs[1:]
    assert layout.columns == ("x", "y\nz")


def _lines(text: str) -> list[int]:
    """On which line each record begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    found, line = [], 1
    for _ in reader:
        found.append(line)
        line = reader.line_num + 1
    return found
