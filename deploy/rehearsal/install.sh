#!/usr/bin/env bash
# Installs what `make rehearsal` needs on Debian, as root: Docker from Debian's packages, compose, and mmdebstrap; and
# starts Docker's daemon where no systemd does. Nothing is installed that is there already. A server of SSH comes along
# where nothing would start it; on other machines that is yours to decide.
set -euo pipefail
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "make rehearsal INSTALL=1 is for root on Debian. Elsewhere install Docker with its compose plugin, and mmdebstrap." >&2
    exit 2
fi
if ! command -v dockerd >/dev/null 2>&1 || ! command -v mmdebstrap >/dev/null 2>&1 || ! command -v docker-compose >/dev/null 2>&1 \
        || ! command -v docker-registry >/dev/null 2>&1; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        docker.io docker-compose docker-registry iptables mmdebstrap >/dev/null
fi
if [ ! -d /run/systemd/system ] && [ ! -x /usr/sbin/sshd ]; then
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openssh-server >/dev/null
fi
if docker version >/dev/null 2>&1; then
    exit 0
fi
if [ -d /run/systemd/system ]; then
    systemctl start docker
    exit 0
fi
# In a container of its own kind: a score of out-of-memory may not be lowered there, and limits not be raised.
mkdir -p /var/log
setsid dockerd --oom-score-adjust 0 --default-ulimit nofile=10000:10000 --default-ulimit nproc=20000:20000 \
    >/var/log/dockerd.log 2>&1 </dev/null &
for _ in $(seq 60); do
    docker version >/dev/null 2>&1 && exit 0
    sleep 1
done
echo "Docker's daemon does not answer; the end of /var/log/dockerd.log:" >&2
tail -n 5 /var/log/dockerd.log >&2
exit 1
