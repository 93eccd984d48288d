#!/usr/bin/env bash
# Brings the machine that runs docker-compose.yaml up with the image of one commit, over SSH.
#
#   DEPLOY_TO        user@machine, or ssh://user@machine:port
#   DEPLOY_FOLDER    the checkout on it; its specs and its compose file become those of the commit
#   DEPLOY_KEY       a private key that the machine knows; DEPLOY_HOST_KEY, its line of known_hosts
#   REGISTRY         where the image was pushed to
#   REVISION         the commit; the image's tag
#
# A backup first where the service is switched on, then the commit's files, then the image. Services whose
# image and settings are the same stay as they are. When the services are not healthy after ten minutes the
# image and the files of before come back, and this ends with 1.
set -euo pipefail
: "${DEPLOY_TO:?user@machine}" "${DEPLOY_FOLDER:?the checkout on the machine}" "${DEPLOY_KEY:?}" "${DEPLOY_HOST_KEY:?}"
[[ "${REVISION:?}" =~ ^[0-9a-f]{40}$ ]] || { echo "REVISION is not a commit: $REVISION" >&2; exit 2; }
registry=$(echo "${REGISTRY:?}" | tr '[:upper:]' '[:lower:]')
[[ "$registry" =~ ^[a-z0-9.:/_-]+$ ]] || { echo "REGISTRY is not a name of images: $registry" >&2; exit 2; }

keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT
(umask 077; echo "$DEPLOY_KEY" > "$keys/key"; echo "$DEPLOY_HOST_KEY" > "$keys/known_hosts")
ssh_options=(-i "$keys/key" -o "UserKnownHostsFile=$keys/known_hosts" -o StrictHostKeyChecking=yes -o BatchMode=yes)
# Arguments of ssh are put together to one text, which the machine's shell reads: so they are quoted for it.
printf -v arguments '%q ' "$DEPLOY_FOLDER" "$registry/medallion:$REVISION" "$REVISION"
# shellcheck disable=SC2029
ssh "${ssh_options[@]}" "$DEPLOY_TO" "bash -s -- $arguments" < "$(dirname "$0")/on_the_machine.sh"
