"""A cluster's programs are started with what makes it like EKS, and like no danger to the machine."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from testbed import organisation, pki
from testbed.cluster import commands, config, containerd, mounts
from testbed.cluster.init import Plan
from testbed.cluster.layout import COMPONENTS, SERVICE_RANGE, Layout

ORG = organisation.built_in()
DEV = Layout.of(ORG, ORG.clusters["dev"])
BUNDLE = Path("/bundle.crt")


def argv(name: str) -> tuple[str, ...]:
    return next(c for c in commands.components(DEV, BUNDLE) if c.name == name).argv


def test_facts_are_those_of_eks() -> None:
    assert DEV.arn == "arn:aws:eks:ap-northeast-2:222222222222:cluster/dev"
    assert DEV.node == "ip-10-20-0-10.ap-northeast-2.compute.internal"
    assert DEV.issuer.startswith("https://oidc.eks.ap-northeast-2.amazonaws.com/id/")
    assert DEV.endpoint.endswith(".gr7.ap-northeast-2.eks.amazonaws.com")


def test_pods_have_addresses_of_the_vpc_and_services_do_not() -> None:
    assert DEV.pods.subnet_of(DEV.network)
    assert DEV.address not in DEV.pods
    assert not SERVICE_RANGE.overlaps(DEV.network)


def test_every_component_is_started_and_named() -> None:
    assert tuple(c.name for c in commands.components(DEV, BUNDLE)) == COMPONENTS


@pytest.mark.parametrize(
    ("component", "option"),
    [
        ("kube-apiserver", "--authentication-token-webhook-cache-ttl=1s"),
        ("kube-apiserver", "--secure-port=443"),
        ("kube-controller-manager", "--use-service-account-credentials"),
        ("kubelet", "--node-ip=10.20.0.10"),
    ],
)
def test_options(component: str, option: str) -> None:
    assert option in argv(component)


def test_what_serves_only_its_own_node_listens_on_loopback() -> None:
    assert "--listen-client-urls=http://127.0.0.1:2379" in argv("etcd")
    assert "--bind-address=127.0.0.1" in argv("kube-scheduler")
    assert config.authenticator(DEV)["server"]["address"] == "127.0.0.1"


def test_no_secret_is_in_an_argument() -> None:
    everything = " ".join(a for c in commands.components(DEV, BUNDLE) for a in c.argv)
    assert "PRIVATE" not in everything
    assert "token=" not in everything


def test_the_authenticator_trusts_only_the_testbeds_ca_and_asks_no_metadata() -> None:
    env = next(c for c in commands.components(DEV, BUNDLE) if c.name == "aws-iam-authenticator").env
    assert env["SSL_CERT_FILE"] == str(BUNDLE)
    assert env["AWS_EC2_METADATA_DISABLED"] == "true"
    assert env["AWS_REGION"] == "ap-northeast-2"


def test_the_kubelet_keeps_to_its_cgroup_and_leaves_the_machines_limits_alone() -> None:
    kubelet = config.kubelet(DEV)
    assert kubelet["cgroupRoot"] == f"/{DEV.cgroup}"
    assert kubelet["enforceNodeAllocatable"] == []
    assert kubelet["clusterDNS"] == ["172.20.0.10"]
    assert config.proxy(DEV)["conntrack"]["maxPerCore"] == 0


def test_nodes_ask_the_credential_provider_for_private_registries_only() -> None:
    provider = config.credential_provider(DEV, BUNDLE)["providers"][0]
    assert provider["matchImages"] == ["*.dkr.ecr.*.amazonaws.com"]
    assert {"name": "AWS_CA_BUNDLE", "value": "/bundle.crt"} in provider["env"]


def test_containerd_runs_our_runc_and_trusts_registries_by_the_bundle() -> None:
    text = containerd.config(DEV, Path("/tools/runc"), "pause:1")
    assert 'BinaryName = "/tools/runc"' in text
    assert 'sandbox_image = "pause:1"' in text
    assert 'ca = "/bundle.crt"' in containerd.registry_hosts("https://registry-1.docker.io", BUNDLE)


def test_the_administrators_kubeconfig_needs_no_other_file(state_at: Path) -> None:
    authority = pki.Authority.load_or_create(DEV.pki)
    authority.issue([], DEV.pki, "admin", common_name="admin", organisation="system:masters")
    document = config.admin_kubeconfig(DEV)
    assert str(state_at) not in json.dumps(document)
    cluster = document["clusters"][0]["cluster"]
    assert cluster["server"] == DEV.endpoint
    assert base64.b64decode(cluster["certificate-authority-data"]).startswith(b"-----BEGIN CERTIFICATE")


def test_the_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = Plan(directory="/d", path="/bin", logs={}, components=commands.components(DEV, BUNDLE), images=[])
    plan.write(tmp_path / "plan")
    assert Plan.read(tmp_path / "plan") == replace(plan, components=plan.components)


def test_the_nodes_changes_to_run_and_var_are_lost_but_not_those_to_the_state() -> None:
    script = mounts.node(Path("/var/lib/bed"), Path("/var/lib/bed/clusters/dev"), Path("/resolv.conf"))
    steps: list[Any] = script.splitlines()
    kept = next(i for i, line in enumerate(steps) if line == "mount --rbind /var/lib/bed /run/state")
    hidden = next(i for i, line in enumerate(steps) if "lowerdir=/var" in line)
    back = next(i for i, line in enumerate(steps) if line == "mount --rbind /run/state /var/lib/bed")
    assert kept < hidden < back
    assert "mount --bind /run/vm-overcommit_memory /proc/sys/vm/overcommit_memory" in script
