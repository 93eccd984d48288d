"""Pages of one file each, which need nothing but themselves: what a preview or a diff has found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape

from medallion.plan.model import Plan
from medallion.prose import show_value, tally
from medallion.workbench.preview import Preview


def page(name: str, plan: Plan, preview: Preview) -> str:
    """The page of a preview. Every value of data or spec is escaped.

    Args:
        name: what was asked for.
        plan: of the pipeline.
        preview: what was found.
    """
    return render_page("preview.html", name=name, plan=plan, preview=preview)


def render_page(template: str, **values: Any) -> str:
    """A template of this folder as text; what it is given is escaped.

    Args:
        template: its file, which extends page.html.
        values: by the names that it uses.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(show_value=show_value, tally=tally)
    return environment.get_template(template).render(**values)
