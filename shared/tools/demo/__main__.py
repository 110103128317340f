"""`make demo`: a commit of the example app to dev, then to prod, run the way a runner runs a workflow."""

import argparse
import sys
import time

from testbed import doctor, organisation, paths, progress
from testbed.errors import TestbedError
from testbed.run import RunResult, run_workflow
from testbed.up import up
from tools import releases
from tools.demo import application, report
from tools.demo.pods import running
from tools.paths import ROOT


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument(
        "--break", dest="how", choices=application.BREAKS, help="show the error that a user gets"
    )
    how = parser.parse_args().how
    try:
        return demo(how)
    except TestbedError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


def demo(how: str | None) -> int:
    doctor.check()
    began = time.monotonic()
    org = organisation.built_in()
    up(file=organisation.BUILT_IN)
    brought_up = time.monotonic() - began
    with progress.waiting("release trees of the three actions"):
        releases.publish(paths.state() / "actions", org.github)
    folder = application.checkout(ROOT / "build" / "demo" / "app")
    if how:
        what, change = application.BREAKS[how]
        progress.say(f"broken on purpose: {what}")
        change(folder)
    commit = application.commit(folder, f"Break it: {how}" if how else "A change of the example app")
    with progress.waiting(f"commit {commit[:12]} goes through examples/workflows/deploy.yml"):
        result = run_workflow(folder / application.WORKFLOW, folder, event="push")
    print(f"\n{report.steps(result)}\n")
    status = _show_errors(result) if how else _show_pods(result, commit)
    print(f"\nlogs, annotations and job summaries: {result.folder}")
    took = time.monotonic() - began
    print(f"testbed up in {brought_up:.1f} s, all in {took:.1f} s; `./testbed down` removes it")
    return status


def _show_pods(result: RunResult, commit: str) -> int:
    if result.conclusion != "success":
        print(report.errors(result))
        return 1
    digest = result.jobs["build"].outputs["image"].rpartition("@")[2]
    pods = [pod for cluster in ("dev", "prod") for pod in running(cluster)]
    print(report.success(commit, digest, pods))
    return 0 if pods and all(pod.ready and pod.digest == digest for pod in pods) else 1


def _show_errors(result: RunResult) -> int:
    shown = report.errors(result)
    print(shown or "The run shows no error: the demo's breakage broke nothing.")
    return 0 if shown and result.conclusion == "failure" else 1


if __name__ == "__main__":
    sys.exit(main())
