"""The networks as one part of the testbed: trust, namespaces, resolver."""

from testbed import dns, net, paths, pki
from testbed.organisation import Organisation


def prepare(_org: Organisation) -> None:
    """The testbed's CA, and the bundle that is all the trust there is."""
    pki.Authority.load_or_create(paths.authority())
    paths.bundle().write_bytes((paths.authority() / "ca.crt").read_bytes())


def start(org: Organisation) -> None:
    net.create(org)
    dns.start(org)
