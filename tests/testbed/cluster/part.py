"""The EKS clusters, as one part of the testbed."""

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import yaml

from testbed import net, organisation, paths, pki, topology, units
from testbed.cluster import cgroups, control, mounts
from testbed.cluster.api import Api
from testbed.cluster.layout import Layout
from testbed.cluster.prepare import prepare as prepare_cluster
from testbed.errors import TestbedError
from testbed.organisation import Organisation
from testbed.tools import build

READY_WITHIN_SECONDS = 90.0
TOOLS = ("kube", "aws-iam-authenticator", "ecr-credential-provider", "runc")
RBAC = "/apis/rbac.authorization.k8s.io/v1"
RBAC_PATHS = {"ClusterRole": "clusterroles", "ClusterRoleBinding": "clusterrolebindings"}
DEPLOYERS = organisation.POLICIES / "deployers.yaml"


def prepare(org: Organisation) -> None:
    """Tools built, and every cluster's files written: cluster.json and kubeconfig are there afterwards."""
    build.ensure(TOOLS)
    pki.Authority.load_or_create(paths.authority())
    for layout in layouts(org):
        prepare_cluster(org, layout)


def start(org: Organisation) -> None:
    """All clusters at once; returns when every node is Ready and the deployers have their rights."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(_start, layouts(org)))


def layouts(org: Organisation) -> list[Layout]:
    return [Layout.of(org, cluster) for cluster in org.clusters.values()]


def api(name: str, netns: str | None = topology.ROUTER) -> Api:
    """A client for the cluster, from anywhere on this machine."""
    return Api(paths.cluster(name), netns)


def _start(layout: Layout) -> None:
    client, unit = api(layout.name), _unit(layout)
    if units.up_to_date(unit):
        with suppress(TestbedError):  # it still starts: nothing was stopped
            control.heal(layout.name)
    else:
        units.stop(unit.name)
        # A kubelet looks for each container whose cgroup it finds, for three seconds.
        cgroups.remove(layout.cgroup)
    cgroups.create(layout.cgroup)
    net.route(topology.ROUTER, layout.pods, layout.address)
    units.start(replace(unit, ready=lambda: client.node_ready(units.started_at(unit.name))))
    _grant(client, DEPLOYERS)


def _unit(layout: Layout) -> units.Unit:
    plan = layout.directory / "init.json"
    return units.Unit(
        name=layout.unit,
        argv=[sys.executable, "-m", "testbed.cluster.init", str(plan)],
        env={"PYTHONPATH": str(paths.PACKAGE.parent), "PYTHONDONTWRITEBYTECODE": "1"},
        netns=layout.netns,
        setup=mounts.node(paths.state(), layout.directory, paths.resolver(_vpc(layout))),
        ready_within=READY_WITHIN_SECONDS,
        depends_on=[plan, *sorted((layout.directory / "config").iterdir())],
    )


def _vpc(layout: Layout) -> str:
    return net.recorded()[layout.name]["vpc"]


def _grant(client: Api, file: Path) -> None:
    for document in yaml.safe_load_all(file.read_text()):
        client.apply(f"{RBAC}/{RBAC_PATHS[document['kind']]}/{document['metadata']['name']}", document)
