"""One job from its set-up to its outputs.

https://github.com/actions/runner/blob/main/src/Runner.Worker/JobRunner.cs
https://github.com/actions/runner/blob/main/src/Runner.Worker/JobExtension.cs
"""

import json
import secrets
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import github_context, processes, step_runner
from .cleaning import remove, wipe
from .config import Config
from .environment import host_environment, runner_context
from .errors import StepCancelled, StepFailure, WorkflowError
from .expressions.evaluate import Scope
from .expressions.values import CaseSensitive
from .hook import run_hook
from .jobs import Job
from .log import Log
from .masking import Masker
from .prepare import prepare_actions
from .results import JobResult, Label, StepResult
from .state import Folders, Frame, JobState
from .steps import Step, internal_step
from .tokens import TokenService
from .workflow import Workflow

OUTPUT_LIMIT = 1024 * 1024  # of all outputs of a job, in UTF-16
DEFAULT_TIMEOUT = 360.0  # minutes


@dataclass(frozen=True, kw_only=True)
class Request:
    """A job as GitHub sends it to a runner."""

    config: Config
    title: str  # of the run's workflow, which may have called this job's
    workflow: Workflow
    job: Job
    label: Label
    contexts: dict[str, Any]  # needs, inputs, strategy, matrix
    secrets: dict[str, str]
    folder: Path  # of the run's results
    cancel: threading.Event


