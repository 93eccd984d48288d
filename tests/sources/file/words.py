"""The words by which a source of files, or a column of one, says what its files are like, and where
each is proven. `test_words` holds this to the code, to the docs and to the tests that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.cli.test_new_everyday import SHAPES, Shape
from tests.cli.test_new_more_shapes import MORE

EVERYDAY: Mapping[str, Shape] = {**SHAPES, **MORE}
FOUND_AGAIN = "each landing finds it in each file"
SAID = "a person's choice"


@dataclass(frozen=True, kw_only=True)
class Word:
    """One word.

    Attributes:
        rule: a broken spec of tests/spec/broken in which a wrong value of it is refused.
        page: the docs' page and section with an example of it.
        example: the test that runs the section's example.
        detected: by format, the shape of `tests/cli/test_new_…` whose spec `new` writes with it; or
            why it writes none.
        held: by format, why a later file cannot contradict it; where it can, a case says what
            happens.
    """

    rule: str
    page: tuple[str, str]
    example: str
    detected: Mapping[str, str]
    held: Mapping[str, str] = field(default_factory=dict)


FILES = "sources-file.md"
SENT = (FILES, "Files as people send them")
OLDER = (FILES, "Text from older systems")
SHAPE, LAYOUTS, FORMATS = "source_table_shape", "source_layouts", "source_file_formats"
RUN = "tests/docs/test_sources_file.py::test_the_pages_"
READ_SENT = f"{RUN}files_as_people_send_them_are_read"
READ_PLACES = f"{RUN}text_of_fixed_width_and_its_xml_are_read"
READ_WORDS = f"{RUN}short_examples_are_read"

SOURCE_WORDS: Mapping[str, Word] = {
    "skip_rows": Word(
        rule=SHAPE, page=(FILES, "Fixed width"), example=READ_PLACES,
        detected={"csv": "six header lines", "excel": "a workbook with a note at the end",
                  "fixed_width": "fixed width"},
    ),
    "header_row": Word(
        rule=SHAPE, page=SENT, example=READ_SENT,
        detected={"csv": "two header rows", "excel": "a workbook with two header rows"},
    ),
    "header": Word(
        rule=SHAPE, page=SENT, example=READ_SENT,
        detected={"csv": "headerless", "excel": "a workbook without a header"},
    ),
    "column_names": Word(
        rule=SHAPE, page=SENT, example=READ_SENT,
        detected={"csv": "headerless", "excel": "a workbook without a header"},
    ),
    "skip_footer": Word(
        rule=SHAPE, page=OLDER, example=READ_WORDS,
        detected={"csv": "a signature at the end", "excel": "a workbook with a note at the end",
                  "fixed_width": "`footer` or `skip_footer`, as the last lines are"},
    ),
    "footer": Word(
        rule=SHAPE, page=SENT, example=READ_SENT,
        detected={"csv": "footer", "excel": "a workbook with titles",
                  "fixed_width": "fixed width"},
    ),
    "comment": Word(
        rule=SHAPE, page=SENT, example=READ_SENT,
        detected={"csv": "comment lines", "fixed_width": "fixed width"},
    ),
    "escape": Word(
        rule=SHAPE, page=OLDER, example=READ_WORDS, detected={"csv": "escapes"},
    ),
    "quote": Word(
        rule="source_encoding", page=SENT, example=READ_SENT, detected={"csv": "stray quotes"},
    ),
    "delimiter": Word(
        rule="source_text_keys", page=SENT, example=READ_SENT, detected={"csv": "two systems"},
    ),
    "pad_short_rows": Word(
        rule="source_text_keys", page=SENT, example=READ_SENT,
        detected={"csv": "short rows", "fixed_width": "fixed width whose blanks were cut off"},
    ),
    "trailing_delimiter": Word(
        rule="source_text_keys", page=SENT, example=READ_SENT,
        detected={"csv": "many columns alike"},
    ),
    "encoding": Word(
        rule="source_encoding", page=OLDER, example=READ_WORDS,
        detected={"csv": "cp850", "fixed_width": "fixed width"},
    ),
    "decimal": Word(
        rule=LAYOUTS, page=(FILES, "Files of several layouts: `layouts`"),
        example=f"{RUN}files_of_several_layouts_are_read",
        detected={"csv": "a decimal mark of a layout"},
    ),
    "union_by_name": Word(
        rule=SHAPE, page=(FILES, "Files whose columns differ: `union_by_name`"),
        example=READ_SENT,
        detected={"csv": "drifting years", "excel": "workbooks whose columns drift",
                  "parquet": "Parquet whose columns drift"},
        held={"parquet": "its schema is in the file, and held as a header is"},
    ),
    "layouts": Word(
        rule=LAYOUTS, page=(FILES, "Files of several layouts: `layouts`"),
        example=f"{RUN}files_of_several_layouts_are_read",
        detected={"csv": "two systems", "excel": "workbooks of two layouts"},
    ),
    "member": Word(
        rule="file_member", page=(FILES, "Archives: `member`"), example=READ_WORDS,
        detected={"csv": "two-member zip"},
    ),
    "compression": Word(
        rule=FORMATS, page=OLDER, example=READ_WORDS, detected={"csv": FOUND_AGAIN},
    ),
    "unpivot": Word(
        rule="file_unpivot", page=(FILES, "Columns that are records: `unpivot`"),
        example=READ_WORDS,
        detected={"csv": "wide years", "excel": "a workbook of years",
                  "parquet": "Parquet of years",
                  "fixed_width": "`columns` has the names, and a person writes those"},
    ),
    "columns": Word(
        rule=FORMATS, page=(FILES, "Fixed width"), example=READ_PLACES,
        detected={"fixed_width": "fixed width"},
    ),
    "widths": Word(
        rule=FORMATS, page=(FILES, "Fixed width"), example=READ_WORDS,
        detected={"fixed_width": "`columns` says the same"},
    ),
    "sheet": Word(
        rule=FORMATS, page=(FILES, "Excel"), example=READ_WORDS, detected={"excel": "two sheets"},
    ),
    "sheet_column": Word(
        rule="source_text_keys", page=(FILES, "Excel"), example=READ_WORDS,
        detected={"excel": "two sheets"},
    ),
    "range": Word(
        rule=FORMATS, page=(FILES, ""), example=f"{RUN}pipeline_runs_on_the_pages_files",
        detected={"excel": "a workbook with titles"},
    ),
    "records": Word(
        rule=FORMATS, page=(FILES, ""), example=f"{RUN}pipeline_runs_on_the_pages_files",
        detected={"json": "a long JSON document"},
    ),
    "single_record": Word(
        rule=FORMATS, page=(FILES, "JSON"), example=READ_WORDS,
        detected={"json": "one record of JSON"},
    ),
    "keys_as": Word(
        rule=FORMATS, page=(FILES, "JSON"), example=f"{RUN}objects_of_records_are_read",
        detected={"json": "JSON with a record under each key"},
    ),
    "values_as": Word(
        rule=FORMATS, page=(FILES, "JSON"), example=f"{RUN}objects_of_records_are_read",
        detected={"json": "JSON of numbers under their keys"},
    ),
    "record": Word(
        rule=FORMATS, page=(FILES, "XML"), example=READ_PLACES, detected={"xml": "XML"},
    ),
    "lists": Word(
        rule="source_text_keys", page=(FILES, "XML"), example=READ_PLACES, detected={"xml": "XML"},
        held={"xml": "a record without the element has no value"},
    ),
    "namespaces": Word(
        rule="source_text_keys", page=(FILES, "XML"), example=READ_PLACES, detected={"xml": SAID},
    ),
}  # fmt: skip

COLUMN_WORDS: Mapping[str, Word] = {
    "from": Word(
        rule="column_names_and_optional",
        page=(FILES, "Files whose columns differ: `union_by_name`"), example=READ_SENT,
        detected={"csv": "a field that was renamed", "jsonl": "JSON whose field was renamed"},
    ),
    "optional": Word(
        rule="column_names_and_optional",
        page=(FILES, "Files whose columns differ: `union_by_name`"), example=READ_SENT,
        detected={"csv": "drifting years", "excel": "workbooks whose columns drift"},
    ),
    "pivot_year": Word(
        rule="column_times_and_arrays", page=("columns.md", "Values of other programs"),
        example="tests/docs/test_columns.py::test_the_pages_words_of_values_read_them",
        detected={"csv": "years of two digits"},
    ),
    "format": Word(
        rule="column_scale", page=("columns.md", "Values of other programs"),
        example="tests/docs/test_columns.py::test_the_pages_words_of_values_read_them",
        detected={"csv": "Python's lists and dicts", "excel": "a workbook of Python's lists"},
    ),
    "scale": Word(
        rule="column_scale", page=("columns.md", "Values of other programs"),
        example="tests/docs/test_columns.py::test_the_pages_words_of_values_read_them",
        detected={"csv": "scale in another column", "excel": "a workbook with a scale"},
    ),
    "columns_like": Word(
        rule="columns_like", page=("columns.md", "Values of other programs"),
        example="tests/docs/test_columns.py::test_the_pages_words_of_values_read_them",
        detected={"csv": "many columns alike", "excel": "a workbook of many columns alike"},
    ),
    "filter": Word(
        rule="column_expressions", page=(FILES, "Totals between the records"), example=READ_SENT,
        detected={"csv": "totals in a column of numbers", "excel": "a workbook with totals"},
    ),
}  # fmt: skip
NOT_OF_SHAPE = frozenset(("type", "format", "path", "only_new"))
"""Keys of a source of files that say nothing of how a file is laid out."""
