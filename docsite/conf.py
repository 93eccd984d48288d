"""Sphinx's settings, for one language: `build` says which. Nothing of elsewhere is loaded."""

from __future__ import annotations

import os

language = os.environ.get("DOCSITE_LANGUAGE", "en")
project = "Medallion"
html_title = "Medallion"
html_short_title = "Medallion"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns: list[str] = []
# The docs are Markdown as forges read it. MyST's own directives are in what `assemble` adds.
myst_heading_anchors = 6
myst_heading_slug_func = "docsite.markdown.slug_of"
myst_enable_extensions: list[str] = []
highlight_language = "text"
# An example may be cut short, or be wrong on purpose. Anchors are looked at in the built pages,
# which have those that a page names itself, too.
suppress_warnings = ["misc.highlighting_failure", "myst.xref_missing"]
smartquotes = False
locale_dirs = [os.path.join(os.path.dirname(__file__), "locale")]  # noqa: PTH118, PTH120

html_theme = "furo"
templates_path = ["templates"]
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_use_index = False
html_permalinks_icon = "#"
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "languages.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
