"""What each of a cluster's programs is started with. Pure: facts in, argv out."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from testbed import paths
from testbed.cluster.layout import SERVICE_RANGE, Layout

ETCD = "http://127.0.0.1:2379"
ETCD_PEER = "http://127.0.0.1:2380"
LEASE_SECONDS = 8  # of a node
NODE_SOCKET = "/run/containerd/containerd.sock"
AUTHORIZER_PORT = 21364


@dataclass(frozen=True, kw_only=True)
class Component:
    """`needs_api`: it is started once the API server answers, instead of backing off by itself."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    needs_api: bool = False


def components(layout: Layout, bundle: Path) -> list[Component]:
    """In order of start. `bundle` is the CA that the AWS side's certificates come from."""
    return [
        _etcd(layout),
        _authorizer(layout),
        _containerd(layout),
        _api_server(layout),
        _authenticator(layout, bundle),
        _controller_manager(layout),
        _scheduler(layout),
        _kubelet(layout),
        _proxy(layout),
    ]


def _etcd(layout: Layout) -> Component:
    return Component(
        name="etcd",
        argv=(
            "etcd",
            f"--data-dir={layout.directory}/etcd",
            f"--listen-client-urls={ETCD}",
            f"--advertise-client-urls={ETCD}",
            f"--listen-peer-urls={ETCD_PEER}",
            f"--initial-advertise-peer-urls={ETCD_PEER}",
            f"--initial-cluster=default={ETCD_PEER}",
            "--unsafe-no-fsync",  # what it holds ends with `down` anyway
            "--log-level=warn",
        ),
    )


def _authenticator(layout: Layout, bundle: Path) -> Component:
    return Component(
        name="aws-iam-authenticator",
        argv=("aws-iam-authenticator", "server", f"--config={layout.directory}/config/authenticator.yaml"),
        env={
            "AWS_REGION": layout.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SSL_CERT_FILE": str(bundle),
            "SSL_CERT_DIR": "/nonexistent",
        },
        needs_api=True,  # it watches aws-auth, and waits five seconds where that fails
    )


def _authorizer(layout: Layout) -> Component:
    return Component(
        name="eks-authorizer",
        argv=(
            sys.executable,
            "-Bum",
            "testbed.aws.eks.authorizer",
            f"--folder={layout.directory}",
            f"--certificates={layout.directory}/authenticator",
            f"--port={AUTHORIZER_PORT}",
        ),
        env={"PYTHONPATH": str(paths.PACKAGE.parent)},
    )


def _containerd(layout: Layout) -> Component:
    return Component(
        name="containerd", argv=("containerd", f"--config={layout.directory}/config/containerd.toml")
    )


def _api_server(layout: Layout) -> Component:
    pki = layout.pki
    return Component(
        name="kube-apiserver",
        argv=(
            "kube-apiserver",
            f"--etcd-servers={ETCD}",
            f"--advertise-address={layout.address}",
            "--secure-port=443",
            f"--tls-cert-file={pki}/api-server.crt",
            f"--tls-private-key-file={pki}/api-server.key",
            f"--client-ca-file={pki}/ca.crt",
            f"--service-account-key-file={pki}/service-account.key",
            f"--service-account-signing-key-file={pki}/service-account.key",
            f"--service-account-issuer={layout.issuer}",
            "--api-audiences=https://kubernetes.default.svc",
            f"--service-cluster-ip-range={SERVICE_RANGE}",
            f"--authorization-config={layout.directory}/config/authorization.yaml",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true",
            # This host's way to a service's address begins behind the routing: ask its endpoints instead.
            # https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/
            "--enable-aggregator-routing=true",
            f"--kubelet-client-certificate={pki}/admin.crt",
            f"--kubelet-client-key={pki}/admin.key",
            f"--kubelet-certificate-authority={pki}/ca.crt",
            "--kubelet-preferred-address-types=InternalIP",
            f"--authentication-token-webhook-config-file={layout.directory}/config/webhook.kubeconfig",
            # Short, so that a test which changes an access entry sees it.
            "--authentication-token-webhook-cache-ttl=1s",
            "--profiling=false",
        ),
    )


def _controller_manager(layout: Layout) -> Component:
    kubeconfig = layout.kubeconfig("kube-controller-manager")
    return Component(
        name="kube-controller-manager",
        argv=(
            "kube-controller-manager",
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            f"--service-account-private-key-file={layout.pki}/service-account.key",
            f"--root-ca-file={layout.pki}/ca.crt",
            f"--flex-volume-plugin-dir={layout.directory}/volume-plugins",
            "--use-service-account-credentials",
            # It makes a token for each of its forty controllers first: 20 requests a second are 4 s.
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
            # Not 50 s until a silent node is NotReady: its lease, renewed every two seconds, allows it.
            f"--node-monitor-grace-period={2 * LEASE_SECONDS}s",
            "--node-monitor-period=1s",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
        ),
        needs_api=True,
    )


def _scheduler(layout: Layout) -> Component:
    kubeconfig = layout.kubeconfig("kube-scheduler")
    return Component(
        name="kube-scheduler",
        argv=(
            "kube-scheduler",
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
        ),
        needs_api=True,
    )


def _kubelet(layout: Layout) -> Component:
    return Component(
        name="kubelet",
        argv=(
            "kubelet",
            f"--config={layout.directory}/config/kubelet.yaml",
            f"--kubeconfig={layout.kubeconfig('kubelet')}",
            f"--hostname-override={layout.node}",
            f"--node-ip={layout.address}",
            f"--image-credential-provider-config={layout.directory}/config/credential-provider.yaml",
            f"--image-credential-provider-bin-dir={layout.directory}/bin",
            "--node-labels=topology.kubernetes.io/region=" + layout.region,
        ),
        needs_api=True,
    )


def _proxy(layout: Layout) -> Component:
    return Component(
        name="kube-proxy",
        argv=("kube-proxy", f"--config={layout.directory}/config/kube-proxy.yaml"),
        needs_api=True,
    )
