"""A component that stands still again and again, until this program is killed; then it may stand still.

Run: `python -m testbed.faults.pulse CLUSTER COMPONENT PAUSE RUN`, seconds, among this machine's processes.
"""

import sys
import time
from typing import NoReturn

from testbed.faults import clusters, signals


def beat(cluster: str, component: str, pause: float, run: float) -> NoReturn:
    while True:
        pids = clusters.pids(cluster, component)  # each time: it may be another process by now
        signals.freeze(pids)
        time.sleep(pause)
        signals.thaw(pids)
        time.sleep(run)


if __name__ == "__main__":
    beat(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