class JobRunner:
    def __init__(self, request: Request) -> None:
        self.request = request
        self.result = JobResult.of(request.label)
        self.tracking_id = f"github_{uuid.uuid4()}"
        self.environment = ""
        self.state = self._state()
        self.service: TokenService | None = None

    def _state(self) -> JobState:
        config, masker = self.request.config, Masker()
        repository = config.repository.partition("/")[2]
        folders = Folders(config.work, config.work / repository / repository)
        token = f"ghs_{secrets.token_hex(18)}"
        github = github_context.create(config, self.request.title, token)
        github["job"] = self.request.job.id
        github["workspace"] = str(folders.workspace)
        github["event_path"] = str(folders.temp / "_github_workflow" / "event.json")
        contexts = {
            **self.request.contexts,
            "job": {"status": "success", **self._workflow_file()},
            "runner": runner_context(config, folders),
        }
        return JobState(
            config=config,
            folders=folders,
            log=Log(self.request.folder / f"{self.request.label.file}.log", masker),
            masker=masker,
            github=github,
            contexts={**contexts, **self._settings(github, contexts, token)},
            host_environment={**host_environment(config), "RUNNER_TRACKING_ID": self.tracking_id},
            cancel=self.request.cancel,
        )

    def _workflow_file(self) -> dict[str, str]:
        """Of the job's own workflow; the github context has those of the run's.

        https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#job-context
        """
        source = self.request.workflow.source
        return {
            "workflow_ref": source.name,
            "workflow_sha": source.sha,
            "workflow_repository": source.repository,
            "workflow_file_path": source.path,
        }

    def _settings(self, github: dict[str, Any], contexts: dict[str, Any], token: str) -> dict[str, Any]:
        """vars and secrets; the environment's own win."""
        config = self.request.config
        if self.request.job.environment:
            self.environment = self.request.job.environment.name.text(
                Scope({**contexts, "github": github, "vars": config.variables})
            )
        own = config.environments.get(self.environment, {})
        return {
            "vars": {**config.variables, **own.get("variables", {})},
            "secrets": {**self.request.secrets, **own.get("secrets", {}), "GITHUB_TOKEN": token},
        }

    def run(self) -> JobResult:
        state = self.state
        for value in state.contexts["secrets"].values():
            state.masker.add(value)
        timer = self._timer()
        try:
            if self._step("Set up job", self._set_up).conclusion == "success":
                self._run_steps()
                self._step("Complete job", self._complete)
        finally:
            timer.cancel()
            self._clean_up()
        self.result.conclusion = "cancelled" if state.cancel.is_set() else state.status
        return self.result

    def _timer(self) -> threading.Timer:
        scope = Scope({**self.state.contexts, "github": self.state.github})
        limit, grace = self.request.job.timeout_minutes, self.request.job.cancel_timeout_minutes
        if grace:
            self.state.grace_minutes = grace.number(scope)
        minutes = limit.number(scope) if limit else DEFAULT_TIMEOUT
        timer = threading.Timer(minutes * self.state.config.seconds_per_minute, self._time_is_up, [minutes])
        timer.daemon = True
        timer.start()
        return timer

    def _time_is_up(self, minutes: float) -> None:
        self.state.log.write(
            f"##[error]The job has exceeded the maximum execution time of {minutes:g} minutes"
        )
        self.state.cancel.set()

    def _step(self, name: str, work: Callable[[Frame], None]) -> StepResult:
        """A step of the runner's own, shown like the others."""
        result = StepResult(id=name.lower().replace(" ", "-"), name=name, conclusion="success")
        frame = Frame(job=self.state, step=internal_step(), result=result, github=self.state.github)
        frame.env = CaseSensitive(self.state.env)
        started = time.monotonic()
        try:
            work(frame)
        except (StepFailure, WorkflowError) as error:
            frame.error(str(error))
            frame.failed = True
        except StepCancelled:
            result.conclusion = "cancelled"
        if frame.failed:
            result.conclusion = "failure"
            self.state.set_status("failure")
        result.outcome = result.conclusion
        result.seconds = round(time.monotonic() - started, 3)
        if result.annotations or result.conclusion != "success":
            self.result.steps.append(result)
        return result

    def _set_up(self, frame: Frame) -> None:
        state, job = self.state, self.request.job
        state.log.write(f"Current runner: {state.config.runner_name}\nPrepare workflow directory")
        remove(state.folders.temp)
        wipe(state.folders.actions)
        folders = state.folders
        for folder in (folders.actions, folders.workspace, folders.tools, folders.temp / "_github_home"):
            folder.mkdir(parents=True, exist_ok=True)
        event_file = Path(state.github["event_path"])
        event_file.parent.mkdir(exist_ok=True)
        event_file.write_text(json.dumps(state.github["event"]))
        self._open_tokens()
        state.log.write("Prepare all required actions")
        prepare_actions(frame, job.steps)
        self._load_environment()
        state.log.write(f"Complete job name: {self.result.name}")
        run_hook(frame, state.config.job_started_hook)

    def _load_environment(self) -> None:
        """Workflow's env, then the job's, then defaults.run: each sees what came before."""
        state, request = self.state, self.request
        for env in (request.workflow.env, request.job.env):
            scope = self._scope()
            state.env.update({name: template.text(scope) for name, template in env.items()})
        for defaults in (request.workflow.defaults, request.job.defaults):
            state.defaults.update({key: value.text(self._scope()) for key, value in defaults.items()})

    def _scope(self) -> Scope:
        state = self.state
        contexts = {
            **state.contexts,
            "github": state.github,
            "env": CaseSensitive(state.env),
            "steps": state.steps,
        }
        return Scope(contexts, state.status, state.status == "cancelled", state.folders.workspace)

    def _open_tokens(self) -> None:
        """Without `id-token: write` there is no way to ask for a token.

        https://docs.github.com/en/actions/reference/security/oidc#workflow-permissions-for-the-requesting-the-oidc-token
        """
        granted = self.request.job.permissions
        granted = granted if granted is not None else self.request.workflow.permissions or {}
        settings = self.state.config.token_service
        if granted.get("id-token") != "write" or settings is None:
            return
        claims = github_context.claims(self.state.github, self.environment)
        source = self.request.workflow.source
        claims.update(job_workflow_ref=source.name, job_workflow_sha=source.sha)
        immutable = {"immutable_sub": True} if self.state.config.immutable_sub else {}
        self.service = TokenService(settings, {**claims, **immutable})
        self.state.tokens = self.service.variables
        self.state.masker.add(self.service.variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])

    def _run_steps(self) -> None:
        for step in self.request.job.steps:
            name = step.name.source if step.name else f"Run {step.uses or _first_line(step)}"
            result = StepResult(id=step.id, name=self.state.masker.mask(name))
            github, siblings = self.state.github, self.state.steps
            self._run(Frame(job=self.state, step=step, result=result, github=github, siblings=siblings))
        while self.state.posts:  # the last that was started is the first to clean up
            self._run(self.state.posts.pop())

    def _run(self, frame: Frame) -> None:
        self.result.steps.append(frame.result)
        started = time.monotonic()
        conclusion = step_runner.run(frame)
        frame.result.seconds = round(time.monotonic() - started, 3)
        if self.state.cancel.is_set():
            self.state.set_status("cancelled")
        elif conclusion == "failure":
            self.state.set_status("failure")

    def _complete(self, frame: Frame) -> None:
        """Job outputs: one that contains a secret, even a part of it, doesn't leave the job."""
        state, scope, size = self.state, self._scope(), 0
        for name, template in self.request.job.outputs.items():
            value = template.text(scope)
            size += len(value.encode("utf-16-le"))
            if not value:
                frame.debug(f"Skip output '{name}' since it's empty")
            elif state.masker.mask(value) != value:
                frame.warning(f"Skip output '{name}' since it may contain secret.")
            else:
                state.log.write(f"Set output '{name}'")
                self.result.outputs[name] = value
        if size > OUTPUT_LIMIT:
            self.result.outputs.clear()
            raise StepFailure(f"Job outputs exceed the maximum of {OUTPUT_LIMIT} bytes: {size}")
        url = self.request.job.environment.url if self.request.job.environment else None
        self.result.environment_url = url.text(scope) if url else ""

    def _clean_up(self) -> None:
        self.state.log.write("Cleaning up orphan processes")
        for pid in processes.tracked(self.tracking_id):
            self.state.log.write(f"Terminate orphan process: pid ({pid})")
            processes.kill(pid)
        if self.service:
            with suppress(StepFailure):  # its tokens die with the testbed then
                self.service.close()
        remove(self.state.folders.temp)
        self.state.folders.temp.mkdir(parents=True, exist_ok=True)
        self.state.log.close()


def _first_line(step: Step) -> str:
    return next(iter(step.run.source.strip().splitlines()), "") if step.run else ""
