"""Serve the pages of a project to Chromium, and time the lineage graph."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import sync_playwright

from bench.child import answer, arguments
from bench.warehouse import url
from medallion.airflow.pages import access, desk
from medallion.airflow.pages.app import make_app
from medallion.airflow.pages.lazy import PREFIX
from medallion.compiler.project import load_project
from medallion.warehouse.session.transaction import session

CHROMIUM = "/usr/bin/chromium"
DRAWN = "() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(performance.now()))))"  # noqa: E501


def main() -> None:
    given = arguments()
    root = Path(given["root"])
    issues = load_project(root, until=time.monotonic() + 300).issues
    if issues:
        raise SystemExit(str(issues))
    with session(url(), "making the registry"):
        pass
    with _served(root) as address:
        answer(**_looked_at(f"{address}{PREFIX}/lineage", given["rounds"]))


def _looked_at(address: str, rounds: int) -> dict[str, Any]:
    seconds = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for _ in range(rounds + 1):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            page = context.new_page()
            shown = page.goto(address)
            seconds.append(page.evaluate(DRAWN) / 1000)
            nodes = page.locator(".node").count()
            edges = page.locator(".edge").count()
            size = len(shown.body()) if shown else 0
            context.close()
        browser.close()
    return {"seconds": seconds[1:], "nodes": nodes, "edges": edges, "bytes": size}


@contextmanager
def _served(root: Path) -> Iterator[str]:
    """The app on a port of its own, for somebody who may see every domain."""
    domains = frozenset(folder.name for folder in (root / "specs").iterdir())
    desk.loader_url = url
    app = make_app()
    app.dependency_overrides[access._viewer] = lambda: access.Viewer(
        name="bench", dag_ids=frozenset(f"{one}.shops" for one in domains), domains=domains, user=0
    )
    outer = FastAPI()
    outer.mount(PREFIX, app)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(outer, log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


if __name__ == "__main__":
    main()
