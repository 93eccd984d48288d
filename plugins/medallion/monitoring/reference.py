"""The table of metrics in docs/monitoring.md, made from the families.

`python -m medallion.monitoring.reference` writes it; a test proves that it is in step.
"""

from __future__ import annotations

from medallion.monitoring.families import FAMILIES
from medallion.roots import PROJECT_ROOT

BEGIN = "<!-- Made by `python -m medallion.monitoring.reference`: not edited here. -->"
END = "<!-- End of what is made. -->"


def reference() -> str:
    """Every metric: its name as it is queried, its type, labels and meaning, as Markdown."""
    rows = [
        f"| `{one.sample}` | {one.kind} | {', '.join(f'`{label}`' for label in one.labels)} "
        f"| {one.meaning} |"
        for one in FAMILIES
    ]
    return "\n".join(["| metric | type | labels | meaning |", "|---|---|---|---|", *rows])


def with_reference(page: str) -> str:
    """A page with what is between its marks made again."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{reference()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    path = PROJECT_ROOT / "docs" / "monitoring.md"
    path.write_text(with_reference(path.read_text(encoding="utf-8")), encoding="utf-8")
