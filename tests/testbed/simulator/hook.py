"""The job-started hook: an operator's script on the runner host, whose GITHUB_ENV reaches the job.

https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/run-scripts
"""

from pathlib import Path

from .environment import process_environment, runner_variables
from .errors import StepFailure
from .file_commands import FileSet
from .script import execute, which
from .state import Frame
from .step_runner import read_files


def run_hook(frame: Frame, script: str) -> None:
    if not script:
        return
    if not Path(script).is_file():
        raise StepFailure(f"File doesn't exist: the job-started hook '{script}'")
    job = frame.job
    files = FileSet.create(job.folders.temp / "_runner_file_commands")
    frame.github = {**frame.github, **{name: str(path) for name, path in files.paths.items()}}
    job.log.write(f"##[group]Run '{script}'\n##[endgroup]")
    argv = [which("bash", job), "--noprofile", "--norc", "-e", "-o", "pipefail", script]
    env = process_environment(job, {**job.env, **runner_variables(frame)})
    exit_code = execute(frame, argv, env, job.folders.workspace)
    read_files(frame, files)
    files.remove()
    if exit_code:
        raise StepFailure(f"Process completed with exit code {exit_code}.")
