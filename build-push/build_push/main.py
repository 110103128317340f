"""The action from inputs to report: the one place where its parts meet."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from actionkit.inputs import Reader
from actionkit.process import Process, tool_environment
from actionkit.retry import SystemClock
from actionkit.runner import Runner
from build_push import (
    build_context,
    command,
    credential_server,
    docker_config,
    dockerfile,
    ecr_host,
    engine,
    failure,
    preflight,
    report,
    result,
    settings,
)
from build_push.docker_config import UserConfig
from build_push.dockerfile import Dockerfile
from build_push.ecr import Ecr
from build_push.engine import Builder
from build_push.report import Outcome
from build_push.session import Session
from build_push.settings import Settings


def main(runner: Runner) -> None:
    """Whatever can be refused is refused before the build, in the order of what it costs to find out."""
    process, clock = Process(runner), SystemClock()
    wanted = _settings(runner)
    source = _dockerfile(runner, wanted)
    user = docker_config.read(runner.environ)
    hosts = _hosts(wanted, source, user)
    with _private_folder(runner.temp) as folder:
        environment = _environment(runner.environ, wanted)
        environment |= docker_config.write(folder / "docker", user, hosts)
        builder = engine.check(process, environment)
        ecr = Ecr(Session(wanted.credentials, _region(hosts), runner, clock), clock, runner.add_mask)
        for notice in preflight.check(ecr, hosts, wanted.repositories if wanted.push else ()):
            runner.notice(notice, title="build-push")
        with credential_server.serve(folder, ecr.password) as helpers:
            environment["PATH"] = f"{helpers}{os.pathsep}{environment.get('PATH', '')}"
            build = _Build(runner, process, folder, environment)
            outcome = build.run(wanted, builder, source)
            if wanted.push:
                outcome = outcome.confirmed(result.confirm(ecr, wanted.repositories, outcome.built, clock))
    report.write(runner, wanted, outcome)


class _Build:
    """buildx, run once in its private folder."""

    def __init__(
        self, runner: Runner, process: Process, folder: Path, environment: Mapping[str, str]
    ) -> None:
        self._runner = runner
        self._process = process
        self._folder = folder
        self._environment = environment

    def run(self, wanted: Settings, builder: Builder, source: Dockerfile | None) -> Outcome:
        """Raises ActionError if it fails; on success buildx may still have named no digest."""
        files = self._files(wanted)
        argv = command.argv(wanted.build, files)
        name = source.name if source else (wanted.build.file or "Dockerfile")
        self._runner.info(
            f"Building {name} with buildx {builder.buildx}, builder {builder.name} ({builder.driver})"
        )
        done = self._process.run(argv, env=self._environment, cwd=self._runner.workspace)
        if done.exit_code:
            known = source is not None or wanted.of_this_commit
            raise failure.explain(done.exit_code, done.output, name if known else "")
        return Outcome(
            built=result.read(Path(files.metadata), Path(files.image_id)),
            image=None,
            platform=builder.platform,
            dockerfile=name,
            seconds=done.seconds,
        )

    def _files(self, wanted: Settings) -> command.Files:
        host = build_context.token_host(wanted.build.context, self._runner.context.server_url)
        token = None
        if host and wanted.github_token:
            self._runner.add_mask(wanted.github_token)
            token = self._folder / "git-token"
            token.touch(mode=0o600)
            token.write_text(wanted.github_token)
        return command.Files(
            image_id=self._folder / "image-id",
            metadata=self._folder / "metadata.json",
            git_token=token,
            git_host=host,
        )


def _settings(runner: Runner) -> Settings:
    reader = Reader(runner.inputs, settings.INPUTS, settings.FORMER)
    wanted = settings.read(reader, runner.context)
    for warning in reader.warnings:
        runner.warning(warning)
    reader.finish()
    return wanted


def _dockerfile(runner: Runner, wanted: Settings) -> Dockerfile | None:
    if build_context.is_remote(wanted.build.context):
        return None
    return dockerfile.find(runner.workspace, wanted.build.context, wanted.build.file)


def _hosts(wanted: Settings, source: Dockerfile | None, user: UserConfig) -> tuple[str, ...]:
    """The registries that we log in to: those pushed to, and those of base images that nobody else has."""
    pushed = [each.host.host for each in wanted.repositories] if wanted.push else []
    text = source.path.read_text(errors="replace") if source else ""
    bases = [each.host for each in dockerfile.registries(text, wanted.build.build_args)]
    return tuple(dict.fromkeys([*pushed, *(host for host in bases if not user.knows(host))]))


def _region(hosts: tuple[str, ...]) -> str:
    registry = ecr_host.parse(hosts[0]) if hosts else None
    return registry.region if registry else ""


def _environment(environ: Mapping[str, str], wanted: Settings) -> dict[str, str]:
    # `--build-arg NAME` takes NAME's value from docker's environment.
    bare = [each for each in wanted.build.build_args if "=" not in each]
    return tool_environment(environ, *engine.names(environ), *bare)


@contextmanager
def _private_folder(temp: Path) -> Iterator[Path]:
    """A folder for this user and this step alone; the runner would empty RUNNER_TEMP only after the job."""
    folder = Path(tempfile.mkdtemp(prefix="build-push-", dir=temp))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
