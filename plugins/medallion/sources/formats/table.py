"""Every format, by its word in YAML and in a landing's layout: a new one is a file and a line."""

from __future__ import annotations

from medallion.sources.formats.delimited import Delimited
from medallion.sources.formats.file_format import FileFormat
from medallion.sources.formats.json_documents import JsonDocument
from medallion.sources.formats.json_lines import JsonLines
from medallion.sources.formats.parquet_files import Parquet
from medallion.sources.formats.workbooks import Workbook

FORMATS: dict[str, FileFormat] = {
    "csv": Delimited(),
    "jsonl": JsonLines(),
    "json": JsonDocument(),
    "excel": Workbook(),
    "parquet": Parquet(),
}
