"""Iceberg's runtime for Spark, from a wheel of Snowflake's.

That wheel leaves Jackson out, which Iceberg has in itself under a name of its own. Spark has the
same library: it is put there under Iceberg's name, as Iceberg's build does it, by the names in the
constants of each class.
"""

from __future__ import annotations

import importlib
import struct
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

SHADED = "org/apache/iceberg/shaded/"
JACKSON = "com/fasterxml/jackson"
PARTS = ("annotations", "core", "databind")
_TEXT, _WIDE = 1, (5, 6)
_SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4,
          19: 2, 20: 2}  # fmt: skip
"""How many bytes a constant of a class file has behind its tag, as the JVM's specification says."""


def find_jars(folder: Path) -> tuple[Path, Path]:
    """Iceberg's runtime, and Jackson as it wants it, which is written into the folder."""
    spark = Path(str(importlib.import_module("pyspark").__file__)).parent / "jars"
    wheel = Path(str(importlib.import_module("snowpark_connect_deps_iceberg").__file__)).parent
    (scala,) = spark.glob("scala-library-*.jar")
    line = scala.stem.removeprefix("scala-library-").rpartition(".")[0]
    (runtime,) = wheel.glob(f"jars/iceberg-spark-runtime-*_{line}-*.jar")
    jackson = folder / "jackson-of-iceberg.jar"
    rename_jackson((next(spark.glob(f"jackson-{part}-2*.jar")) for part in PARTS), jackson)
    return runtime, jackson


def rename_jackson(jars: Iterable[Path], to: Path) -> None:
    """One jar of several, whose classes have the other name."""
    with zipfile.ZipFile(to, "w") as made:
        for jar in jars:
            with zipfile.ZipFile(jar) as found:
                for name in found.namelist():
                    if name.startswith(JACKSON) and name.endswith(".class"):
                        made.writestr(SHADED + name, b"".join(_rename(found.read(name))))


def _rename(body: bytes) -> Iterator[bytes]:
    """A class file: ten bytes, of which the last two count its constants; these; the rest."""
    (count,) = struct.unpack_from(">H", body, 8)
    yield body[:10]
    at, number = 10, 1
    while number < count:
        tag = body[at]
        if tag == _TEXT:
            (length,) = struct.unpack_from(">H", body, at + 1)
            end = at + 3 + length
            text = _rename_text(body[at + 3 : end])
            yield struct.pack(">BH", tag, len(text)) + text
        else:
            end = at + 1 + _SIZES[tag]
            yield body[at:end]
        at, number = end, number + (2 if tag in _WIDE else 1)
    yield body[at:]


def _rename_text(text: bytes) -> bytes:
    for sign in "/.":
        old, new = (one.replace("/", sign).encode() for one in (JACKSON, SHADED + JACKSON))
        text = text.replace(old, new)
    return text
