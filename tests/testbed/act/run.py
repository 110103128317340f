"""A run of a workflow by act, which leaves what a run on the simulator leaves.

act tells neither a job's outputs nor the runner's own annotations; what it does tell is in the same files.
"""

import signal
import subprocess
import threading
from pathlib import Path
from typing import Any

from testbed.act import command, prepare, tokens
from testbed.act.events import Recorder
from testbed.act.labels import labels
from testbed.act.layout import Layout
from testbed.act.names import Names
from testbed.act.repositories import Repositories
from testbed.simulator import lease, results
from testbed.simulator.cleaning import remove
from testbed.simulator.config import Config
from testbed.simulator.environment import host_environment
from testbed.simulator.errors import WorkflowError

# As https://github.com/actions/runner: what hasn't ended by then is killed.
SECONDS_TO_END = 10.0


class Run:
    def __init__(self, config: Config, file: Path, cancel: threading.Event) -> None:
        self.config = config
        self.file = file
        self.layout = Layout.of(config)
        self.folder = config.runs / config.run_id
        self.cancel = cancel
        self.recorder = Recorder(lambda event: str(event["jobID"]))

    def execute(self, program: str, image: str = "") -> str:
        """The run's conclusion; raises WorkflowError if act refused the workflow."""
        with lease.runner(self.config.work, self.cancel) as free:
            try:
                exit_code = self._on_act(program, image) if free else 0
            finally:
                remove(self.layout.root)
        self.recorder.finish(cancelled=self.cancel.is_set())
        jobs = list(self.recorder.jobs.values())
        if exit_code and not jobs:
            raise WorkflowError(
                "\n".join(self.recorder.complaints) or "act ended without a word", file=self.file.name
            )
        conclusion = self._conclusion(exit_code)
        for job in jobs:
            (self.folder / f"{job.file}.log").write_text(job.log, encoding="utf-8")
        results.write(self.folder, conclusion, jobs)
        return conclusion

    def _on_act(self, program: str, image: str) -> int:
        config, layout = self.config, self.layout
        prepare.check_out(config, layout)
        repositories = Repositories(config, layout.repository, layout.others)
        repositories.read(self.file)
        if not image:
            refuse_services(repositories.workflows, self.file.name)
        title = next((one.get("name") for one in repositories.workflows), None) or self.file.name
        self.recorder = Recorder(Names(title, repositories.workflows))
        argv = command.argv(config, layout, self._request(program, image, repositories))
        with tokens.opened(config, title, repositories.workflows) as pairs:
            prepare.write_settings(config, layout, pairs, repositories.workflows)
            return self._follow(argv)

    def _request(self, program: str, image: str, repositories: Repositories) -> command.Request:
        config = self.config
        known = labels(repositories.workflows, [*config.variables.values(), *config.inputs.values()])
        released = {
            f"{tree.parent.parent.name}/{tree.parent.name}@{tree.name}": tree
            for tree in config.actions.glob("*/*/*")
        }
        return command.Request(
            program=program,
            workflow=self.file,
            labels=known,
            image=image,
            repositories={**released, **repositories.found},
        )

    def _follow(self, argv: list[str]) -> int:
        """Show what act tells until it ends. Its session is its own, so that Ctrl-C is ours to pass on."""
        authority = (self.config.token_service or {}).get("ca_file")
        trust = {"AWS_CA_BUNDLE": authority} if authority else {}
        process = subprocess.Popen(
            argv,
            env={**host_environment(self.config), **trust, "ACT_DISABLE_VERSION_CHECK": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        watch = threading.Thread(target=self._pass_on, args=(process,), daemon=True)
        watch.start()
        assert process.stdout is not None
        for line in process.stdout:
            if shown := self.recorder.feed(line.rstrip("\n")):
                print(shown, flush=True)
        return process.wait()

    def _pass_on(self, process: "subprocess.Popen[str]") -> None:
        """act lets steps with always() run after the first signal, and ends at the second."""
        while process.poll() is None:
            if self.cancel.wait(0.2):
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(SECONDS_TO_END)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGINT)
                return

    def _conclusion(self, exit_code: int) -> str:
        found = {job.conclusion for job in self.recorder.jobs.values()}
        if self.cancel.is_set():
            return "cancelled"
        return "failure" if exit_code or "failure" in found else "success"


def refuse_services(workflows: list[Any], file: str) -> None:
    """act starts them for jobs in a container alone, and says nothing where it doesn't."""
    for workflow in workflows:
        for job_id, job in workflow["jobs"].items():
            if "services" in job and "container" not in job:
                message = f"act starts the services of job '{job_id}' only if the job runs in a container"
                raise WorkflowError(f"{message}: `--image IMAGE`, or `container:` in the job", file=file)
