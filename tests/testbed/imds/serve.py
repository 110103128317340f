"""The instance metadata service of one host: start it inside the host's network namespace.

Its packets live for as many hops as the hop limit says (ip_default_ttl of its network namespace), so that a
container behind one more hop gets no answer when the limit is 1.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
"""

import argparse
import hashlib
from pathlib import Path
from typing import Any

from testbed import organisation
from testbed.aws.breakage import Breakable
from testbed.aws.control_client import ControlClient
from testbed.aws.faults import Faults
from testbed.aws.server import TlsServer
from testbed.faults.imds import FAULTS, HOP_LIMIT, TTL
from testbed.imds.app import Imds
from testbed.imds.link import ADDRESS, leave_host
from testbed.imds.metadata import Instance, tree
from testbed.imds.parts import part


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--role-arn", required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--local-address", required=True, help="the host's own address in its VPC")
    parser.add_argument("--host", default="", help="its name, by which faults are struck")
    parser.add_argument("--hop-limit", type=int, default=HOP_LIMIT)
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

    Path(TTL).write_text(str(options.hop_limit))
    faults = Faults(options.state / "faults", FAULTS)
    app = Breakable(Imds(tree(instance, credentials)), faults, part, imds=options.host)
    server = TlsServer((ADDRESS, 80), app, None)
    print(f"{instance.id}: {options.role_arn}, hop limit {options.hop_limit}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
