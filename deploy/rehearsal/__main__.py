"""Rehearse docker-compose.yaml and our images on this machine, and end with a table of what ran.

    make rehearsal              needs an engine; says in one line what is missing
    make rehearsal INSTALL=1    installs one first (Debian, as root)

No registry is needed: bases are built from Debian's packages and PyPI's wheels. Everything above
them is the real file. With --official the bases are pulled instead; --keep leaves the
services running. --celery rehearses the profile `celery` instead, as far as a release and back;
--pods starts the pods of deploy/helm in podman.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from cluster import find_builder, rehearse_pods
from delivery import Delivery, reachable, running_registry
from engine import Engine, RehearsalError, call, find_engine
from profiles import Profiles
from releases import Releases
from report import LeftOut, Report, show
from stack import ROOT, Stack, checking_health, free_port
from stand_ins import PREFIX, build_debian, build_stand_in

from steps import BACKUP, CELERY, Rehearsal

NEVER = {
    "Grafana, StatsD exporter": "no stand-in: they are in no Debian package",
}
NO_CLUSTER = {
    "services, policies, KubernetesExecutor": "podman has no API of Kubernetes",
}
PYTHON = "python:3.11-slim-bookworm"
IMAGE, NEXT = f"{PREFIX}/medallion:1", f"{PREFIX}/medallion:2"


def main() -> int:
    """0: every step ran or was left out; 1: one failed; 2: there is no engine."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--official", action="store_true", help="pull the bases")
    parser.add_argument("--keep", action="store_true", help="leave the services running")
    parser.add_argument("--celery", action="store_true", help="tasks run in two workers")
    parser.add_argument("--pods", action="store_true", help="the chart's pods, in podman")
    arguments = parser.parse_args()
    try:
        engine = find_builder() if arguments.pods else find_engine()
    except RehearsalError as error:
        sys.stderr.write(f"make rehearsal: {error}\n")
        return 2
    started, report = time.monotonic(), Report()
    load = os.getloadavg()[0]
    folder = Path(tempfile.mkdtemp(prefix="medallion-rehearsal-"))
    stack = Stack(engine=engine, folder=folder)
    show(f"{engine.version}, {' '.join(engine.compose)}; settings and secrets in {folder}")
    try:
        if arguments.pods:
            rehearse_chart(stack, report)
        else:
            rehearse(stack, report, official=arguments.official, celery=arguments.celery)
    except RehearsalError:
        show("the steps after this one need it and were not reached")
    for name, why in (NO_CLUSTER if arguments.pods else NEVER).items():
        report.leave_out(name, why)
    if not arguments.keep:
        _clean_up(stack, report)
    took = f"{(time.monotonic() - started) / 60:.1f} minutes"
    show(f"\n{report.table()}\n\n{took}; load {load:.1f} before, {os.getloadavg()[0]:.1f} now")
    return int(report.has_failed())


