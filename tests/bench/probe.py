"""Runs inside the machine as `python3 -c`: starts a program, waits, tells what it took.

A small process of its own, for ru_maxrss counts what the parent held when it forked.
https://man7.org/linux/man-pages/man2/getrusage.2.html
"""

import json
import os
import sys
import time

began = time.monotonic()
child = os.posix_spawnp(
    sys.argv[1],
    sys.argv[1:],
    os.environ,
    file_actions=[(os.POSIX_SPAWN_DUP2, sys.stderr.fileno(), sys.stdout.fileno())],
)
_, status, usage = os.wait4(child, 0)
json.dump(
    {
        "exit_code": os.waitstatus_to_exitcode(status),
        "wall": time.monotonic() - began,
        "cpu": usage.ru_utime + usage.ru_stime,
        "rss": usage.ru_maxrss / 1024,
    },
    sys.stdout,
)
