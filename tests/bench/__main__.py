"""`make bench`: figures of the actions beside what they replace, into docs/benchmarks.md (Linux, root)."""

import argparse
import os
import platform
import sys
from pathlib import Path

from bench import assume_role, eks_deploy, peers, report, steps
from bench.measure import BenchError, compare
from testbed.errors import TestbedError
from testbed.runner_host.machine import Machine
from tools.paths import ROOT

DOCUMENT = ROOT / "docs" / "benchmarks.md"
INTRODUCTION = Path(__file__).parent / "introduction.md"
GIB = 1024**3


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each (default: 5)")
    runs = parser.parse_args(argv).runs
    try:
        text = measured(Machine("peered"), runs)
    except (BenchError, TestbedError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(text)
    print(text)
    return 0


def measured(machine: Machine, runs: int) -> str:
    """The document, from a testbed that is up."""
    cluster = eks_deploy.Cluster()
    machine.run(["mkdir", "-p", steps.FOLDER], check=True)
    try:
        peers.install(machine)
        cases = [*assume_role.cases(machine), *eks_deploy.cases(machine, cluster)]
        results = [compare(machine, case, runs) for case in cases]
        described = f"{_hardware()}, with {_python(machine)}; {peers.versions(machine)}"
        return report.document(INTRODUCTION.read_text(), described, results, runs)
    finally:
        cluster.clear()
        machine.run(["rm", "-rf", steps.FOLDER], user="root", check=True)


def _hardware() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    return f"{len(os.sched_getaffinity(0))} cores ({platform.machine()}), {memory:.0f} GiB of memory"


def _python(machine: Machine) -> str:
    told = machine.run(["python3", "--version"], capture_output=True, text=True, check=True)
    return str(told.stdout).strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
