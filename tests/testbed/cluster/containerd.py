"""containerd's configuration on a node. Pure."""

from pathlib import Path

from testbed.cluster.commands import NODE_SOCKET
from testbed.cluster.layout import Layout

# Looked for at start, not there, and slow to say so.
UNUSED = ("aufs", "btrfs", "devmapper", "zfs")


def config(layout: Layout, runc: Path, sandbox_image: str) -> str:
    """Version 2 of the format: containerd 1.6 reads it, and 2.x still does."""
    unused = ", ".join(f'"io.containerd.snapshotter.v1.{name}"' for name in UNUSED)
    return f"""\
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = [{unused}]
[grpc]
  address = "{NODE_SOCKET}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{layout.directory}/containerd-opt"
[plugins."io.containerd.grpc.v1.cri"]
  # Without CAP_SYS_RESOURCE a sandbox could not lower its score, and would not start.
  restrict_oom_score_adj = true
  sandbox_image = "{sandbox_image}"
[plugins."io.containerd.grpc.v1.cri".containerd]
  default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  BinaryName = "{runc}"
  SystemdCgroup = false
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "{layout.directory}/cni"
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "{layout.directory}/certs.d"
"""


def registry_hosts(server: str, bundle: Path) -> str:
    """hosts.toml for one registry: its certificate comes from the testbed's CA.

    `ca` twice: where the host answers no, containerd asks the server by itself once more, and what that says
    is the error that a pod shows.
    https://github.com/containerd/containerd/blob/main/docs/hosts.md
    """
    return f"""\
server = "{server}"
ca = "{bundle}"
[host."{server}"]
  capabilities = ["pull", "resolve"]
  ca = "{bundle}"
"""
