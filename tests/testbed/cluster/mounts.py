"""The shell commands that make a unit's mount namespace its own. Pure."""

from pathlib import Path

# kubelet sets these, for the whole machine, to these values. In its own /proc they have them already.
TUNABLES = {
    "vm/overcommit_memory": 1,
    "vm/panic_on_oom": 0,
    "kernel/panic": 10,
    "kernel/panic_on_oops": 1,
    "kernel/keys/root_maxkeys": 1000000,
    "kernel/keys/root_maxbytes": 25000000,
}


# Where a node's programs keep what they need, by their own defaults: these paths also leave room for the
# names of sockets, which may have 107 bytes.
NODE_DIRECTORIES = {"kubelet": "/var/lib/kubelet", "containerd": "/var/lib/containerd"}


def node(state: Path, cluster: Path, resolv_conf: Path) -> str:
    """A node's: an empty /run, a /var whose changes are lost with it (but for `state`), its own resolver.

    `cluster` is the cluster's folder, on a real disk: images and volumes are kept there.

    Kubelet, CNI and containerd write to fixed places below /run and /var; nothing of it stays.
    """
    return "\n".join(
        [
            f"mkdir -p {state}",
            "mount -t tmpfs tmpfs /run",
            "mkdir -p /run/state /run/var/upper /run/var/work /run/netns /run/lock",
            f"mount --rbind {state} /run/state",
            "mount -t overlay overlay -o lowerdir=/var,upperdir=/run/var/upper,workdir=/run/var/work /var",
            f"mkdir -p {state}",
            f"mount --rbind /run/state {state}",
            *(
                f"mkdir -p {cluster}/{name} {place} && mount --bind {cluster}/{name} {place}"
                for name, place in NODE_DIRECTORIES.items()
            ),
            *(
                f"echo {value} > /run/tunable && cp /run/tunable /run/{name.replace('/', '-')}"
                f" && mount --bind /run/{name.replace('/', '-')} /proc/sys/{name}"
                for name, value in TUNABLES.items()
            ),
            resolver(resolv_conf),
        ]
    )


def resolver(resolv_conf: Path) -> str:
    """Make /etc/resolv.conf this file, also where it is a link into a /run that isn't there any more."""
    return "\n".join(
        [
            "target=$(readlink -m /etc/resolv.conf)",
            'if [ ! -e "$target" ]; then mkdir -p "${target%/*}"; : > "$target"; fi',
            f'mount --bind {resolv_conf} "$target"',
        ]
    )
