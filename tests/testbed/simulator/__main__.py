"""The runner program: `python3 -m testbed.simulator --config FILE WORKFLOW`.

Exit status: 0 success, 1 failure, 130 cancelled, 2 when the workflow or the settings are wrong,
3 when the workflow needs what only GitHub, or act, has.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from .config import Config
from .environment import of_env_file
from .errors import NotTriggered, Unsupported, WorkflowError
from .run import Run

EXIT = {"success": 0, "failure": 1, "cancelled": 130}
WRONG = 2
UNSUPPORTED = 3


def main() -> int:
    parser = argparse.ArgumentParser(prog="testbed.simulator", description=__doc__)
    parser.add_argument(
        "--config", type=Path, required=True, help="JSON file: testbed.simulator.config.Config"
    )
    parser.add_argument("workflow", type=Path)
    arguments = parser.parse_args()
    cancel, force = threading.Event(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: (force if cancel.is_set() else cancel).set())
    try:
        config = Config.read(arguments.config)
        os.environ.update(of_env_file(config))
        run = Run(config, arguments.workflow, cancel, force)
        conclusion = run.execute()
    except NotTriggered as error:
        print(f"No workflow run\n{error}", file=sys.stderr)
        return WRONG
    except Unsupported as error:
        print(f"The simulator can't run this workflow\n{error}", file=sys.stderr)
        return UNSUPPORTED
    except WorkflowError as error:
        print(f"Invalid workflow file\n{error}", file=sys.stderr)
        return WRONG
    except (ValueError, OSError) as error:
        print(f"The runner can't start: {error}", file=sys.stderr)
        return WRONG
    jobs = ", ".join(f"{job.id} {job.conclusion}" for job in run.jobs)
    print(f"\n{run.workflow.name}: {conclusion} ({jobs})")
    return EXIT[conclusion]


if __name__ == "__main__":
    sys.exit(main())
