"""eks-deploy's program on 100 ConfigMaps and 100 Deployments without replicas, in the cluster `dev`."""

import json
import secrets
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bench import peers, steps
from bench.measure import Case, Command, Side
from testbed import paths
from testbed.bed import TESTER, eventually
from testbed.cluster.api import Api
from testbed.runner_host.machine import Machine

OBJECTS_OF_A_KIND = 100
CHAINED = "arn:aws:iam::222222222222:role/deploy-chained"
KUBECONFIG = f"{steps.FOLDER}/kubeconfig"
FILE = "manifests.json"
AWS_CONFIG = f"{steps.FOLDER}/aws-config"
PROFILE = f"[profile deploy]\nrole_arn = {CHAINED}\ncredential_source = Ec2InstanceMetadata\n"
Namespaced = Callable[[str], Command]


class Deploy(NamedTuple):
    """One way to deploy the manifests into a namespace."""

    name: str
    into: Namespaced


class Cluster:
    """Namespaces to deploy to; one side has one at a time, or keeps its own."""

    def __init__(self) -> None:
        self.api = Api(paths.cluster("dev"), TESTER)
        self.made: list[str] = []

    def new(self) -> str:
        """A namespace with nothing in it, in a cluster that is done with deleting the others."""
        name = f"bench-{secrets.token_hex(4)}"
        self.api.create("/api/v1/namespaces", {"metadata": {"name": name}})
        self.made.append(name)
        return name

    def clear(self) -> None:
        for name in self.made:
            self.api.delete(f"/api/v1/namespaces/{name}")
        for name in self.made:
            eventually(partial(self._gone, name), 120)
        self.made.clear()

    def _gone(self, name: str) -> bool:
        return self.api.get(f"/api/v1/namespaces/{name}") is None


def cases(machine: Machine, cluster: Cluster) -> list[Case]:
    """Beside kubectl alone, and beside aws and then kubectl, as a job without the action runs them."""
    ours = Deploy("`eks-deploy`, with its credentials", _ours(machine))
    _prepare(machine)
    kubectl = f"{peers.KUBECTL} apply --server-side -f {steps.FOLDER}/{FILE} --namespace"
    get_config = f"{peers.AWS} eks update-kubeconfig --name dev --kubeconfig {steps.FOLDER}/made"
    alone = Deploy("`kubectl apply --server-side`", _script(kubectl, KUBECONFIG))
    both = Deploy(
        "`aws eks update-kubeconfig`, then the same",
        _script(f"{get_config} && {kubectl}", f"{steps.FOLDER}/made"),
    )
    return [
        Case(name=f"200 objects, {when}", ours=side(cluster, ours), peer=side(cluster, peer))
        for when, side in (("first time", _anew), ("unchanged", _again))
        for peer in (alone, both)
    ]


def _ours(machine: Machine) -> Namespaced:
    path = _installed_as_in_the_image(machine)

    def command(namespace: str) -> Command:
        job = steps.new_job(machine)
        shutil.copy(_inside(machine, f"{steps.FOLDER}/{FILE}"), _inside(machine, f"{job}/work/{FILE}"))
        inputs = {"cluster": "dev", "manifests": FILE, "namespace": namespace, "role-chain": CHAINED}
        return steps.container("eks-deploy", path, job, {**inputs, "wait": "false"})

    return command


def _script(script: str, kubeconfig: str) -> Namespaced:
    env = {**peers.AWS_ENVIRONMENT, "KUBECONFIG": kubeconfig, "AWS_CONFIG_FILE": AWS_CONFIG}
    return lambda namespace: Command(
        argv=["bash", "-ec", f"{script} {namespace}"], env={**env, "AWS_PROFILE": "deploy"}
    )


def _anew(cluster: Cluster, deploy: Deploy) -> Side:
    def prepare() -> Command:
        cluster.clear()
        return deploy.into(cluster.new())

    return Side(name=deploy.name, prepare=prepare)


def _again(cluster: Cluster, deploy: Deploy) -> Side:
    kept: list[str] = []

    def prepare() -> Command:
        if not kept:
            kept.append(cluster.new())
        return deploy.into(kept[0])

    return Side(name=deploy.name, prepare=prepare)


def _prepare(machine: Machine) -> None:
    _inside(machine, f"{steps.FOLDER}/{FILE}").write_text(manifests(OBJECTS_OF_A_KIND))
    _inside(machine, AWS_CONFIG).write_text(PROFILE)
    shutil.copy(paths.cluster("dev") / "kubeconfig", _inside(machine, KUBECONFIG))
    machine.run(["chown", "runner", KUBECONFIG], user="root", check=True)


def _installed_as_in_the_image(machine: Machine) -> str:
    """Compiled, as eks-deploy/Dockerfile does; the machine's Python is the image's."""
    path = steps.install(machine, "eks-deploy")
    machine.run(["python3", "-ISm", "compileall", "-q", path], user="root", check=True)
    return path


def manifests(count: int) -> str:
    """So many ConfigMaps and Deployments, as kubectl takes them: JSON documents, one a line."""
    kinds = (_config, _deployment)
    return "\n".join(json.dumps(make(f"bench-{number}")) for number in range(count) for make in kinds)


def _config(name: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"level": "info"}}


def _deployment(name: str) -> dict[str, object]:
    labels = {"app": name}
    pod = {"containers": [{"name": "app", "image": "busybox"}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def _inside(machine: Machine, path: str) -> Path:
    return machine.root / path.lstrip("/")
