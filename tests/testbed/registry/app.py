"""All registries as one WSGI application, told apart by the Host header."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from testbed.aws.authority import AwsAuthority
from testbed.aws.wire import phrase
from testbed.organisation import Organisation
from testbed.registry import hub
from testbed.registry.backend import Backend
from testbed.registry.ecr import EcrRegistry
from testbed.registry.hub import DockerHub
from testbed.registry.message import Body, Refused, Request, Response
from testbed.registry.storage import BASE_IMAGES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Handler = Callable[[Request], Response]


def create(registry_backend_url: str, aws: AwsAuthority, organisation: Organisation) -> "WSGIApplication":
    """The application for ACCOUNT.dkr.ecr.REGION.amazonaws.com and Docker Hub's hosts."""
    backend = Backend(registry_backend_url)
    docker_hub = DockerHub(backend, {image.repository for image in BASE_IMAGES})
    ecr = EcrRegistry(backend, aws, organisation.region)
    handlers: dict[str, Handler] = {
        **dict.fromkeys(hub.HOSTS, docker_hub.handle),
        **{
            f"{a.id}.dkr.ecr.{organisation.region}.amazonaws.com": ecr.handle
            for a in organisation.accounts.values()
        },
    }

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = request_of(environ)
        try:
            response = handlers.get(request.host, _nobody)(request)
        except Refused as refusal:
            response = refusal.response()
        return send(response, start_response)

    return application


def send(response: Response, start_response: "StartResponse") -> Iterable[bytes]:
    status = f"{response.status} {phrase(response.status)}"
    start_response(status, list(response.headers.items()))
    return response.body


def request_of(environ: dict[str, Any]) -> Request:
    length = environ.get("CONTENT_LENGTH") or ""
    # Without a length there is no body, unless the server decodes chunks itself and says so.
    chunked = bool(environ.get("wsgi.input_terminated")) and not length
    headers = {k[5:].replace("_", "-").lower(): str(v) for k, v in environ.items() if k.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = str(environ[name])
    return Request(
        method=environ["REQUEST_METHOD"],
        host=headers.get("host", "").partition(":")[0].lower(),
        path=unquote(environ.get("PATH_INFO", "")),
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=Body(stream=environ["wsgi.input"], length=None if chunked else int(length or 0)),
    )


def _nobody(request: Request) -> Response:
    raise Refused(404, "NAME_UNKNOWN", f"no registry at {request.host}")
