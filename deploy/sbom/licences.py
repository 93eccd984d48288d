"""The licences of what is installed, as docs/third-party.md shows them: from a CycloneDX document.

    python deploy/sbom/licences.py SBOM.json > docs/third-party.md

`make licences` makes the document of an environment that holds requirements.txt and nothing else.
Only the standard library is needed.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HEAD = """\
# Third-party licences

What `requirements.txt` installs on Linux, each with the licence that its own metadata names.
`make licences` writes this page, `make sbom` the bill of materials (CycloneDX) that it is made of.
Why each library that Medallion imports itself was chosen is in [dependencies](dependencies.md).

| package | version | licence |
|---|---|---|
"""
_CLASSIFIER = re.compile(r"^License :: (OSI Approved :: )?")
_LONG = 60
"""Some packages put the whole text of a licence where its name belongs."""
NAMES = (
    ("apache", "Apache-2.0"),
    ("bsd 3-clause", "BSD-3-Clause"),
    ("permission is hereby granted, free of charge", "MIT"),
    ("redistribution and use in source and binary forms", "BSD"),
)
"""By what a long text holds, in small letters, what it is."""
SILENT = {"protobuf": "BSD-3-Clause"}
"""What the metadata of a package do not name: as its LICENSE file has it."""


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """One of the document's components."""

    name: str
    version: str
    licence: str
    """SPDX where the package says so, else the words of its classifier; empty: it says nothing."""


def main(words: list[str]) -> int:
    """Print the page."""
    if len(words) != 1:
        sys.stderr.write(__doc__ or "")
        return 2
    sys.stdout.write(page(packages(json.loads(Path(words[0]).read_text(encoding="utf-8")))))
    return 0


def packages(document: Mapping[str, Any]) -> list[Package]:
    """The components of a CycloneDX document, by name."""
    return sorted(
        Package(
            name=re.sub(r"[-_.]+", "-", one["name"]).lower(),
            version=one["version"],
            licence=_licence(one.get("licenses", ())),
        )
        for one in document.get("components", ())
    )


def page(found: Iterable[Package]) -> str:
    """The Markdown page."""
    lines = [HEAD]
    for one in found:
        licence = one.licence or SILENT.get(one.name, "?")
        lines.append(f"| {one.name} | {one.version} | {licence} |\n")
    return "".join(lines)


def _licence(entries: Iterable[Mapping[str, Any]]) -> str:
    """What the metadata say, each once. An expression is the newest form, and says it all."""
    named: dict[str, None] = {}
    for entry in entries:
        if expression := entry.get("expression"):
            return str(expression)
        one = entry.get("license", {})
        text = str(one.get("id") or one.get("name") or "").strip()
        if text.startswith(("declared license of", "License of")):
            text = str(one.get("text", {}).get("content", "")).strip()
        if name := _shorten(text):
            named[name] = None
    return ", ".join(named)


def _shorten(text: str) -> str:
    text = _CLASSIFIER.sub("", text)
    if len(text) <= _LONG and "\n" not in text:
        return text
    return next((name for part, name in NAMES if part in text.lower()), text.split("\n")[0][:_LONG])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
