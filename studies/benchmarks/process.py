"""Run a command to its end and say what it took, as the operating system counts it."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

KIB_PER_MIB = 1024


class Cost(NamedTuple):
    """What a whole process took: wall and processor seconds, peak resident memory."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


def cost_of(command: Sequence[str]) -> Cost:
    """Run `command`, its output thrown away, and measure it from its start to its end.

    Python keeps compiled modules between runs even where the caller's environment forbids it, as
    it does for whoever runs the workflow twice.

    Raises
    ------
    RuntimeError
        When the command fails.
    """
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=kept)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with status {process.returncode}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / KIB_PER_MIB)


def python_module(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module under this Python."""
    return [sys.executable, "-m", module, *arguments]
