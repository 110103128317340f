"""What the runner starts: finds what the action carries, and hands over to it."""

import sys
from pathlib import Path

# `-I` hides this folder, and what the action carries beats what the runner has installed.
sys.path.insert(0, str(Path(__file__).resolve().parent / "_vendor"))

from actionkit.entry import run
from build_push.main import main

run(main, action="build-push")
