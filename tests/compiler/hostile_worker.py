"""The guarded process with a stand-in for an engine that some texts are too much for."""

from __future__ import annotations

import os
import signal
import sys
import time

from medallion.cleaning.duckdb import probe
from medallion.compiler.worker import main

real = probe.expression_answer


def expression_answer(text: str, columns: dict[str, str]) -> dict[str, str]:
    if "spin" in text:
        while True:
            pass
    if "wait" in text:
        time.sleep(600)
    if "grow" in text:
        grown = []
        while True:
            grown.append(bytearray(1 << 24))
    if "crash" in text:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "work" in text:
        began = time.process_time()
        while time.process_time() - began < 0.8:
            pass
    if "secret" in text:
        return {"problem": " ".join(sorted(os.environ))}
    return real(text, columns)


probe.expression_answer = expression_answer
sys.exit(main())
