"""Runs one command and tells what it used: ``python meter.py COMMAND…`` prints one JSON object.

A process of its own, small: the peak memory that the system reports of a child is never less than
what its parent had when it started it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time

_UNIT = 1 if sys.platform == "darwin" else 1024


def main(command: list[str]) -> None:
    """Run the command, its children included; its stdout is dropped, stdin and stderr passed on."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    used = {
        "code": process.returncode,
        "cpu": usage.ru_utime + usage.ru_stime,
        "wall": took,
        "peak": usage.ru_maxrss * _UNIT,
        "floor": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT,
    }
    json.dump(used, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
