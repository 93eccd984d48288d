"""Networks in which nothing arrives, each a namespace of the test's own: name servers that are
dead, packets that are dropped, IPv6 that leads nowhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """\
import json, sys
from dataclasses import asdict
from medallion.warehouse.doctor import reach
from medallion.warehouse.doctor.examine import examine_warehouse
reach.SECONDS = float(sys.argv[2])
print(json.dumps([asdict(one) for one in examine_warehouse(sys.argv[1], ())]))
"""
INSIDE = """\
set -e
ip link set lo up
ip link add near type veth peer name far
unshare --net sleep 900 & far=$!
trap 'kill $far' EXIT
until [ "$(readlink /proc/$far/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link set far netns $far
nsenter --target $far --net unshare --mount bash -ec "$FAR"
ip address add 192.0.2.1/24 dev near
ip -6 address add 2001:db8::1/64 dev near nodad
ip link set near up
ip route add default via 192.0.2.254
ip -6 route add default via 2001:db8::fe
mount --bind "$FOLDER/resolv.conf" /etc/resolv.conf
mount --bind "$FOLDER/hosts" /etc/hosts
"$@"
"""
FAR = """\
ip address add 192.0.2.254/24 dev far
ip -6 address add 2001:db8::fe/64 dev far nodad
ip link set far up
mount -t proc proc /proc
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip route add blackhole 198.51.100.0/24
ip -6 route add blackhole 2001:db8:1::/48
"""
"""A router that takes what is sent to two networks and says nothing, and says of all others that no
way leads there. Addresses are those kept for documents (RFC 5737, 3849): they are nobody's."""


def look(folder: Path, url: str, patience: int = 1) -> dict[str, dict[str, str]]:
    """What the doctor finds in such a network, by layer. `patience`: how many seconds it waits for
    an answer: long where the router gives one, which may be slow to know its neighbour."""
    (folder / "resolv.conf").write_text("nameserver 198.51.100.53\noptions timeout:1 attempts:1\n")
    (folder / "hosts").write_text(
        "127.0.0.1 localhost\n198.51.100.7 dropped.example.org\n2001:db8:1::7 six.example.org\n"
    )
    command = ["unshare", "--net", "--mount", "bash", "-c", INSIDE, "bash",
               sys.executable, "-c", SCRIPT, url, str(patience)]  # fmt: skip
    inside = {**os.environ, "FOLDER": str(folder), "FAR": FAR}
    done = subprocess.run(
        command, env=inside, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return {one["layer"]: one for one in json.loads(done.stdout)}


def _may_unshare() -> bool:
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("ip"):
        return False
    words = ["unshare", "--net", "--mount", "ip", "link", "add", "near", "type", "veth"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(
    not _may_unshare(), reason="left out: no network namespace of the test's own can be made here"
)


def test_a_name_server_that_is_dead(tmp_path: Path) -> None:
    found = look(tmp_path, "postgresql://loader:pw@warehouse.example.org/warehouse")
    assert list(found) == ["name"]
    assert found["name"]["verdict"] == "failed"
    assert found["name"]["cause"].startswith("no name server answers")
    assert "port 53" in found["name"]["cause"]
    assert found["name"]["confirm"].startswith("getent hosts warehouse.example.org")


def test_packets_that_are_dropped(tmp_path: Path) -> None:
    found = look(tmp_path, "postgresql://loader:pw@dropped.example.org/warehouse")
    assert found["name"]["says"] == "dropped.example.org is 198.51.100.7"
    assert found["tcp"]["verdict"] == "failed"
    assert "a NetworkPolicy" in found["tcp"]["cause"]
    assert "198.51.100.7" in found["tcp"]["says"]
    assert list(found) == ["name", "tcp"]


def test_a_name_that_has_an_ipv6_address_alone(tmp_path: Path) -> None:
    found = look(tmp_path, "postgresql://loader:pw@six.example.org/warehouse")
    assert found["name"]["says"] == "six.example.org is 2001:db8:1::7"
    assert found["tcp"]["verdict"] == "failed"
    assert "a NetworkPolicy" in found["tcp"]["cause"]
    nowhere = look(tmp_path, "postgresql://loader:pw@[2001:db8:2::7]/warehouse", patience=60)
    assert nowhere["tcp"]["verdict"] == "failed"
    assert "this machine may have no IPv6" in nowhere["tcp"]["cause"]


def test_an_address_that_no_way_leads_to(tmp_path: Path) -> None:
    found = look(tmp_path, "postgresql://loader:pw@203.0.113.7/warehouse", patience=60)
    assert found["tcp"]["verdict"] == "failed"
    assert "unreachable" in found["tcp"]["says"]
    assert found["tcp"]["cause"], found["tcp"]
