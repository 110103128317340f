"""One address, many names: the application that a Host header means."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from testbed.aws.endpoints import endpoint, is_registry
from testbed.oidc.claims import ISSUER_HOST
from testbed.oidc.jobs import SERVICE_HOST
from testbed.topology import DOCKER_HUB

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEALTH_PATH = "/_testbed/health"


class Hosts:
    """A WSGI application. Every host answers the health check."""

    def __init__(
        self,
        aws: "WSGIApplication",
        issuer: "WSGIApplication",
        service: "WSGIApplication",
        registry: "WSGIApplication",
    ) -> None:
        self._aws = aws
        self._registry = registry
        self._named = {ISSUER_HOST: issuer, SERVICE_HOST: service, **dict.fromkeys(DOCKER_HUB, registry)}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "")
        if environ["PATH_INFO"] == HEALTH_PATH:
            start_response("200 OK", [("Content-Length", "3"), ("Content-Type", "text/plain")])
            return [b"ok\n"]
        named = self._named.get(host.partition(":")[0].lower())
        if named is not None:
            return named(environ, start_response)
        if is_registry(host):
            return self._registry(environ, start_response)
        if endpoint(host) is not None:
            return self._aws(environ, start_response)
        message = f"The testbed has no host {host!r}.\n".encode()
        start_response("421 Misdirected Request", [("Content-Length", str(len(message)))])
        return [message]


def names(regions: Iterable[str], accounts: Iterable[str]) -> list[str]:
    """What the server's certificate is for: https://docs.aws.amazon.com/general/latest/gr/rande.html"""
    regional = [
        f"{service}.{r}.amazonaws.com" for r in regions for service in ("sts", "ecr", "api.ecr", "eks", "iam")
    ]
    registries = [f"{account}.dkr.ecr.{region}.amazonaws.com" for region in regions for account in accounts]
    # A registry of an account that the organisation doesn't know is refused by ECR, not by TLS.
    wildcards = [f"*.dkr.ecr.{region}.amazonaws.com" for region in regions]
    fixed = ["sts.amazonaws.com", "iam.amazonaws.com", ISSUER_HOST, SERVICE_HOST, *DOCKER_HUB]
    return [*fixed, *regional, *wildcards, *registries]
