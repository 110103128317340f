"""GitHub's two hosts as WSGI applications: the issuer, and the service that runners and jobs talk to."""

import json
import re
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testbed.aws import wire
from testbed.aws.wire import Request, Response
from testbed.oidc.claims import claims, default_audience
from testbed.oidc.issuer import Issuer
from testbed.oidc.jobs import Jobs, is_runner_credential

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ID_TOKEN = re.compile(r"/[\w-]+//idtoken/[\w-]+/(?P<job>[\w-]+)")


class IssuerApp:
    """https://token.actions.githubusercontent.com"""

    def __init__(self, issuer: Issuer) -> None:
        self._documents = {
            "/.well-known/openid-configuration": issuer.configuration(),
            "/.well-known/jwks": issuer.key_set(),
        }

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        document = self._documents.get(wire.read(environ).path)
        answer = _json(200, document) if document is not None else _json(404, {"message": "Not Found"})
        return answer.wsgi(start_response)


class ServiceApp:
    """https://run-actions-1-azure-eastus.actions.githubusercontent.com"""

    def __init__(
        self, issuer: Issuer, jobs: Jobs, state: Path, clock: Callable[[], float] = time.time
    ) -> None:
        self._issuer = issuer
        self._clock = clock
        self._jobs = jobs
        self._state = state

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self.answer(wire.read(environ)).wsgi(start_response)

    def answer(self, request: Request) -> Response:
        asked = ID_TOKEN.fullmatch(request.path)
        if request.method == "GET" and asked:
            return self._id_token(request, asked["job"])
        if request.path.startswith("/_service/jobs"):
            return self._service(request)
        return _json(404, {"message": "Not Found"})

    def _id_token(self, request: Request, job_id: str) -> Response:
        job = self._jobs.find(job_id, _bearer(request))
        if job is None:
            return _json(401, {"message": "The job is not running, or the token is not its own."})
        audience = request.parameters.get("audience") or default_audience(job.claims)
        made = claims(job.claims, audience, int(self._clock()), str(uuid.uuid4()))
        token = self._jobs.handed_out(self._issuer.token(made))
        return _json(200, {"count": len(token), "value": token})

    def _service(self, request: Request) -> Response:
        if not is_runner_credential(self._state, _bearer(request)):
            return _json(401, {"message": "Only a registered runner may start and end jobs."})
        if request.method == "POST" and request.path == "/_service/jobs":
            return start_job(self._jobs, request.body)
        if request.method == "DELETE":
            ended = self._jobs.end(request.path.rpartition("/")[2])
            return Response(204) if ended else _json(404, {"message": "No such job."})
        return _json(405, {"message": "POST a job, or DELETE it."})


def start_job(jobs: Jobs, body: bytes) -> Response:
    """Register a job from JSON claims; what its environment needs to ask for ID tokens is answered."""
    try:
        job_claims: Any = json.loads(body)
    except ValueError:
        job_claims = None
    if (
        not isinstance(job_claims, dict)
        or "/" not in job_claims.get("repository", "")
        or not job_claims.get("ref")
    ):
        return _json(
            400, {"message": "A job is a JSON object with at least repository (owner/name) and ref."}
        )
    job = jobs.start(job_claims)
    return _json(201, {"id": job.id, "id_token_request_url": job.url, "id_token_request_token": job.token})


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _json(status: int, document: dict[str, Any]) -> Response:
    return Response(
        status, json.dumps(document).encode(), [("Content-Type", "application/json; charset=utf-8")]
    )
