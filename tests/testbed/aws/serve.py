"""The `ea-aws` unit: all of AWS, GitHub's OIDC and the registries' names, on one address."""

import argparse
import ssl
import threading
import time
from pathlib import Path

from testbed import organisation
from testbed.aws.backend import Backend
from testbed.aws.breakage import Breakable
from testbed.aws.control import Control
from testbed.aws.failures import Handshakes
from testbed.aws.faults import Faults
from testbed.aws.front import Front
from testbed.aws.hosts import Hosts, names
from testbed.aws.server import TlsServer, UnixServer
from testbed.aws.sts.issuer_keys import IssuerKeys
from testbed.faults import oidc, registry
from testbed.oidc.app import IssuerApp, ServiceApp
from testbed.oidc.claims import ISSUER
from testbed.oidc.issuer import Issuer
from testbed.oidc.jobs import Jobs
from testbed.oidc.parts import part
from testbed.pki import Authority
from testbed.registry import app as registry_app
from testbed.registry.failures import BreakableRegistry

REGISTRY_BACKEND = "http://127.0.0.1:5000"


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--address", default="198.18.0.10")
    parser.add_argument("--port", type=int, default=443)
    parser.add_argument(
        "--registry", default=REGISTRY_BACKEND, help="URL of the distribution registry behind the names"
    )
    options = parser.parse_args(argv)
    org = organisation.load()
    issuer = Issuer.load_or_create(options.state / "aws" / "issuer.pem")
    jobs = Jobs()

    address, tls = (options.address, options.port), tls_context(org, options.state)
    backend = Backend(org, options.state, IssuerKeys(ISSUER, address, options.state / "pki" / "ca.crt"))
    faults = Faults(options.state / "faults", (*oidc.FAULTS, *registry.FAULTS))
    service = ServiceApp(issuer, jobs, options.state, lambda: time.time() + faults.offset("oidc-clock"))
    registries = registry_app.create(options.registry, backend, org)
    apps = Hosts(
        Front(backend),
        Breakable(IssuerApp(issuer), faults, part),
        Breakable(service, faults, part),
        BreakableRegistry(registries, faults),
    )
    server = TlsServer(address, apps, tls, Handshakes(backend.faults))
    serve_control(options.state / "aws" / "control.sock", Control(backend, issuer, jobs))
    print(f"serving {options.address}:{options.port}", flush=True)
    server.serve_forever()


def serve_control(path: Path, control: Control) -> None:
    path.unlink(missing_ok=True)
    server = UnixServer(str(path), control)
    path.chmod(0o600)
    threading.Thread(target=server.serve_forever, name="control", daemon=True).start()


def tls_context(org: organisation.Organisation, state: Path) -> ssl.SSLContext:
    authority = Authority.load_or_create(state / "pki")
    regions = sorted({org.region, "us-east-1"})
    certified = names(regions, [account.id for account in org.accounts.values()])
    crt, key = authority.issue(certified, state / "aws", "server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    context.set_alpn_protocols(["http/1.1"])
    return context


if __name__ == "__main__":
    main()
