"""Everything a cluster needs as files, before anything is started: keys, certificates, configuration."""

import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from testbed import paths, pki, topology
from testbed.cluster import addons, config, containerd
from testbed.cluster.commands import components
from testbed.cluster.init import Plan
from testbed.cluster.layout import SERVICE_RANGE, Layout
from testbed.images import store
from testbed.organisation import Organisation
from testbed.tools import build
from testbed.tools.catalogue import TOOLS
from testbed.units import CLEAN_PATH

# Certificate -> the user and group that RBAC knows its bearer by.
USERS = {
    "admin": ("admin", "system:masters"),
    "kube-controller-manager": ("system:kube-controller-manager", ""),
    "kube-scheduler": ("system:kube-scheduler", ""),
    "kube-proxy": ("system:kube-proxy", ""),
}


def prepare(org: Organisation, layout: Layout) -> None:
    """Write the cluster's folder. Keys are made once; a file that is as it should be isn't touched."""
    kubeconfig = layout.directory / "kubeconfig"
    if not kubeconfig.exists():
        _certificates(layout)
        pki.write_private(kubeconfig, _yaml(config.admin_kubeconfig(layout)))
    _programs(layout)
    pause = layout.directory / "pause.tar"
    _write_changed(pause, store.ensure().pause_tar.read_bytes())
    _write_configuration(org, layout)
    Plan(
        directory=str(layout.directory),
        path=f"{layout.directory}/bin:/usr/lib/cni:{CLEAN_PATH}",
        logs={c.name: str(layout.log(c.name)) for c in components(layout, paths.bundle())},
        components=components(layout, paths.bundle()),
        images=[str(pause), str(addons.dns_archive(org.region))],
    ).write(layout.directory / "init.json")


def _certificates(layout: Layout) -> None:
    authority = pki.Authority.load_or_create(layout.pki, f"{layout.name} kubernetes")
    local = ["localhost", "127.0.0.1"]
    inside = [f"kubernetes.default{tail}" for tail in ("", ".svc", ".svc.cluster.local")]
    service = str(SERVICE_RANGE[1])
    authority.issue(
        [layout.endpoint_host, str(layout.address), service, "kubernetes", *inside, *local],
        layout.pki,
        "api-server",
        common_name="kube-apiserver",
    )
    for stem, (user, group) in USERS.items():
        authority.issue([], layout.pki, stem, common_name=user, organisation=group)
    authority.issue(
        [layout.node, str(layout.address)],
        layout.pki,
        "kubelet",
        common_name=f"system:node:{layout.node}",
        organisation="system:nodes",
    )
    pki.write_private(layout.pki / "service-account.key", pki.private_pem(pki.new_key()))
    crt, key = authority.issue(local, layout.pki, "authenticator", common_name="aws-iam-authenticator")
    webhook = layout.directory / "authenticator"
    webhook.mkdir(exist_ok=True)
    (webhook / "cert.pem").write_bytes(crt.read_bytes())
    pki.write_private(webhook / "key.pem", key.read_bytes())


def _programs(layout: Layout) -> None:
    """bin/: every program under the name that it is called by."""
    directory = layout.directory / "bin"
    directory.mkdir(exist_ok=True)
    names = (*TOOLS["kube"].names, "aws-iam-authenticator", "ecr-credential-provider")
    for name in names:
        link, program = directory / name, build.path(name)
        if not link.is_symlink() or link.readlink() != program:
            link.unlink(missing_ok=True)
            link.symlink_to(program)


def _write_configuration(org: Organisation, layout: Layout) -> None:
    directory, bundle = layout.directory, paths.bundle()
    documents: Mapping[str, config.Document] = {
        "authenticator.yaml": config.authenticator(layout),
        "authorization.yaml": config.authorization(layout),
        "authorizer.kubeconfig": config.authorizer_kubeconfig(layout),
        "credential-provider.yaml": config.credential_provider(layout, bundle),
        "kube-proxy.yaml": config.proxy(layout),
        "kubelet.yaml": config.kubelet(layout),
        "webhook.kubeconfig": config.webhook_kubeconfig(layout),
        **{
            layout.kubeconfig(user).name: config.kubeconfig(layout, user)
            for user in ("admin", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy")
        },
    }
    files = {f"config/{name}": _yaml(document) for name, document in documents.items()}
    cluster_json = config.cluster_json(layout, TOOLS["kube"].version)
    files["cluster.json"] = json.dumps(cluster_json, indent=2).encode()
    files["cni/10-pods.conflist"] = json.dumps(config.cni(layout)).encode()
    files["config/containerd.toml"] = containerd.config(layout, build.path("runc"), store.PAUSE).encode()
    for name, server in _registries(org).items():
        files[f"certs.d/{name}/hosts.toml"] = containerd.registry_hosts(server, bundle).encode()
    for name, content in files.items():
        _write_changed(directory / name, content)


def _write_changed(file: Path, content: bytes) -> None:
    """kube-proxy ends when its configuration is written, be it the same."""
    if not file.exists() or file.read_bytes() != content:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _registries(org: Organisation) -> dict[str, str]:
    """containerd's name of a registry -> where it is."""
    private = [f"{account.id}.{topology.registry_domain(org)}" for account in org.accounts.values()]
    return {"docker.io": "https://registry-1.docker.io", **{name: f"https://{name}" for name in private}}


def _yaml(document: config.Document) -> bytes:
    return str(yaml.safe_dump(document, sort_keys=False)).encode()
