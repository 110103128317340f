"""A network namespace of the metadata service's own, one hop from its host: on EC2 too it is outside.

In the host's own namespace an answer to a container would be sent, not forwarded, and no hop limit would stop
it.
"""

import ctypes
import os
import subprocess

ADDRESS = "169.254.169.254"
HOST_DEVICE = "imds0"
CLONE_NEWNET = 0x40000000


def leave_host(local_address: str) -> None:
    """Move this process into a new namespace, cabled to the host's; the cable ends with the process.

    The host gets a route to the service alone. `local_address`, the host's own, is on its end of the cable
    too: the source of its requests.
    """
    host = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    _remove_left_over()
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    pid = os.getpid()
    in_host = ["nsenter", f"--net=/proc/{pid}/fd/{host}"]
    _ip(in_host, f"link add {HOST_DEVICE} type veth peer name eth0 netns {pid}")
    _ip(in_host, f"address add {local_address}/32 dev {HOST_DEVICE}")
    _ip(in_host, f"link set {HOST_DEVICE} up")
    _ip([], "link set lo up")
    _ip([], f"address add {ADDRESS}/32 dev eth0")
    _ip([], "link set eth0 up")
    _ip([], "route add default dev eth0")
    _ip(in_host, f"route replace {ADDRESS}/32 dev {HOST_DEVICE} src {local_address}")
    os.close(host)


def _remove_left_over() -> None:
    """The cable of a service killed a moment ago, which the kernel hasn't taken down yet; none is as well."""
    subprocess.run(["ip", "link", "delete", HOST_DEVICE], capture_output=True, check=False)


def _ip(prefix: list[str], arguments: str) -> None:
    subprocess.run([*prefix, "ip", *arguments.split()], check=True)
