"""What is done with the services once they are up. Each step returns what has been seen."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from functools import partial
from secrets import token_urlsafe

from airflow_api import Api
from engine import RehearsalError, call
from stack import PROJECT, ROOT, Stack, state_of, wait_for

DAG = "cinema.box_office"
GOLD = "gold_cinema.brand_performance"
COUNT = "SELECT count(*) FROM gold_cinema.brand_performance"
ALL_ROWS = (
    "SELECT md5(string_agg(one::text, '' ORDER BY brand)) FROM gold_cinema.brand_performance one"
)
FORBIDDEN = ("SELECT * FROM silver_cinema.brands", "DELETE FROM gold_cinema.brand_performance")
CORE = ("postgres", "api-server", "scheduler", "dag-processor", "triggerer", "tmdb-replay")
ENDING = ("init", "roles")
BACKUP = ("backup",)
CELERY = ("redis", "worker-1", "worker-2")
"""Of the profiles of these names."""
PATIENCE = 600.0
"""Seconds until everything must be healthy, on a machine that does other work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """The steps, on one stack; `port` is the API server's on this machine."""

    stack: Stack
    port: int
    image: str
    more: tuple[str, ...] = ()
    """Services of profiles."""

    @property
    def staying(self) -> tuple[str, ...]:
        """The services that have to stay."""
        return CORE + self.more

    @property
    def wanted(self) -> frozenset[str]:
        """Those that have to be healthy, or to have ended well."""
        return frozenset(self.staying + ENDING)

    def api(self) -> Api:
        """Airflow's API, as its user."""
        address = f"http://127.0.0.1:{self.port}"
        return Api(address=address).log_in(self.stack.secret("AIRFLOW_ADMIN_PASSWORD"))

    def look_at_image(self) -> str:
        """Its size, its user, and that another user can run it with nothing writable but /tmp."""
        engine = self.stack.engine
        size = int(engine.run("image", "inspect", "--format", "{{.Size}}", self.image))
        user = engine.run("image", "inspect", "--format", "{{.Config.User}}", self.image).strip()
        if user != "50000:0":
            raise RehearsalError(f"the image's user is {user!r}")
        labels = engine.run("image", "inspect", "--format", "{{json .Config.Labels}}", self.image)
        commit = json.loads(labels)["org.opencontainers.image.revision"]
        if commit not in call(["git", "rev-parse", "HEAD"], timeout=30, folder=ROOT):
            raise RehearsalError(f"the image's label names another commit: {commit}")
        validate = ("python", "-m", "medallion.cli", "validate")
        hardened = ("--rm", "--read-only", "--tmpfs", "/tmp:mode=1777", "--cap-drop", "ALL")  # noqa: S108
        for someone in ("50000:0", "123456:0"):
            engine.run(
                "run", *hardened, "--network", "none", "--user", someone, self.image, *validate,
                timeout=300,
            )  # fmt: skip
        return (
            f"{size / 1e6:.0f} MB, of commit {commit[:12]}; validates the specs as 50000 and as "
            "123456, read-only"
        )

    def bring_up(self) -> str:
        """Everything of docker-compose.yaml without a profile, the replay, and what is switched
        on."""
        self.stack.up()
        self.stack.wait_until_ready(self.wanted, PATIENCE)
        return f"{len(self.staying)} services healthy, {len(ENDING)} ended well"

    def look_at_hardening(self) -> str:
        """What docker-compose.yaml says, asked from inside."""
        seen = []
        for service in self.staying:
            try:
                self.stack.exec(service, "sh", "-c", "echo > /opt/written-by-the-rehearsal")
                seen.append(service)
            except RehearsalError:
                continue
        if seen:
            raise RehearsalError(f"the root file system can be written in {', '.join(seen)}")
        shown = str(self.stack.containers())
        names = [path.name for path in (self.stack.folder / "secrets").iterdir()]
        told = [name for name in names if (one := self.stack.secret(name)) and one in shown]
        if told:
            raise RehearsalError(f"`inspect` shows the secrets {', '.join(told)}")
        return "root file systems are read-only; `inspect` shows none of the secrets"

    def log_in(self) -> str:
        """As the user of the secrets' folder, and not with another password."""
        api = self.api()
        try:
            Api(address=api.address).log_in("wrong")
        except RehearsalError:
            return "admin logs in; a wrong password is refused"
        raise RehearsalError("a wrong password is accepted")

    def run_command(self) -> str:
        """One of somebody's own, in a running container: it has the secrets of the service."""
        words = ("with-secrets", "airflow", "dags", "list", "--output", "plain")
        shown = self.stack.exec("scheduler", *words, timeout=300)
        if DAG not in shown.split():
            raise RehearsalError(f"`airflow dags list` does not know {DAG}:\n{shown[-1000:]}")
        return f"{' '.join(words[:4])} shows {DAG}"

    def change_password(self) -> str:
        """That of Airflow's database: there, in its file, in the address that holds it."""
        changed, secrets = token_urlsafe(24), self.stack.folder / "secrets"
        self.stack.ask_as_administrator(f"ALTER ROLE airflow PASSWORD '{changed}';")
        (secrets / "AIRFLOW_DB_PASSWORD").write_text(changed)
        (secrets / "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN").unlink()
        self.stack.complete("CELERY", "BACKUP")
        if changed not in self.stack.secret("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"):
            raise RehearsalError("make compose-env wrote another password into the address")
        self.stack.compose("up", "--detach", "--no-build", "--force-recreate", timeout=PATIENCE)
        self.stack.wait_until_ready(self.wanted, PATIENCE)
        return f"up again; {self.run_pipeline()}"

    def build_by_compose(self) -> str:
        """As `docker compose up --build` does: from what `make image` has left, in its place."""
        started = time.monotonic()
        self.stack.compose("build", "scheduler", timeout=1200)
        return f"build scheduler: {time.monotonic() - started:.0f} s"

    def run_pipeline(self) -> str:
        """From the source to gold, once."""
        started = time.monotonic()
        api = self.api()
        missing = wait_for(lambda: "" if DAG in api.dags() else f"no DAG {DAG}", 300)
        if missing:
            raise RehearsalError(f"{missing}\n{self.stack.log('dag-processor')}")
        run = api.trigger(DAG)
        said = wait_for(lambda: api.describe_unfinished(DAG, run), PATIENCE)
        if said:
            raise RehearsalError(f"{said}\n{self.stack.log('scheduler')}")
        return f"{DAG} succeeded after {time.monotonic() - started:.0f} s"

    def read_gold(self) -> str:
        """As the BI team's login, over TCP with its password; what is not theirs stays closed."""
        rows = int(self.query(COUNT))
        if not rows:
            raise RehearsalError(f"{GOLD} is empty")
        for refused in FORBIDDEN:
            try:
                self.query(refused)
            except RehearsalError as error:
                if "permission denied" not in str(error):
                    raise
            else:
                raise RehearsalError(f"the BI login may: {refused}")
        return f"superset_reader reads {rows} rows of {GOLD}, and neither silver nor may it write"

    def query(self, statement: str) -> str:
        """What a statement of the BI login gives."""
        # By standard input: arguments are seen by everybody who lists processes.
        password = self.stack.secret("MEDALLION_BI_PASSWORD")
        script = 'read -r PGPASSWORD; export PGPASSWORD; exec psql -XAt -v ON_ERROR_STOP=1 "$@"'
        where = ("--host=127.0.0.1", "--username=superset_reader", "--dbname=warehouse")
        given = f"{password}\n{statement}\n"
        return self.stack.exec(
            "postgres", "bash", "-c", script, "psql", *where, given=given
        ).strip()

    def kill_each(self) -> str:
        """Each service once, without warning; it must come back by itself, with what it had."""
        before = self.fingerprint()
        took = [f"{service} {self.kill(service):.0f} s" for service in self.staying]
        if self.fingerprint() != before:
            raise RehearsalError(f"{GOLD} is not what it was before the kills")
        return "healthy again: " + ", ".join(took)

    def kill(self, *services: str) -> float:
        """Kill services at once; seconds until everything is healthy again."""
        there = self.stack.containers()
        old = {service: there[service]["State"]["Pid"] for service in services}
        started = time.monotonic()
        for service in services:
            self.stack.kill(service)
        for service in services:
            wait_for(partial(self._describe_same, service, old[service]), 120)
        self.stack.wait_until_ready(self.wanted, PATIENCE)
        return time.monotonic() - started

    def _describe_same(self, service: str, process: int) -> str:
        state = self.stack.containers()[service]["State"]
        same = state["Pid"] in (process, 0) or state["Status"] != "running"
        return f"{service} is not back" if same else ""

    def upgrade(self, image: str) -> str:
        """The services of Airflow on another image, in place: volumes and secrets stay."""
        self.stack.set({"MEDALLION_IMAGE": image})
        self.stack.up()
        self.stack.wait_until_ready(self.wanted, PATIENCE)
        wanted = self.stack.engine.run("image", "inspect", "--format", "{{.Id}}", image).strip()
        there = self.stack.containers()
        of_ours = [name for name in self.wanted if name not in ("postgres", "redis")]
        old = [name for name in of_ours if not _is_image(there[name]["Image"], wanted)]
        if old:
            raise RehearsalError(f"still on the old image: {', '.join(old)}")
        return f"{len(of_ours)} containers on {image}; {replace(self, image=image).read_gold()}"

    def lose_and_restore(self) -> str:
        """A backup, then database and lake are lost, then both come back from it."""
        before = self.fingerprint()
        self.stack.compose("run", "--rm", "backup", "backup.py", "once", timeout=PATIENCE)
        listed = self.stack.compose("run", "--rm", "backup", "backup.py", "list").split("\n")
        self.stack.compose("down", timeout=300)
        for volume in ("postgres", "lake"):
            self.stack.engine.run("volume", "rm", f"{PROJECT}_{volume}")
        started = time.monotonic()
        self.stack.up("postgres")
        self.stack.wait_until_ready(frozenset({"postgres"}), PATIENCE)
        said = self.stack.compose("run", "--rm", "restore", timeout=PATIENCE).strip()
        self.bring_up()
        if self.fingerprint() != before:
            raise RehearsalError(f"{GOLD} is not what it was")
        took = f"up again after {time.monotonic() - started:.0f} s"
        return f"{len([one for one in listed if one])} listed; {said.splitlines()[-1]}; {took}"

    def fingerprint(self) -> str:
        """A digest of all rows of the gold table."""
        return self.query(ALL_ROWS)

    def take_down(self) -> str:
        """Containers, networks and volumes; nothing is left."""
        self.stack.compose("down", "--volumes", "--remove-orphans", timeout=300)
        left = [f"{name} ({state_of(one)})" for name, one in self.stack.containers().items()]
        ours = ("--filter", f"label=com.docker.compose.project={PROJECT}")
        left += self.stack.engine.run("volume", "ls", "--quiet", *ours).split()
        if left:
            raise RehearsalError(f"left behind: {', '.join(left)}")
        return "no container and no volume is left"


def _is_image(one: str, other: str) -> bool:
    return one.removeprefix("sha256:") == other.removeprefix("sha256:")
