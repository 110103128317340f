"""What is written on a machine's disk before it boots: names, resolver, engine, hook, tools."""

import json
import os
import shutil
import stat
from pathlib import Path

from testbed import dns, paths
from testbed.images.recipes import RUNNER_UID
from testbed.runner_host import layout as places
from testbed.runner_host.layout import Layout
from testbed.tools import build

HERE = Path(__file__).parent
# The static runc is newer than Debian's, whose privileged containers fail without CAP_SYS_RESOURCE.
PROGRAMS = {"buildx": "usr/libexec/docker/cli-plugins/docker-buildx", "runc": "usr/local/sbin/runc"}

ENGINE = ("usr/bin/docker", "usr/bin/containerd", "usr/sbin/dockerd")


def make(layout: Layout, lower: Path) -> None:
    """Write a fresh disk; what an earlier machine of this name changed is gone, but for its engine's data."""
    shutil.rmtree(layout.disk, ignore_errors=True)
    for folder in (layout.upper, layout.disk / "work", layout.disk / "root", layout.docker):
        folder.mkdir(parents=True, exist_ok=True)
    for path, content in files(layout).items():
        _write(layout.upper, path, content)
    authority = (paths.authority() / "ca.crt").read_text()
    # As an organisation's CA is on a private runner: in the host's trust store, which Docker and buildx read.
    # The AWS SDKs bring a store of their own; for them the job-started hook exports AWS_CA_BUNDLE.
    trust = (lower / places.SYSTEM_TRUST.relative_to("/")).read_text() + authority
    _write(layout.upper, places.SYSTEM_TRUST, trust)
    _write(layout.upper, places.CA, authority)
    for path, script in ((places.INIT, "init.sh"), (places.JOB_STARTED_HOOK, "job-started.sh")):
        _write(layout.upper, path, (HERE / script).read_text(), mode=0o755)
    if layout.engine:
        for program, place in PROGRAMS.items():
            shutil.copy2(build.path(program), _parent(layout.upper, place))
    else:
        for place in ENGINE:
            _uninstall(_parent(layout.upper, place))
    _folder(layout.upper, places.EXTERNALS)
    for folder in (places.WORK, places.BYTECODE):
        _give_to_runner(_folder(layout.upper, folder))
    for name, (_, writable) in places.SHARED.items():
        shared = paths.state() / name
        shared.mkdir(exist_ok=True)
        if writable:
            _give_to_runner(shared)


def files(layout: Layout) -> dict[Path, str]:
    """The machine's configuration: content by path."""
    names = f"127.0.0.1 localhost\n{layout.address} {layout.hostname}\n"
    return {
        Path("/etc/hostname"): f"{layout.hostname}\n",
        Path("/etc/hosts"): names,
        Path("/etc/resolv.conf"): dns.resolv_conf(layout.resolver),
        # The repositories belong to root, as on any mount; git would refuse to read them for another user.
        Path("/etc/gitconfig"): "[safe]\n\tdirectory = /srv/github/*\n",
        places.ENGINE_CONFIG: json.dumps(engine(layout), indent=2),
        # https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/use-proxy-servers
        places.ENV_FILE: "".join(f"{name}={value}\n" for name, value in _proxy(layout, "_").items()),
    }


def engine(layout: Layout) -> dict[str, object]:
    """The Docker engine's configuration.

    dns: or it would hand out public resolvers. cgroup-parent: what is left after a kill -9 has one place.
    """
    containerd = {"features": {"containerd-snapshotter": True}}
    store = containerd if layout.containerd_store else {"storage-driver": "overlay2"}
    proxies = {"proxies": _proxy(layout, "-")} if layout.proxy else {}
    return {
        "dns": [layout.resolver],
        **store,
        **proxies,  # https://docs.docker.com/engine/daemon/proxy/
        "cgroup-parent": f"/{layout.cgroup}",
        "exec-opts": ["native.cgroupdriver=cgroupfs"],
        "log-level": "warn",
        "ipv6": False,
    }


def _proxy(layout: Layout, dash: str) -> dict[str, str]:
    """Settings of the proxy by name: http_proxy, or http-proxy; none without one."""
    if not layout.proxy:
        return {}
    urls = {f"{scheme}{dash}proxy": layout.proxy for scheme in ("http", "https")}
    return {**urls, f"no{dash}proxy": ",".join(layout.no_proxy)}


def _write(upper: Path, name: Path, content: str, *, mode: int = 0o644) -> None:
    target = _folder(upper, name.parent) / name.name
    target.write_text(content)
    target.chmod(mode)


def _uninstall(path: Path) -> None:
    """A whiteout: https://docs.kernel.org/filesystems/overlayfs.html#whiteouts-and-opaque-directories"""
    os.mknod(path, stat.S_IFCHR, os.makedev(0, 0))


def _parent(upper: Path, place: str) -> Path:
    _folder(upper, Path("/", place).parent)
    return upper / place


def _folder(upper: Path, name: Path) -> Path:
    target = upper / name.relative_to("/")
    target.mkdir(parents=True, exist_ok=True)
    return target


def _give_to_runner(folder: Path) -> None:
    shutil.chown(folder, RUNNER_UID, RUNNER_UID)
