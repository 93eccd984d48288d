#!/usr/bin/env bash
# What deploy.sh does on the machine: on_the_machine.sh FOLDER IMAGE COMMIT.
set -euo pipefail
folder=$1 image=$2 commit=$3
compose=${COMPOSE:-docker compose}
patience=${PATIENCE:-600}  # seconds until all must be healthy

main() {
    cd "$folder"
    if [ -n "$(git status --porcelain --untracked-files=no)" ]; then
        echo "$folder has changes of its own: nothing is deployed. Commit them, or drop them." >&2
        exit 1
    fi
    local before image_before
    before=$(git rev-parse HEAD)
    image_before=$(sed -n 's/^MEDALLION_IMAGE=//p' .env)
    git fetch --quiet origin "$commit"
    if grep -qE '^COMPOSE_PROFILES=.*backup' .env; then
        $compose run --rm backup backup.py once
    fi
    if bring_up "$commit" "$image"; then
        echo "$image runs"
        return
    fi
    echo "$image does not run. What there is:" >&2
    $compose ps >&2 || true
    echo "Back to ${image_before:-the image of before}." >&2
    bring_up "$before" "$image_before" || echo "That one does not run either." >&2
    exit 1
}

# Steps are chained: bash does not stop at an error in a function that a condition calls.
bring_up() {  # COMMIT IMAGE
    git checkout --quiet --detach "$1" \
        && write_image "$2" \
        && pull "$2" \
        && $compose up --detach --no-build \
        && wait_until_healthy
}

pull() {  # IMAGE
    # One that is here is taken as it is: the way back may lead to an image that was built here, or need no registry.
    [ -z "$1" ] || docker image inspect "$1" > /dev/null 2>&1 || $compose pull --quiet init
}

write_image() {  # IMAGE
    # One file takes the other's place: whoever reads it sees a whole one.
    (umask 077 && grep -v '^MEDALLION_IMAGE=' .env > .env.new) \
        && { [ -z "$1" ] || echo "MEDALLION_IMAGE=$1" >> .env.new; } \
        && mv .env.new .env
}

wait_until_healthy() {
    local until=$((SECONDS + patience)) container states
    local state='{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}-{{.State.ExitCode}}{{end}}'
    while [ "$SECONDS" -lt "$until" ]; do
        states=""
        for container in $($compose ps --all --quiet); do
            states+=" $(docker inspect --format "$state" "$container")"
        done
        case "$states" in
            *exited-[1-9]*) return 1 ;;
            "" | *unhealthy* | *starting* | *restarting* | *created*) sleep 5 ;;
            *) return 0 ;;
        esac
    done
    return 1
}

main
