"""Registries that break: which requests a fault is for, and what they answer then.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors-docker.html
https://docs.docker.com/docker-hub/usage/
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from testbed.aws import breakage
from testbed.aws.endpoints import is_registry
from testbed.aws.faults import Faults, Order
from testbed.registry import hub
from testbed.registry.app import request_of, send
from testbed.registry.gate import EXPIRED, VERSION
from testbed.registry.message import Refused, Request
from testbed.registry.routes import Kind, Route, parse

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KINDS = {
    Kind.MANIFEST: "manifest",
    Kind.BLOB: "blob",
    Kind.UPLOADS: "upload",
    Kind.UPLOAD: "upload",
    Kind.TAGS: "tags",
}
UNKNOWN = ("UNKNOWN", "unknown error")
UNAVAILABLE = ("UNAVAILABLE", "service unavailable")
SERVER_ERRORS = {500: UNKNOWN, 502: UNAVAILABLE, 503: UNAVAILABLE, 504: UNAVAILABLE}
ECR = {
    **SERVER_ERRORS,
    400: ("UNSUPPORTED", "Invalid parameter in the request"),
    401: ("UNAUTHORIZED", "Not Authorized"),
    403: ("DENIED", EXPIRED),
    404: ("NAME_UNKNOWN", "The repository does not exist"),
    429: ("TOOMANYREQUESTS", "Rate exceeded"),
}
# https://github.com/docker/hub-feedback/issues/2429
PULL_LIMIT = (
    "You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: "
    "https://www.docker.com/increase-rate-limit"
)
DOCKER_HUB = {
    **SERVER_ERRORS,
    401: ("UNAUTHORIZED", "authentication required"),
    403: ("DENIED", "requested access to the resource is denied"),
    404: ("NAME_UNKNOWN", "repository name not known to registry"),
    429: (
        "TOOMANYREQUESTS",
        PULL_LIMIT,
    ),
}
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html, as docker shows it:
# https://github.com/vllm-project/vllm/issues/48065, with 403: https://github.com/aws/containers-roadmap/issues/2159
TOO_MANY_IMAGES = (
    "The repository with name '{name}' in registry with id '{account}' already has the maximum allowed "
    "number of images which is '100000'"
)


class BreakableRegistry:
    """A WSGI application: the registries, as far as their faults let them be."""

    def __init__(self, app: "WSGIApplication", faults: Faults) -> None:
        self._app = app
        self._faults = faults

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = request_of(environ)
        route = parse(request.path)
        kind = kind_of(request, route)
        orders = self._faults.strike(lambda order: is_for(order, request, route, kind))
        app = self._app
        if orders and orders[-1].deed in {"error", "full"}:
            app = _refusing(refusal(orders[-1], request, route))
        return breakage.serve(self._faults, orders, environ, start_response, app)


def kind_of(request: Request, route: Route | None) -> str:
    if route is not None:
        return KINDS[route.kind]
    return "token" if request.host == hub.AUTH_HOST else "ping" if request.path in {"/v2", "/v2/"} else ""


def is_for(order: Order, request: Request, route: Route | None, kind: str) -> bool:
    if order.family != "registry":
        return False
    wanted = order.values
    if not fnmatchcase(route.repository if route else "", wanted["repository"]):
        return False
    if order.deed == "full":
        put = request.method == "PUT" and kind == "manifest" and is_registry(request.host)
        return put and wanted["of"] == "images"
    return (
        fnmatchcase(request.host, wanted["host"])
        and wanted["request"] in (kind, "any")
        and wanted["method"] in (request.method, "any")
    )


def refusal(order: Order, request: Request, route: Route | None) -> Refused:
    if order.deed == "full":
        account = request.host.partition(".")[0]
        name = route.repository if route else ""
        return Refused(403, "DENIED", TOO_MANY_IMAGES.format(name=name, account=account))
    status, ecr = order.values["status"], is_registry(request.host)
    code, message = (ECR if ecr else DOCKER_HUB).get(status, UNKNOWN)
    headers = dict(VERSION)
    if order.values["retry_after"]:
        headers["Retry-After"] = order.values["retry_after"]
    if status == 401 and ecr:
        headers["WWW-Authenticate"] = f'Basic realm="https://{request.host}/",service="ecr.amazonaws.com"'
    elif status == 401:
        realm = f'Bearer realm="https://{hub.AUTH_HOST}/token",service="{hub.SERVICE}"'
        headers["WWW-Authenticate"] = f'{realm},error="invalid_token"'
    return Refused(status, order.values["code"] or code, order.values["message"] or message, headers=headers)


def _refusing(refused: Refused) -> "WSGIApplication":
    def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return send(refused.response(), start_response)

    return app
