"""What a guarded process does about one spec."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CIRCLES = """\
import gc, sys
from medallion.compiler.answers import write_answer
from medallion.compiler.job import do

root, *paths = sys.argv[1:]
jobs = [{"kind": "spec", "root": root, "path": path} for path in paths]
for job in jobs:  # what only the first one makes
    assert do(job)["plan"], job
gc.collect()
gc.disable()
for job in jobs:
    write_answer(do(job))
    print(job["path"], gc.collect())
"""


def test_compiling_leaves_nothing_to_the_garbage_collector(project_root: Path) -> None:
    """An object that holds its own methods is a circle: so were the YAML's builder, the SQL's walk
    and the texts' writer, with all that they had read. To free them took a twelfth of the time."""
    folder = project_root / "specs"
    found = (*folder.glob("cinema/*.yaml"), *folder.glob("finance/*.yaml"))
    paths = sorted(str(one.relative_to(project_root)) for one in found if one.stem != "domain")
    assert paths
    done = subprocess.run(
        [sys.executable, "-c", CIRCLES, str(project_root), *paths],
        env={"PYTHONPATH": str(project_root / "plugins")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{path} 0" for path in paths]
