"""EKS's authorizer: the API server asks it, after RBAC, whether a caller's access policies allow a request.

A component of a cluster, on its loopback. It has an opinion only to allow: what it doesn't, nobody does.
https://kubernetes.io/docs/reference/access-authn-authz/webhook/
"""

import argparse
import json
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testbed.aws.eks import access_files, access_policies
from testbed.aws.server import TlsServer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

REVIEW_LIMIT = 1024 * 1024


class Authorizer:
    """A WSGI application: a SubjectAccessReview in, the same with its status out."""

    def __init__(self, folder: Path) -> None:
        """`folder`: the cluster's, where AWS leaves its access policies."""
        self._folder = folder

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        review = json.loads(environ["wsgi.input"].read(REVIEW_LIMIT))
        answer = json.dumps({**review, "status": {"allowed": self.allows(review["spec"])}}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))]
        start_response("200 OK", headers)
        return [answer]

    def allows(self, spec: Mapping[str, Any]) -> bool:
        """By the caller's unique id, which aws-iam-authenticator adds to what Kubernetes knows of a user.

        Somebody impersonated has none, and so none of the policies:
        https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html
        """
        grants = access_files.read_grants(self._folder)
        callers = (spec.get("extra") or {}).get("principalId", [])
        return any(access_policies.allowed(grants.get(caller, ()), spec) for caller in callers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--certificates", type=Path, required=True, help="folder of cert.pem and key.pem")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificates / "cert.pem", options.certificates / "key.pem")
    TlsServer(("127.0.0.1", options.port), Authorizer(options.folder), context).serve_forever()


if __name__ == "__main__":
    main()
