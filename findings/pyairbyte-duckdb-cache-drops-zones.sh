#!/usr/bin/env bash
# PyAirbyte 0.71.3 into its default cache, DuckDB 1.4.3 by duckdb_engine 0.17.0.
#
# One would guess: a field that its source declares as `timestamp_with_timezone` keeps its moment, and
# a number its digits; where a value does not fit, `_airbyte_meta` says what was changed, as in the
# tables of Airbyte's own destinations.
# True: 10:00+02:00 and 10:00Z, two hours apart, are stored as the same 10:00, and 1.0000000004 as 1.
# `_airbyte_meta` is `{}`. PyAirbyte asks SQLAlchemy for TIMESTAMP WITH TIME ZONE, duckdb_engine writes
# that as TIMESTAMP, and DuckDB reads a text with an offset into a TIMESTAMP by leaving the offset
# out; a `number` becomes DECIMAL(38,9). The extraction's own time is stored without a zone, too: in UTC.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    airbyte==0.71.3 duckdb==1.4.3 duckdb_engine==0.17.0
cd "$work"
TMPDIR="$work" DO_NOT_TRACK=1 AIRBYTE_OFFLINE_MODE=1 "$work/venv/bin/python" -W ignore - <<'PY'
import json
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import airbyte
import duckdb

print(*(f"{name} {version(name)}" for name in ("airbyte", "duckdb", "duckdb_engine")))
ROWS = [
    {"id": 1, "at": "2026-07-01T10:00:00+02:00", "total": 1.0000000004},
    {"id": 2, "at": "2026-07-01T10:00:00Z", "total": 1},
]


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(ROWS).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Answers)
threading.Thread(target=server.serve_forever, daemon=True).start()
moment = {"type": "string", "format": "date-time", "airbyte_type": "timestamp_with_timezone"}
properties = {"id": {"type": "integer"}, "at": moment, "total": {"type": "number"}}
manifest = {
    "version": "6.0.0",
    "type": "DeclarativeSource",
    "check": {"type": "CheckStream", "stream_names": ["t"]},
    "streams": [
        {
            "type": "DeclarativeStream",
            "name": "t",
            "primary_key": ["id"],
            "retriever": {
                "type": "SimpleRetriever",
                "requester": {
                    "type": "HttpRequester",
                    "url_base": f"http://127.0.0.1:{server.server_port}",
                    "path": "/",
                },
                "record_selector": {
                    "type": "RecordSelector",
                    "extractor": {"type": "DpathExtractor", "field_path": []},
                },
            },
            "schema_loader": {
                "type": "InlineSchemaLoader",
                "schema": {"type": "object", "properties": properties},
            },
        }
    ],
    "spec": {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}},
}
source = airbyte.get_source("source-t", config={}, source_manifest=manifest)
source.select_all_streams()
cache = airbyte.caches.DuckDBCache(db_path="cache.duckdb", schema_name="loaded")
source.read(cache=cache)
cache.get_sql_engine().dispose()
with duckdb.connect("cache.duckdb") as connection:
    found = connection.execute(
        """SELECT id, "at"::varchar, typeof("at"), total, _airbyte_meta FROM loaded.t ORDER BY id"""
    ).fetchall()
for row in found:
    print(row)
both = ("2026-07-01 10:00:00", "TIMESTAMP", Decimal("1.000000000"), "{}")
assert found == [(1, *both), (2, *both)], "this has changed"
PY
