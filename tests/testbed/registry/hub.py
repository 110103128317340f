"""Docker Hub for those who don't log in: base images can be pulled, and nothing else."""

import base64
import binascii
import json
from collections.abc import Collection
from urllib.parse import parse_qs

from testbed.registry.backend import Backend
from testbed.registry.message import Refused, Request, Response
from testbed.registry.routes import Kind, parse

AUTH_HOST = "auth.docker.io"
HOSTS = frozenset({"registry-1.docker.io", "index.docker.io", "docker.io", AUTH_HOST})
SERVICE = "registry.docker.io"
VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}
TOKEN_SECONDS = 300


class DockerHub:
    def __init__(self, backend: Backend, repositories: Collection[str]) -> None:
        self._backend = backend
        self._repositories = frozenset(repositories)

    def handle(self, request: Request) -> Response:
        return self._token(request) if request.host == AUTH_HOST else self._registry(request)

    def _token(self, request: Request) -> Response:
        """A token for every pull that was asked for; whether the repository exists, the registry says.

        https://distribution.github.io/distribution/spec/auth/token/
        """
        if request.path != "/token":
            raise Refused(404, "UNSUPPORTED", f"{request.path}: no such page")
        if "authorization" in request.headers:
            raise Refused(401, "UNAUTHORIZED", "incorrect username or password")
        scopes = " ".join(parse_qs(request.query).get("scope", [])).split()
        token = encode_token([pull for scope in scopes if (pull := _pull_only(scope))])
        body = json.dumps({"token": token, "access_token": token, "expires_in": TOKEN_SECONDS}).encode()
        kind = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        return Response(status=200, headers=kind, body=(body,))

    def _registry(self, request: Request) -> Response:
        granted = decode_token(request.headers.get("authorization", ""))
        if request.path in {"/v2", "/v2/"}:
            if granted is None:
                raise _challenge("authentication required", "")
            return Response(status=200, headers={**VERSION, "Content-Length": "0"})
        route = parse(request.path)
        if route is None:
            raise Refused(404, "UNSUPPORTED", f"{request.path}: no such operation")
        pull = request.method in {"GET", "HEAD"} and route.kind in {Kind.MANIFEST, Kind.BLOB, Kind.TAGS}
        scope = f"repository:{route.repository}:{'pull' if pull else 'pull,push'}"
        if granted is None:
            raise _challenge("authentication required", scope)
        if not pull or scope not in granted or route.repository not in self._repositories:
            raise _challenge("requested access to the resource is denied", scope, code="DENIED")
        return self._backend.forward(request, name=route.repository, stored_as=stored_name(route.repository))


def stored_name(repository: str) -> str:
    """The repository's name in the storage that all registries share."""
    return f"docker.io/{repository}"


def encode_token(scopes: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(scopes).encode()).decode()


def decode_token(authorization: str) -> list[str] | None:
    """The scopes that a Bearer token grants; None without one."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        scopes = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError):
        return None
    return [str(scope) for scope in scopes]


def _pull_only(scope: str) -> str | None:
    kind, _, rest = scope.partition(":")
    name, _, actions = rest.rpartition(":")
    return f"repository:{name}:pull" if kind == "repository" and "pull" in actions.split(",") else None


def _challenge(message: str, scope: str, *, code: str = "UNAUTHORIZED") -> Refused:
    challenge = f'Bearer realm="https://{AUTH_HOST}/token",service="{SERVICE}"'
    if scope:
        challenge += f',scope="{scope}"'
    if code == "DENIED":
        challenge += ',error="insufficient_scope"'
    return Refused(401, code, message, headers={**VERSION, "WWW-Authenticate": challenge})
