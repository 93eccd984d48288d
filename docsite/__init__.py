"""The documentation site: docs/*.md as static pages in English and French (docs/site.md).

    python -m docsite build          assemble both languages, build them, check every link
    python -m docsite serve          the same, and serve them on this machine
    python -m docsite check          the links and anchors of the sources alone, without building
    python -m docsite translations   which French pages are out of date, and which there are none of

The pages stay where they are, and are readable on a forge as they are: `assemble` copies them into
one tree for each language, with links that lead within that tree, and Sphinx builds the trees.
Building needs docsite/requirements.txt, the other verbs what the project has anyway.
"""
