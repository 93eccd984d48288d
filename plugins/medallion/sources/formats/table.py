"""Every format, by its word in YAML and in a landing's layout: a new one is a file and a line."""

from __future__ import annotations

from medallion.sources.formats.compressions import ENDINGS
from medallion.sources.formats.delimited import Delimited
from medallion.sources.formats.file_format import FileFormat
from medallion.sources.formats.fixed_width import FixedWidth
from medallion.sources.formats.json_documents import JsonDocument
from medallion.sources.formats.json_lines import JsonLines
from medallion.sources.formats.parquet_files import Parquet
from medallion.sources.formats.workbooks import Workbook
from medallion.sources.formats.xml_documents import XmlDocument

FORMATS: dict[str, FileFormat] = {
    "csv": Delimited(),
    "jsonl": JsonLines(),
    "json": JsonDocument(),
    "fixed_width": FixedWidth(),
    "xml": XmlDocument(),
    "excel": Workbook(),
    "parquet": Parquet(),
}


def format_of_name(name: str) -> str | None:
    """The format of a file by how its name ends, whatever it is compressed with; None: not known.

    >>> format_of_name("Sales 2026.XLSX"), format_of_name("a.jsonl.gz"), format_of_name("a.bin")
    ('excel', 'jsonl', None)
    """
    bare = name.lower()
    bare = next((bare.removesuffix(end) for end in ENDINGS if bare.endswith(end)), bare)
    return next((word for word, one in FORMATS.items() if bare.endswith(one.suffixes)), None)