def rehearse(stack: Stack, report: Report, *, official: bool, celery: bool) -> None:
    """Every step in order.

    Raises:
        RehearsalError: one failed that the others need.
    """
    engine, bases = stack.engine, {}
    if not official:
        bases = {"BASE_IMAGE": f"{PREFIX}/python", "POSTGRES_IMAGE": f"{PREFIX}/postgres"}
        bases |= {"REDIS_IMAGE": f"{PREFIX}/redis"} if celery else {}
        report.step("stand-ins for the bases", lambda: _build_bases(engine, celery=celery))
    base = bases.get("BASE_IMAGE", "")
    lock = "requirements-celery.txt" if celery else "requirements.txt"
    report.step("make image", lambda: _make_image(engine, base, lock))
    port = free_port()
    more = BACKUP + (CELERY if celery else ())
    rehearsal = Rehearsal(stack=stack, port=port, image=IMAGE, more=more)
    settings = bases | {"MEDALLION_IMAGE": IMAGE, "AIRFLOW_PORT": str(port)}
    stack.prepare(settings, "BACKUP", *(("CELERY",) if celery else ()))
    report.step("the image by itself", rehearsal.look_at_image)
    with checking_health(stack):
        report.step("compose up", rehearsal.bring_up)
        report.step("hardening", rehearsal.look_at_hardening, needed=False)
        report.step("log in", rehearsal.log_in)
        report.step("cinema from source to gold", rehearsal.run_pipeline)
        report.step("read gold as a BI user", rehearsal.read_gold)
        report.step("a command of one's own", rehearsal.run_command, needed=False)
        profiles = Profiles(rehearsal=rehearsal, base=base)
        with contextlib.ExitStack() as beside:
            if not celery:
                make = ("build Superset, and what watches", profiles.make_images)
                beside.enter_context(report.beside(*make))
            report.step("kill each service once", rehearsal.kill_each, needed=False)
        release(rehearsal, report)
        if celery:
            report.step("another password of Airflow's database", rehearsal.change_password)
            return
        deliver(stack, report, base or PYTHON)
        report.step("lose database and lake, restore them", rehearsal.lose_and_restore)
        report.step("profile bi", profiles.bring_superset_up, needed=False)
        report.step("profile monitoring", profiles.watch, needed=False)
        report.step("cinema after all of this", rehearsal.run_pipeline, needed=False)
        report.step("docker compose build", rehearsal.build_by_compose, needed=False)


def release(rehearsal: Rehearsal, report: Report) -> None:
    """Up to a next release and back, while somebody reads."""
    releases = Releases(rehearsal=rehearsal, here=IMAGE, later=NEXT)
    report.step("build the next release", releases.build_next)
    report.step("upgrade in place, under a reader", releases.upgrade)
    report.step("take the release back, under a reader", releases.go_back)


def rehearse_chart(stack: Stack, report: Report) -> None:
    """The pods of deploy/helm.

    Raises:
        RehearsalError: a step failed that the others need.
    """
    engine = stack.engine
    report.step("stand-ins for the bases", lambda: _build_bases(engine, celery=False))
    base, lock = f"{PREFIX}/python", "requirements.txt"
    report.step("make image", lambda: _make_image(engine, base, lock))
    rehearse_pods(engine, report, stack.folder, IMAGE, f"{PREFIX}/postgres:latest")


def deliver(stack: Stack, report: Report, other: str) -> None:
    """`make push` to a registry, and what a CI does then; `other` is an image that is none of
    ours."""
    with contextlib.ExitStack() as running:
        try:
            registry = running.enter_context(running_registry(stack.folder))
        except LeftOut as why:
            report.leave_out("make push, deploy", str(why))
            return
        try:
            machine = running.enter_context(reachable(stack))
        except LeftOut as why:
            report.leave_out("SSH", str(why))
            machine = None
        delivery = Delivery(stack=stack, registry=registry, machine=machine)
        report.step("make push", lambda: delivery.push(IMAGE))
        report.step("deploy, as a CI does", delivery.deploy)
        refused = partial(delivery.deploy_what_does_not_run, other)
        report.step("deploy what does not run", refused, needed=False)


def _build_bases(engine: Engine, *, celery: bool) -> str:
    made = [build_debian(engine)]
    names = ("python", "postgres", "redis") if celery else ("python", "postgres")
    made += [build_stand_in(engine, name) for name in names]
    return ", ".join(made)


def _make_image(engine: Engine, base: str, lock: str) -> str:
    """As `make image` builds it."""
    words = ["make", "--no-print-directory", "image", f"ENGINE={engine.name}", f"IMAGE={IMAGE}"]
    words += [f"BUILD_FLAGS={' '.join(engine.build_flags())}"]
    words += [f"REQUIREMENTS={lock}", *([f"BASE_IMAGE={base}"] if base else [])]
    call(words, timeout=1500, folder=ROOT, environment=engine.environment)
    return IMAGE


def _clean_up(stack: Stack, report: Report) -> None:
    if stack.settings.exists():
        rehearsal = Rehearsal(stack=stack, port=0, image=IMAGE)
        report.step("compose down", rehearsal.take_down, needed=False)
    shutil.rmtree(stack.folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
