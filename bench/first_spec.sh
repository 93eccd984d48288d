#!/bin/bash
# From a clone to a previewed spec of a CSV that nobody has seen: the clock of docs/new.md's promise.
#
#   bench/first_spec.sh [REPOSITORY]     by default, the one that this file is in
#
# It clones into a temporary folder, makes the environment there without any cache of pip or uv, writes a
# CSV with values that differ each time, and runs `new`, whose preview ends the clock. It uses two
# processors at most. It fails where that took more than five minutes, or the preview does not pass.
set -euo pipefail
limit=300
repository=${1:-$(cd "$(dirname "$0")/.." && pwd)}
work=$(mktemp -d)
stop() {
  [ ! -x "$work/medallion/.venv/bin/python" ] || make -C "$work/medallion" down > /dev/null 2>&1 || true
  rm -rf "$work"
}
trap stop EXIT
two() { if [ "$(nproc)" -gt 2 ]; then taskset -c 0,1 "$@"; else "$@"; fi; }
export UV_CACHE_DIR=$work/uv PIP_NO_CACHE_DIR=1
unset PYTHONPATH AIRFLOW_HOME MEDALLION_WAREHOUSE_URL

SECONDS=0
lap() { printf '%-28s %4d s\n' "$1" "$SECONDS"; }
git clone --quiet "$repository" "$work/medallion"
cd "$work/medallion"
lap "cloned"
two make env > "$work/env.log" 2>&1 || { cat "$work/env.log"; exit 1; }
lap "environment made"
mkdir -p include/data/library
{
  echo 'N° prêt;Emprunté le;Titre;Pénalité;Rendu'
  for number in $(seq 1 500); do
    printf '%d;%02d/%02d/2026;Livre %d;%d,%02d;%s\n' "$number" $((RANDOM % 28 + 1)) \
      $((RANDOM % 12 + 1)) $((RANDOM % 90)) $((RANDOM % 40)) $((RANDOM % 100)) \
      "$([ $((RANDOM % 2)) = 0 ] && echo oui || echo non)"
  done
} > include/data/library/loans.csv
PYTHONPATH=plugins AIRFLOW_HOME=$PWD/.medallion/airflow two .venv/bin/python -m medallion.cli \
  new library/loans include/data/library/loans.csv --yes > "$work/new.log" 2>&1 \
  || { cat "$work/new.log"; exit 1; }
lap "spec written and previewed"
grep -q "All of it would be published" "$work/new.log"
grep -q 'type: date, format: "%d/%m/%Y"' specs/library/loans.yaml
[ "$SECONDS" -le "$limit" ] || { echo "that is more than $limit s"; exit 1; }
