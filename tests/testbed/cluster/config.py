"""The configuration files of a cluster's programs. Pure: facts in, documents out."""

import base64
from pathlib import Path
from typing import Any

from testbed.aws.eks import access_files
from testbed.cluster.commands import AUTHORIZER_PORT, LEASE_SECONDS, NODE_SOCKET
from testbed.cluster.layout import DNS_ADDRESS, Layout

Document = dict[str, Any]
WEBHOOK_PORT = 21362


def kubeconfig(layout: Layout, user: str) -> Document:
    """A component's: it talks to the API server's address with the certificate `user`.crt."""
    cluster = {"server": layout.api_server, "certificate-authority": f"{layout.pki}/ca.crt"}
    identity = {
        "client-certificate": f"{layout.pki}/{user}.crt",
        "client-key": f"{layout.pki}/{user}.key",
    }
    return _kubeconfig(layout.name, cluster, user, identity)


def admin_kubeconfig(layout: Layout) -> Document:
    """For people and tests: the real endpoint name, everything inside one file."""
    cluster = {"server": layout.endpoint, "certificate-authority-data": _base64(layout.pki / "ca.crt")}
    identity = {
        "client-certificate-data": _base64(layout.pki / "admin.crt"),
        "client-key-data": _base64(layout.pki / "admin.key"),
    }
    return _kubeconfig(layout.arn, cluster, "admin", identity)


def webhook_kubeconfig(layout: Layout) -> Document:
    cluster = {
        "server": f"https://127.0.0.1:{WEBHOOK_PORT}/authenticate",
        "certificate-authority": f"{layout.pki}/ca.crt",
    }
    return _kubeconfig("aws-iam-authenticator", cluster, "kube-apiserver", {})


def authorizer_kubeconfig(layout: Layout) -> Document:
    cluster = {
        "server": f"https://127.0.0.1:{AUTHORIZER_PORT}/authorize",
        "certificate-authority": f"{layout.pki}/ca.crt",
    }
    return _kubeconfig("eks-authorizer", cluster, "kube-apiserver", {})


def authorization(layout: Layout) -> Document:
    """RBAC first; EKS's access policies for what it doesn't allow to callers who come from IAM.

    https://kubernetes.io/docs/reference/access-authn-authz/authorization/#using-configuration-file-for-authorization
    """
    webhook = {
        "subjectAccessReviewVersion": "v1",
        "matchConditionSubjectAccessReviewVersion": "v1",
        "matchConditions": [{"expression": "'principalId' in request.extra"}],
        "connectionInfo": {
            "type": "KubeConfigFile",
            "kubeConfigFile": f"{layout.directory}/config/authorizer.kubeconfig",
        },
        "timeout": "3s",
        "failurePolicy": "NoOpinion",
        # Nothing is cached: a test that changes a policy sees it.
        "authorizedTTL": "1s",
        "cacheAuthorizedRequests": False,
        "unauthorizedTTL": "1s",
        "cacheUnauthorizedRequests": False,
    }
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AuthorizationConfiguration",
        "authorizers": [
            {"type": "Node", "name": "node"},
            {"type": "RBAC", "name": "rbac"},
            {"type": "Webhook", "name": "eks-access-policies", "webhook": webhook},
        ],
    }


def authenticator(layout: Layout) -> Document:
    """Access entries as a file that may change at any time, by the unique ids of roles; aws-auth besides.

    Which of the two count, and in which order, is a file as well: EKS's authentication mode.
    https://github.com/kubernetes-sigs/aws-iam-authenticator#full-configuration-format
    """
    return {
        "clusterID": layout.name,
        "server": {
            "address": "127.0.0.1",
            "port": WEBHOOK_PORT,
            "stateDir": f"{layout.directory}/authenticator",
            "kubeconfigPregenerated": True,
            "kubeconfig": str(layout.kubeconfig("admin")),
            "backendMode": ["DynamicFile", "EKSConfigMap"],
            "dynamicBackendModePath": f"{layout.directory}/{access_files.BACKENDS}",
            "dynamicfilepath": f"{layout.directory}/{access_files.ENTRIES}",
            "dynamicfileUserIDStrict": True,
        },
    }


def kubelet(layout: Layout) -> Document:
    """Works with cgroups v1 and v2, with swap, and without the capability to change limits."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{layout.pki}/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{layout.pki}/kubelet.crt",
        "tlsPrivateKeyFile": f"{layout.pki}/kubelet.key",
        "containerRuntimeEndpoint": f"unix://{NODE_SOCKET}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{layout.cgroup}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "localStorageCapacityIsolation": False,
        "enforceNodeAllocatable": [],
        "evictionHard": {"imagefs.available": "0%", "nodefs.available": "0%", "memory.available": "50Mi"},
        "nodeLeaseDurationSeconds": LEASE_SECONDS,  # renewed after a quarter of it
        "imageGCHighThresholdPercent": 100,
        "serializeImagePulls": False,
        "clusterDNS": [str(DNS_ADDRESS)],
        "clusterDomain": "cluster.local",
        "volumePluginDir": f"{layout.directory}/volume-plugins",
    }


def proxy(layout: Layout) -> Document:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clientConnection": {"kubeconfig": str(layout.kubeconfig("kube-proxy"))},
        "clusterCIDR": str(layout.pods),
        "hostnameOverride": layout.node,
        # The limits of connection tracking are the machine's, not a namespace's: leave them alone.
        "conntrack": {
            "maxPerCore": 0,
            "min": 0,
            "tcpEstablishedTimeout": "0s",
            "tcpCloseWaitTimeout": "0s",
        },
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
    }


def credential_provider(layout: Layout, bundle: Path) -> Document:
    """As on EKS's nodes: https://github.com/awslabs/amazon-eks-ami (ecr-credential-provider config)."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1",
        "kind": "CredentialProviderConfig",
        "providers": [
            {
                "name": "ecr-credential-provider",
                "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
                "matchImages": ["*.dkr.ecr.*.amazonaws.com"],
                "defaultCacheDuration": "12h",
                "env": [
                    {"name": "AWS_REGION", "value": layout.region},
                    {"name": "AWS_CA_BUNDLE", "value": str(bundle)},
                ],
            }
        ],
    }


def cni(layout: Layout) -> Document:
    ranges = [[{"subnet": str(layout.pods)}]]
    ipam = {"type": "host-local", "ranges": ranges, "routes": [{"dst": "0.0.0.0/0"}]}
    # A service's answers come by way of the node's NAT if the machine has br_netfilter.
    bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "hairpinMode": True, "ipam": ipam}
    portmap = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "1.0.0", "name": "pods", "plugins": [bridge, portmap]}


def cluster_json(layout: Layout, version: str) -> Document:
    """What the EKS API's DescribeCluster needs to know."""
    return {
        "name": layout.name,
        "arn": layout.arn,
        "account": layout.account,
        "region": layout.region,
        "version": ".".join(version.removeprefix("v").split(".")[:2]),
        "endpoint": layout.endpoint,
        "address": str(layout.address),
        "certificate_authority_data": _base64(layout.pki / "ca.crt"),
        "oidc_issuer": layout.issuer,
        "node": layout.node,
    }


def _kubeconfig(name: str, cluster: Document, user: str, identity: Document) -> Document:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": user, "user": identity}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
        "current-context": name,
    }


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
