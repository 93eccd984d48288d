"""Pictures of the diagrams: a forge draws Mermaid, a site without scripts of others shows pictures.

They are in docs/images/diagrams, named by what they show. Those that are missing are drawn by

    python -m docsite.drawings node_modules/mermaid/dist/mermaid.min.js

with Mermaid from npm and Chromium, and those that no page has any more are removed. Neither is part
of the project: a diagram changes a few times a year.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

from docsite.markdown import fences_of
from docsite.page_set import PageSet

FOLDER = "docs/images/diagrams"
SCHEMES = {"light": "neutral", "dark": "dark"}
"""Of pages, and Mermaid's theme for each."""
ALT = {
    "en": "A diagram: the boxes and arrows that the text around it names",
    "fr": "Un diagramme : les cases et les flèches que nomme le texte autour",
}
"""What a picture is to who does not see it, by language."""
_SIZE = re.compile(r'viewBox="\S+ \S+ (\S+) (\S+)"')
_SCALE = 0.75
_CHROMIUM = "/usr/bin/chromium"
_DRAW = """async ([code, theme]) => {
    mermaid.initialize({startOnLoad: false, theme, securityLevel: 'strict', htmlLabels: false,
        flowchart: {htmlLabels: false}, fontFamily: 'sans-serif', deterministicIds: true});
    return (await mermaid.render('diagram', code)).svg;
}"""


def pictures_of(root: Path, code: str) -> dict[str, str]:
    """By scheme the picture's path in the project; empty where one is missing."""
    digest = hashlib.sha256(code.encode()).hexdigest()[:12]
    found = {scheme: f"{FOLDER}/{digest}-{scheme}.svg" for scheme in SCHEMES}
    return found if all((root / path).is_file() for path in found.values()) else {}


def diagrams(page_set: PageSet) -> dict[str, str]:
    """The code of every diagram, and the page that has it."""
    return {
        code: path
        for path in page_set.paths()
        for code in fences_of(page_set.text(path), "mermaid")
    }


def _with_size(drawn: str) -> str:
    """A drawing that is as large as its text asks for, and not as wide as the page."""
    width, height = (float(found) for found in _SIZE.findall(drawn)[0])
    size = f'width="{width * _SCALE:.0f}" height="{height * _SCALE:.0f}"'
    return re.sub(r'width="100%"(.*?)style="[^"]*"', rf"{size}\1", drawn, count=1, flags=re.DOTALL)


def draw(root: Path, script: Path) -> None:
    """Draw what is missing, remove what no page has."""
    from playwright.sync_api import sync_playwright

    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    wanted = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.add_script_tag(path=script)
        for code in diagrams(PageSet(root)):
            digest = hashlib.sha256(code.encode()).hexdigest()[:12]
            for scheme, theme in SCHEMES.items():
                file = folder / f"{digest}-{scheme}.svg"
                wanted.add(file)
                if not file.is_file():
                    drawn = _with_size(page.evaluate(_DRAW, [code, theme]))
                    file.write_text(f"{drawn}\n", encoding="utf-8")
        browser.close()
    for file in folder.glob("*.svg"):
        if file not in wanted:
            file.unlink()


if __name__ == "__main__":
    draw(Path(__file__).resolve().parents[1], Path(sys.argv[1]))
