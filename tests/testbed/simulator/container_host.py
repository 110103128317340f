"""Where the steps of a job with `container:` run: in it, by `docker exec`.

https://github.com/actions/runner/blob/main/src/Runner.Worker/ContainerOperationProvider.cs
https://github.com/actions/runner/blob/main/src/Runner.Worker/Container/ContainerInfo.cs
https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/StepHost.cs (ContainerStepHost)
"""

import re
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

from .config import Config
from .docker import docker
from .docker_calls import Docker
from .dotnet import split_arguments
from .environment import process_environment
from .errors import StepFailure
from .job_container import Container
from .script import execute
from .state import Folders, Frame

SOCKET = "/var/run/docker.sock"
TOKEN_REGISTRIES = ("ghcr.io", "containers.pkg.github.com")  # without credentials, GITHUB_TOKEN is used
# The real runner waits with a process that never ends, whatever the image's own would be.
WAIT = ("--entrypoint", "tail")
WAIT_ARGUMENTS = ("-f", "/dev/null")
CONFIGURED_ENV = "{{range .Config.Env}}{{println .}}{{end}}"


class ContainerHost:
    def __init__(self, container: Container, config: Config, folders: Folders) -> None:
        self._container = container
        self._folders = folders
        self._externals = config.work.parent / "externals"
        self._name = (
            f"{uuid.uuid4().hex}_{re.sub('[^A-Za-z0-9_]', '', container.image)}_{uuid.uuid4().hex[:6]}"
        )
        self._path = ""  # the image's PATH
        self.id = ""
        self.network = ""

    @property
    def _mappings(self) -> list[tuple[Path, str]]:
        """The first that fits is taken: a tool cache in the work folder is below /__w, too."""
        temp = self._folders.temp
        return [
            (temp / "_github_workflow", "/github/workflow"),
            (temp / "_github_home", "/github/home"),
            (self._folders.work, "/__w"),
            (self._folders.tools, "/__t"),
            (self._externals, "/__e"),
        ]

    def to_container(self, value: str) -> str:
        """A value that starts with a mounted path; paths inside a value are not translated."""
        for host, inside in self._mappings:
            if value == str(host) or value.startswith(f"{host}/"):
                return inside + value.removeprefix(str(host))
        return value

    def to_host(self, value: str) -> str:
        for host, inside in self._mappings:
            if value == inside or value.startswith(f"{inside}/"):
                return str(host) + value.removeprefix(inside)
        return value

    def start(self, frame: Frame) -> None:
        client = Docker(frame)
        with client.group("Checking docker version"):
            client.ask("version", "--format", "{{.Server.APIVersion}}")
            client.ask("version", "--format", "{{.Client.APIVersion}}")
        with client.group("Clean up resources from previous jobs"):
            self._clean_up(client)
        with client.group("Create local container network"):
            self.network = f"github_network_{uuid.uuid4().hex}"
            client.need("network", "create", "--label", client.label, self.network)
        with client.group("Starting job container"):
            self._pull(frame, client)
            self.id = client.ask("create", *self._create_arguments(client.label))[-1]
            client.need("start", self.id)
            self._look(frame, client)
        with client.group("Waiting for all services to be ready"):
            frame.job.contexts["job"]["container"] = {"id": self.id, "network": self.network}

    def _clean_up(self, client: Docker) -> None:
        """What a runner that was killed left."""
        label = f"label={client.label}"
        for stale in client.ask("ps", "--all", "--quiet", "--no-trunc", "--filter", label):
            client.try_to("Delete stale containers failed, docker rm", "rm", "--force", stale)
        what = "Delete stale container networks failed, docker network prune"
        client.try_to(what, "network", "prune", "--force", "--filter", label)

    def _pull(self, frame: Frame, client: Docker) -> None:
        wanted, github = self._container, frame.job.github
        username, password = wanted.username, wanted.password
        if wanted.registry in TOKEN_REGISTRIES and not username and not password:
            username, password = github["actor"], github["token"]
        if not (username and password):
            client.pull(wanted.image, [])
            return
        folder = self._folders.temp / f".docker_{uuid.uuid4()}"
        folder.mkdir(mode=0o700)
        try:
            client.login(folder, wanted.registry, username, password)
            client.pull(wanted.image, ["--config", str(folder)])
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _create_arguments(self, label: str) -> list[str]:
        wanted, folders = self._container, self._folders
        argv = ["--name", self._name, "--label", label]
        argv += ["--workdir", self.to_container(str(folders.workspace)), "--network", self.network]
        for port in wanted.ports:
            argv += ["-p", port]
        argv += wanted.options
        env = {**wanted.env, "HOME": "/github/home"}
        for name, value in env.items():
            argv += ["-e", f"{name}={value}" if value else name]
        argv += ["-e", "GITHUB_ACTIONS=true"]
        argv += [] if "CI" in env else ["-e", "CI=true"]
        for volume in [f"{SOCKET}:{SOCKET}", *wanted.volumes, *self._own_volumes()]:
            argv += ["-v", volume]
        return [*argv, *WAIT, wanted.image, *WAIT_ARGUMENTS]

    def _own_volumes(self) -> list[str]:
        folders = self._folders
        mounted = [folders.work, self._externals, folders.temp, folders.actions, folders.tools]
        mounted += [folders.temp / "_github_home", folders.temp / "_github_workflow"]
        for folder in mounted:
            folder.mkdir(parents=True, exist_ok=True)
        read_only = {self._externals: ":ro"}
        return [f"{host}:{self.to_container(str(host))}{read_only.get(host, '')}" for host in mounted]

    def _look(self, frame: Frame, client: Docker) -> None:
        """Is it up? What is its PATH?"""
        shape = "{{.ID}} {{.Status}}"
        chosen = ("ps", "--all", "--filter", f"id={self.id}", "--filter")
        if not client.ask(*chosen, "status=running", "--no-trunc", "--format", shape):
            client.run("logs", "--details", self.id)
            frame.warning(f"Docker container {self.id} is not in running state.")
        for line in client.ask("inspect", f"--format={CONFIGURED_ENV}", self.id):
            if line.startswith("PATH="):
                self._path = line.removeprefix("PATH=")

    def run(self, frame: Frame, command: tuple[str, str], env: Mapping[str, str], cwd: Path) -> int:
        """A program and its arguments in one line; variables are passed by name."""
        if not self.id:
            raise StepFailure("Value cannot be null. (Parameter 'ContainerId')")
        program, arguments = command
        line = f"exec -i --workdir {self.to_container(str(cwd))}"
        line += "".join(f" -e {name}" for name in env)
        if added := ":".join(reversed(frame.job.path)):
            line += f' -e PATH="{added}{":" if self._path else ""}{self._path}"'
        line += f" {self.id} {program} {arguments}"
        inside = {name: self.to_container(value) for name, value in env.items()}
        argv = [docker(frame.job), *split_arguments(line)]
        return execute(frame, argv, process_environment(frame.job, {}) | inside, frame.job.config.work)

    def stop(self, frame: Frame) -> None:
        """The container with all that still runs in it, then the network."""
        client = Docker(frame)
        if self.id:
            frame.job.log.write(f"Stop and remove container: {self._name}")
            client.try_to("Docker rm", "rm", "--force", self.id)
        if self.network:
            frame.job.log.write(f"Remove container network: {self.network}")
            client.try_to("Docker network rm", "network", "rm", self.network)
