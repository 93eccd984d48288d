#!/bin/sh
# Installs a lock into /opt/venv, and leaves nothing else behind: install.sh LOCK [WHAT UV TAKES BESIDES]
#
# uv fetches and compiles several packages at once, which pip does one by one. Each file has the digest that the lock
# has, or this ends. The lock is whole, so nothing is resolved (--no-deps): asked for celery[redis] where celery has the
# digest, pip took a newer one, and refused it.
set -eu
lock=$1
shift
pip install --no-cache-dir --only-binary=:all: --require-hashes --requirement /build/uv.txt --target /tmp/uv
python -m venv --without-pip /opt/venv
UV_LINK_MODE=copy UV_HTTP_TIMEOUT=180 /tmp/uv/bin/uv pip install --no-cache --python /opt/venv/bin/python \
    --no-deps --require-hashes --requirement "$lock" "$@"
rm -r /tmp/uv
