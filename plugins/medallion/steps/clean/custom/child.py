"""`python -m medallion.steps.clean.custom.child FD`: the process of a custom step; see `process`.

Its input holds what to call, then batches; each is answered on the file descriptor FD.
"""

from __future__ import annotations

import json
import os
import pickle
import select
import signal
import sys
import threading
import time
from contextlib import ExitStack
from functools import partial

from medallion.compiler.limits import end_with_parent
from medallion.errors import CustomStepFailed, DataRejected
from medallion.steps.clean.custom.code import load_function
from medallion.steps.clean.custom.process import (
    ANSWER,
    ERROR,
    end_those_left,
    pack_batch,
    receive,
    send,
    unpack_batch,
)
from medallion.steps.clean.custom.step import call


def main(descriptor: int) -> None:
    """Answer until the input ends, or an error has been reported."""
    end_with_parent()  # whatever the function does, and however the task ends
    # The author's code may read its input and print: neither reaches the parent's messages.
    asked = os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    end = partial(_end_with_the_task, asked.fileno(), os.environ["HOME"])
    threading.Thread(target=end, daemon=True).start()
    with os.fdopen(descriptor, "wb") as answers, ExitStack() as opened:
        first = receive(asked)
        if first is None:
            return
        step, custom = pickle.loads(first)  # noqa: S301  # it comes from the task that started us
        try:
            function = opened.enter_context(load_function(custom))
            send(answers, ANSWER)
            while (content := receive(asked)) is not None:
                send(
                    answers,
                    ANSWER + pack_batch(call(step, custom, function, unpack_batch(content))),
                )
        except (CustomStepFailed, DataRejected) as error:
            sys.stdout.flush()
            said = {
                "kind": type(error).__name__,
                "problem": error.problem,
                "remedy": error.remedy,
            }
            send(answers, ERROR + json.dumps(said).encode())


def _end_with_the_task(descriptor: int, home: str) -> None:
    """End when the task has closed our input, or has been killed, whatever the function does."""
    poll = select.poll()
    poll.register(descriptor, 0)
    poll.poll()  # nothing is asked for, so that it answers for the other end's close alone
    time.sleep(1)  # to end by itself
    end_those_left(home)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # and what the function has started
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
