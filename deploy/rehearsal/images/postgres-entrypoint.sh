#!/usr/bin/env bash
# The contract of the official image's entrypoint, as far as docker-compose.yaml uses it: as root it hands the data
# folder to the user postgres and becomes it; in an empty folder it makes a cluster (POSTGRES_PASSWORD or
# POSTGRES_PASSWORD_FILE, POSTGRES_INITDB_ARGS), and runs what lies in /docker-entrypoint-initdb.d against a server
# that listens on its socket only.
set -euo pipefail
if [ "${1:0:1}" = "-" ]; then
    set -- postgres "$@"
fi
if [ "$1" != postgres ]; then
    exec "$@"
fi

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" /var/run/postgresql
    chmod 0700 "$PGDATA"
    find "$PGDATA" \! -user postgres -exec chown postgres {} +
    chown postgres /var/run/postgresql
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
        POSTGRES_PASSWORD="$(<"$POSTGRES_PASSWORD_FILE")"
    fi
    : "${POSTGRES_PASSWORD:?Database is uninitialized and superuser password is not specified}"
    mkdir -p "$PGDATA"
    export POSTGRES_USER="${POSTGRES_USER:-postgres}"
    # The arguments are words of their own, as in the official image.
    # shellcheck disable=SC2086
    initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") \
        ${POSTGRES_INITDB_ARGS:-}
    printf '\nhost all all all scram-sha-256\n' >> "$PGDATA/pg_hba.conf"
    export PGPASSWORD="$POSTGRES_PASSWORD"
    pg_ctl --pgdata="$PGDATA" --options="-c listen_addresses=''" --wait start
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
            *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
            *.sql) psql --no-psqlrc -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -f "$file" ;;
        esac
    done
    pg_ctl --pgdata="$PGDATA" --mode=fast --wait stop
    unset PGPASSWORD
fi
exec "$@"
