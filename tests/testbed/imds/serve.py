"""The instance metadata service of one host: start it inside the host's network namespace.

Its answers carry IP_TTL = hop limit, so that a container behind one more hop gets none when the limit is 1.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
"""

import argparse
import hashlib
import socket
from pathlib import Path
from typing import Any

from testbed import organisation
from testbed.aws.control_client import ControlClient
from testbed.aws.server import TlsServer
from testbed.imds.app import Imds
from testbed.imds.link import ADDRESS, leave_host
from testbed.imds.metadata import Instance, tree

DEFAULT_HOP_LIMIT = 2  # what AWS advises where containers need it


class HopLimited(TlsServer):
    hop_limit = DEFAULT_HOP_LIMIT

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, self.hop_limit)
        super().server_bind()


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--role-arn", required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--local-address", required=True, help="the host's own address in its VPC")
    parser.add_argument("--hop-limit", type=int, default=DEFAULT_HOP_LIMIT)
    options = parser.parse_args(argv)
    leave_host(options.local_address)
    instance = Instance(
        id="i-0" + hashlib.sha256(options.local_address.encode()).hexdigest()[:16],
        region=organisation.load().region,
        account=options.role_arn.split(":")[4],
        role_name=options.role_arn.rpartition("/")[2],
        address=options.local_address,
    )
    control = ControlClient(options.state)

    def credentials() -> dict[str, Any]:
        made: dict[str, Any] = control.post(
            "/instance-credentials", role_arn=options.role_arn, instance_id=instance.id
        )
        return made

    HopLimited.hop_limit = options.hop_limit
    server = HopLimited((ADDRESS, 80), Imds(tree(instance, credentials)), None)
    print(f"{instance.id}: {options.role_arn}, hop limit {options.hop_limit}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
