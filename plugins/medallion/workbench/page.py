"""A preview as one HTML page that needs nothing but itself."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

from medallion.plan.model import Plan
from medallion.workbench.preview import Preview


def page(name: str, plan: Plan, preview: Preview) -> str:
    """The page's text. Every value of data or spec is escaped.

    Args:
        name: what was asked for.
        plan: of the pipeline.
        preview: what was found.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("preview.html").render(name=name, plan=plan, preview=preview)
