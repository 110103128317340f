"""The EKS clusters, as one part of the testbed."""

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from testbed import net, paths, pki, topology, units
from testbed.cluster import addons, cgroups, control, manifests, mounts
from testbed.cluster.api import Api
from testbed.cluster.layout import SERVICE_RANGE, Layout
from testbed.cluster.prepare import prepare as prepare_cluster
from testbed.errors import TestbedError
from testbed.organisation import Organisation
from testbed.tools import build

READY_WITHIN_SECONDS = 90.0
TOOLS = ("kube", "aws-iam-authenticator", "coredns", "ecr-credential-provider", "runc")


def prepare(org: Organisation) -> None:
    """Tools built, and every cluster's files written: cluster.json and kubeconfig are there afterwards."""
    build.ensure(TOOLS)
    pki.Authority.load_or_create(paths.authority())
    for layout in layouts(org):
        prepare_cluster(org, layout)


def start(org: Organisation) -> None:
    """All clusters at once; returns when nodes are Ready, DNS answers, the manifests are applied."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(partial(_start, org), layouts(org)))


def layouts(org: Organisation) -> list[Layout]:
    return [Layout.of(org, cluster) for cluster in org.clusters.values()]


def api(name: str, netns: str | None = topology.ROUTER) -> Api:
    """A client for the cluster, from anywhere on this machine."""
    return Api(paths.cluster(name), netns)


def _start(org: Organisation, layout: Layout) -> None:
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
    with net.inside(layout.netns):
        # Hosts of the same VPC look for a pod's address as for one of their own network: its node answers.
        Path("/proc/sys/net/ipv4/conf/eth0/proxy_arp").write_text("1")
    # The node's own network reaches services too: kube-proxy decides where to, if there is a route at all.
    net.route(layout.netns, SERVICE_RANGE, layout.network[1])
    units.start(replace(unit, ready=lambda: _has_namespaces(client)))
    addons.install(client, org.clusters[layout.name], org.region)
    for file in org.clusters[layout.name].manifests:
        manifests.apply(client, file.read_text(encoding="utf-8"))
    units.start(replace(unit, ready=lambda: _works(layout, client)))


def _has_namespaces(client: Api) -> bool:
    return client.answers() and client.get("/api/v1/namespaces/kube-system") is not None


def _works(layout: Layout, client: Api) -> bool:
    return client.node_ready(units.started_at(layout.unit)) and addons.dns_answers(layout.netns)


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
