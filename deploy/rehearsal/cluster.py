"""The steps of `deploy/rehearsal --pods`: the chart's pods start, and a pipeline runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from airflow_api import Api
from engine import Engine, RehearsalError, call, find_engine
from pods import NETWORK, SUBNET, Object, Piece, cut, render
from report import LeftOut, Report
from stack import ROOT, wait_for

from steps import COUNT, DAG, GOLD, PATIENCE

CHART = ROOT / "deploy" / "helm" / "medallion"
TRIAL = ROOT / "deploy" / "helm" / "examples" / "trial.yaml"
RELEASE = "medallion"
FIRST = ("postgres", "tmdb-replay")
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer")
PODMAN = Engine(name="podman", compose=(), version="podman", checks_health=False)
_NAME = "localhost/{}"


def rehearse_pods(builder: Engine, report: Report, folder: Path, image: str, postgres: str) -> None:
    """Every step in order.

    Raises:
        RehearsalError: one failed that the others need.
    """
    if shutil.which("podman") is None:
        report.leave_out("the chart's pods", "no podman: apt-get install podman runc netavark")
        return
    cluster = Cluster(folder=folder, image=image, postgres=postgres)
    try:
        report.step("images for podman", lambda: bring_images(builder, image, postgres))
        report.step("render the chart", cluster.describe)
        report.step("databases", cluster.start_databases)
        report.step("job setup", cluster.set_up)
        report.step("doctor refuses a wrong password", cluster.refuse_password, needed=False)
        report.step("Airflow's pods", cluster.start_airflow)
        report.step("hardening", cluster.look_at_hardening, needed=False)
        report.step("cinema from source to gold, in pods", cluster.run_pipeline)
        report.step("probes", cluster.probe, needed=False)
        report.step("a scheduler is killed", cluster.kill_scheduler, needed=False)
    finally:
        report.step("pods down", cluster.take_down, needed=False)


def find_builder() -> Engine:
    """What builds the images: Docker if its daemon answers, else podman itself.

    Raises:
        RehearsalError: neither is here.
    """
    try:
        return find_engine()
    except RehearsalError:
        if shutil.which("podman") is None:
            raise
        return PODMAN


def bring_images(builder: Engine, *images: str) -> str:
    """Images of another engine, into podman's store."""
    if builder.name != "podman":
        for image in images:
            piped = f'{builder.name} save "$1" | podman load --quiet'
            call(["sh", "-ec", piped, "sh", image], timeout=900)
    return ", ".join(images)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The pods of one release, and where their manifests and secrets are kept."""

    folder: Path
    image: str
    postgres: str

    @cached_property
    def pieces(self) -> dict[str, Piece]:
        """The pods, by component."""
        import yaml

        values = yaml.safe_load(TRIAL.read_text())
        name, _, tag = self.image.rpartition(":")
        values["image"] = {"repository": _NAME.format(name), "tag": tag, "pullPolicy": "Never"}
        server, _, version = self.postgres.rpartition(":")
        values["postgres"]["image"] = {"repository": _NAME.format(server), "tag": version}
        try:
            objects = render(str(CHART), values, RELEASE)
        except ImportError:
            raise LeftOut("Helm is not here: make dev-env, and .venv/bin/python") from None
        return cut(objects, self.secrets)

    @cached_property
    def secrets(self) -> list[Object]:
        """As `make chart-secrets` writes them."""
        environment = {"PYTHONPATH": str(ROOT / "plugins"), "TMDB_TOKEN": ""}
        command = [sys.executable, "-S", "-m", "medallion.local.kubernetes", RELEASE]
        call(command, timeout=60, folder=self.folder, environment=environment)
        path = self.folder / "secrets" / "kubernetes" / f"{RELEASE}.json"
        found: list[Object] = json.loads(path.read_text())["items"]
        return found

    def password(self, name: str) -> str:
        """A value of one of the Secrets."""
        return next(
            str(one["stringData"][name]) for one in self.secrets if name in one["stringData"]
        )

    def describe(self) -> str:
        """What there is to start."""
        return ", ".join(self.pieces)

    def start(self, piece: Piece) -> None:
        """`podman play kube`, which waits for the pod's first containers.

        Raises:
            RehearsalError: one of them failed; with the end of its log.
        """
        # As JSON: PyYAML writes the text 0o700 without quotes, and Go's YAML reads 448.
        path = self.folder / f"{piece.name}.yaml"
        given = [one for one in piece.objects if not _is_made(one)]
        path.write_text("".join(f"---\n{json.dumps(one)}\n" for one in given))
        path.chmod(0o600)
        words = ("play", "kube", "--network", NETWORK, "--ip", piece.address, str(path))
        try:
            PODMAN.run(*words, timeout=PATIENCE)
        except RehearsalError as error:
            raise RehearsalError(f"{error}\n{self.logs(piece)}") from None

    def logs(self, piece: Piece, tail: int = 25) -> str:
        """The ends of the logs of a pod's containers."""
        said = []
        for name in self.containers(piece):
            words = [PODMAN.name, "logs", "--tail", str(tail), name]
            done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
            said.append(f"--- {name}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return "\n".join(said)

    def containers(self, piece: Piece) -> list[str]:
        """The names of a pod's containers, without the one that holds its network."""
        words = ("ps", "--all", "--filter", f"pod={piece.pod}", "--format", "{{.Names}}")
        return [one for one in PODMAN.run(*words).split() if not one.endswith("-infra")]

    def inside(self, component: str, *words: str, timeout: float = 120, **more: Any) -> str:
        """Run a command in a component's container."""
        piece = self.pieces[component]
        container = f"{piece.pod}-{_find_main(piece)['name']}"
        return PODMAN.run("exec", "--interactive", container, *words, timeout=timeout, **more)

    def start_databases(self) -> str:
        """PostgreSQL with its first databases, and the replay."""
        for name in FIRST:
            if name == FIRST[0]:
                words = ("--subnet", f"{SUBNET}.0/24", "--disable-dns", NETWORK)
                PODMAN.run("network", "create", *words)
            self.start(self.pieces[name])
        probe = ("pg_isready", "--host=127.0.0.1", "--username=airflow", "--dbname=airflow")
        said = wait_for(
            lambda: _describe_failure(lambda: self.inside("postgres", *probe)), PATIENCE
        )
        if said:
            raise RehearsalError(f"{said}\n{self.logs(self.pieces['postgres'])}")
        return "PostgreSQL answers, as its user 999 on a read-only root file system"

    def set_up(self) -> str:
        """The job: Airflow's database, then roles by the administrator."""
        piece = self.pieces["setup"]
        self.start(piece)
        container = f"{piece.name}-roles"
        code = PODMAN.run("wait", container, timeout=PATIENCE).strip()
        if code != "0":
            raise RehearsalError(f"roles ended with {code}\n{self.logs(piece)}")
        words = [PODMAN.name, "logs", container]
        said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
        return f"migrated; {len(said.splitlines())} changes of roles"

    def refuse_password(self) -> str:
        """A scheduler whose connection has another password does not start, and says why."""
        piece = self.pieces["scheduler"]
        text = json.dumps(piece.objects).replace(
            self.password("MEDALLION_LOADER_PASSWORD"), "wrong"
        )
        wrong = replace(piece, objects=json.loads(text))
        try:
            self.start(wrong)
        except RehearsalError as error:
            said = [line for line in str(error).splitlines() if line.startswith(("✗", "Failed"))]
            if not any("login" in line for line in said):
                raise
            return said[0]
        finally:
            PODMAN.run("pod", "rm", "--force", piece.pod)
        raise RehearsalError("it starts")

    def start_airflow(self) -> str:
        """The four components, each behind its first containers."""
        started = time.monotonic()
        for name in AIRFLOW:
            self.start(self.pieces[name])
        said = wait_for(lambda: _describe_failure(self._ask_health), PATIENCE)
        if said:
            raise RehearsalError("\n".join([said, *map(self.logs, map(self.pieces.get, AIRFLOW))]))  # type: ignore[arg-type]
        return f"all four are healthy after {time.monotonic() - started:.0f} s"

    def api(self) -> Api:
        """Airflow's API, as its user."""
        address = f"http://{self.pieces['api-server'].address}:8080"
        return Api(address=address).log_in(self.password("AIRFLOW_ADMIN_PASSWORD"))

    def _ask_health(self) -> None:
        found = self.api().ask("GET", "/api/v2/monitor/health")
        sick = [name for name, one in found.items() if one.get("status") not in ("healthy", None)]
        if sick or found["dag_processor"]["status"] is None:
            raise RehearsalError(f"not healthy: {', '.join(sick) or 'dag_processor'}")

    def look_at_hardening(self) -> str:
        """No root file system can be written, nobody is root, tasks' secrets are files."""
        for name in (*FIRST, *AIRFLOW):
            user = self.inside(name, "id", "-u").strip()
            if user == "0":
                raise RehearsalError(f"{name} runs as root")
            try:
                self.inside(name, "sh", "-c", "echo > /opt/written-by-the-rehearsal")
            except RehearsalError:
                continue
            raise RehearsalError(f"the root file system of {name} can be written")
        return "read-only, not root"

    def run_pipeline(self) -> str:
        """From the source to gold, once; and gold has rows."""
        started, api = time.monotonic(), self.api()
        missing = wait_for(lambda: "" if DAG in api.dags() else f"no DAG {DAG}", PATIENCE)
        if missing:
            raise RehearsalError(f"{missing}\n{self.logs(self.pieces['dag-processor'])}")
        run = api.trigger(DAG)
        said = wait_for(lambda: api.describe_unfinished(DAG, run), PATIENCE)
        if said:
            raise RehearsalError(f"{said}\n{self.logs(self.pieces['scheduler'])}")
        took = time.monotonic() - started
        return f"{DAG} succeeded after {took:.0f} s; {self.count()} rows of {GOLD}"

    def count(self) -> int:
        """The rows of the gold table, as the server's administrator sees them over TCP."""
        script = 'PGPASSWORD="$(cat /etc/medallion/admin/POSTGRES_PASSWORD)" exec psql -XAt "$@"'
        where = ("--host=127.0.0.1", "--username=postgres", "--dbname=warehouse")
        return int(self.inside("postgres", "bash", "-c", script, "psql", *where, given=COUNT))

    def probe(self) -> str:
        """Each probe of the rendered pods that is a command, run in its container."""
        ran = 0
        for component, piece in self.pieces.items():
            if component == "setup":
                continue
            for command in _find_probes(_find_main(piece)):
                self.inside(component, *command)
                ran += 1
        return f"{ran} commands answer"

    def kill_scheduler(self) -> str:
        """Its process is killed; the container starts again, and a second run ends well."""
        container = f"{self.pieces['scheduler'].pod}-scheduler"
        before = _find_process(container)
        os.kill(before, 9)
        said = wait_for(
            lambda: "" if _find_process(container) not in (0, before) else "not back", PATIENCE
        )
        if said:
            raise RehearsalError(f"the scheduler is {said}")
        return self.run_pipeline()

    def take_down(self) -> str:
        """Pods, volumes, network: nothing is left."""
        for piece in self.pieces.values():
            PODMAN.run("pod", "rm", "--force", "--ignore", piece.pod, timeout=300)
        for name in _volumes(self.pieces.values()):
            PODMAN.run("volume", "rm", "--force", name)
        PODMAN.run("network", "rm", "--force", NETWORK)
        return "no pod, volume or network is left"


def _find_process(container: str) -> int:
    (found,) = PODMAN.inspect(container)
    return int(found["State"]["Pid"])


def _find_main(piece: Piece) -> Object:
    found: Object = piece.objects[-1]["spec"]["template"]["spec"]["containers"][0]
    return found


def _is_made(one: Object) -> bool:
    """Whether it is a claim whose volume an earlier pod has brought: podman makes it once."""
    if one["kind"] != "PersistentVolumeClaim":
        return False
    words = ("volume", "ls", "--quiet", "--filter", f"name=^{one['metadata']['name']}$")
    return bool(PODMAN.run(*words).strip())


def _find_probes(container: Object) -> list[list[str]]:
    found = [one["exec"]["command"] for key, one in container.items() if key.endswith("Probe")]
    return [command for index, command in enumerate(found) if command not in found[:index]]


def _volumes(pieces: Any) -> Iterator[str]:
    seen = set()
    for piece in pieces:
        for one in piece.objects:
            if one["kind"] == "PersistentVolumeClaim" and one["metadata"]["name"] not in seen:
                seen.add(one["metadata"]["name"])
                yield one["metadata"]["name"]


def _describe_failure(do: Any) -> str:
    try:
        do()
    except RehearsalError as error:
        return str(error)
    return ""
