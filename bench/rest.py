"""Pages of a REST API landed, beside the same loop written by hand with the HTTP library."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from bench.child import run_side
from bench.claims import Bound, Claim, Result
from bench.rounds import Say, Side, alternate
from bench.warehouse import Warehouse, warehouse
from bench.workspace import Workspace

PAGES, QUICK_PAGES, RECORDS = 500, 50, 100
SLOW_PAGES, SLOW_SECONDS = 100, 0.05
RATE_PAGES, QUICK_RATE_PAGES, RATE_SECONDS, ALLOWED = 400, 40, 0.1, 35

_HOW = (
    f"A local server has its pages of {RECORDS} records ready. Ours is the land step as a task "
    "runs it: the load in the registry, the request budget leased from PostgreSQL (so high that it "
    "never waits), each page checked, landed and kept in the journal, parts with their digests, "
    "the manifest. Theirs is httpx in a loop until a page is empty: each body is parsed and "
    "appended as a line to one gzip file of the same level. Each side runs in a fresh process; the "
    "clock starts when its libraries are imported."
)

CLAIMS = (
    Claim(
        name="rest.loop",
        what=f"Land {PAGES} REST pages: our time ÷ an httpx loop's",
        how=f"{_HOW} The server answers at once: what is measured is the work around it.",
        bound=Bound.AT_MOST,
        target=1.5,
    ),
    Claim(
        name="rest.loop_slow",
        what=f"Land {SLOW_PAGES} REST pages of a server that takes 50 ms: our time ÷ the loop's",
        how=f"{_HOW} The server takes {SLOW_SECONDS * 1000:.0f} ms a page, as APIs do.",
        bound=Bound.AT_MOST,
        target=1.1,
    ),
    Claim(
        name="rest.rate",
        what=f"Land {RATE_PAGES} REST pages of a server that takes 100 ms: rate ÷ what is allowed",
        how=f"{_HOW.partition(' Theirs')[0]} But for the budget, of {ALLOWED} requests a second, "
        f"and the server, which takes {RATE_SECONDS * 1000:.0f} ms a page. The pages have numbers, "
        "and each body the total of records; the connection says nothing of requests at once.",
        bound=Bound.AT_LEAST,
        target=0.9,
    ),
)

OURS, LOOP, PACE = "ours", "httpx loop", "numbered pages"


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Both sides read the same pages, of a quick server and of a slow one."""
    found = []
    sizes = ((PAGES, 0.0), (SLOW_PAGES, SLOW_SECONDS))
    with warehouse(workspace) as server:
        for claim, (full, seconds) in zip(CLAIMS[: len(sizes)], sizes, strict=True):
            pages = QUICK_PAGES if workspace.quick else full
            say(f"{pages} pages, {seconds * 1000:.0f} ms each")
            records: set[int] = set()
            with serving(pages, seconds) as port:
                given = {"port": port, "lake": str(workspace.fresh("lake"))}

                def side(by: str, given: dict[str, object] = given) -> Side:
                    def run() -> float:
                        done = run_side("rest_films", {**given, "by": by}, server.environment)
                        records.add(int(done["records"]))  # noqa: B023  # used within the turn
                        return float(done["seconds"])

                    return run

                sides = {OURS: side("medallion"), LOOP: side("httpx")}
                rounds = alternate(sides, workspace.rounds(7), say)
            found.append(
                Result(
                    claim=claim.name,
                    values=rounds.ratios(OURS, LOOP),
                    ours=f"{rounds.median(OURS):.2f} s",
                    theirs=f"{rounds.median(LOOP):.2f} s",
                    size=f"{pages} pages of {RECORDS} records",
                    note="" if records == {pages * RECORDS} else "THE RECORDS DIFFER",
                )
            )
        found.append(_rate(workspace, server, say))
    return found


def _rate(workspace: Workspace, server: Warehouse, say: Say) -> Result:
    """Requests a second, of those that are allowed."""
    pages = QUICK_RATE_PAGES if workspace.quick else RATE_PAGES
    with serving(pages, RATE_SECONDS) as port:
        given = {
            "port": port, "lake": str(workspace.fresh("lake")), "by": "medallion",
            "per_second": ALLOWED, "total": "total",
        }  # fmt: skip

        def run() -> float:
            done = run_side("rest_films", given, server.environment)
            return pages / float(done["seconds"])

        rounds = alternate({PACE: run}, workspace.rounds(3), say, "requests/s")
    return Result(
        claim="rest.rate",
        values=[rate / ALLOWED for rate in rounds.of(PACE)],
        ours=f"{rounds.median(PACE):.1f} requests/s",
        theirs=f"{ALLOWED} requests/s",
        size=f"{pages} pages of {RECORDS} records",
    )


def bodies(pages: int) -> list[bytes]:
    """Each page, and an empty one after the last."""
    made = []
    for page in range(pages):
        films = [
            {
                "id": page * RECORDS + at,
                "title": f"Film no. {page * RECORDS + at}",
                "overview": "A long story, figures once more. " * 3,
                "released": f"2024-{at % 12 + 1:02d}-{page % 28 + 1:02d}",
                "votes": {"average": at % 100 / 10, "count": page * at},
            }
            for at in range(RECORDS)
        ]
        made.append(json.dumps({"data": films, "total": pages * RECORDS}).encode())
    return [*made, b'{"data": [], "total": %d}' % (pages * RECORDS)]


@contextmanager
def serving(pages: int, seconds: float) -> Iterator[int]:
    """A server of the pages, by `?page=`; its port."""
    ready = bodies(pages)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            time.sleep(seconds)
            body = ready[int(parse_qs(urlsplit(self.path).query)["page"][0]) - 1]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port
        server.shutdown()
