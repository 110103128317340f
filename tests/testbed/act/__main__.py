"""act as runner program: `python3 -m testbed.act --act PROGRAM --config FILE WORKFLOW`, as testbed.simulator.

Exit status: 0 success, 1 failure, 130 cancelled, 2 when the workflow or the settings are wrong.
"""

import argparse
import signal
import sys
import threading
from pathlib import Path

from testbed.act.run import Run
from testbed.simulator.__main__ import EXIT, WRONG
from testbed.simulator.config import Config
from testbed.simulator.errors import WorkflowError


def main() -> int:
    parser = argparse.ArgumentParser(prog="testbed.act", description=__doc__)
    parser.add_argument("--act", required=True, help="the program")
    parser.add_argument("--image", default="", help="run jobs in a container of it, not on the machine")
    parser.add_argument("--config", type=Path, required=True, help="as for testbed.simulator")
    parser.add_argument("workflow", type=Path)
    arguments = parser.parse_args()
    cancel = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: cancel.set())
    try:
        run = Run(Config.read(arguments.config), arguments.workflow, cancel)
        conclusion = run.execute(arguments.act, arguments.image)
    except WorkflowError as error:
        print(f"Invalid workflow file\n{error}", file=sys.stderr)
        return WRONG
    except (ValueError, OSError) as error:
        print(f"The runner can't start: {error}", file=sys.stderr)
        return WRONG
    jobs = ", ".join(f"{job.id} {job.conclusion}" for job in run.recorder.jobs.values())
    print(f"\nact: {conclusion} ({jobs})")
    return EXIT[conclusion]


if __name__ == "__main__":
    sys.exit(main())
