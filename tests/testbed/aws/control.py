"""The control socket: how tests look at AWS's calls and change its IAM. HTTP over STATE/aws/control.sock.

GET  /calls                      every call so far            POST /reset-calls
GET  /secrets                    every key, token and password handed out: what may turn up nowhere
POST /roles/ARN                  {trust?, policies?: {name: document}, max_session_duration?}
DELETE /roles/ARN
POST /oidc-providers             {account, url, audiences: [...] | null}
POST /instance-credentials       {role_arn, instance_id} -> credentials of an instance profile
POST /expire                     {access_key_id}
POST /runner-jobs                a job's claims -> request URL and token       DELETE /runner-jobs/ID
POST /id-tokens                  {claims, header?} -> {token}: signed as given, though GitHub wouldn't
POST /clusters/NAME              {authentication_mode?}: its access as if it had just been created
POST /reset-images               ECR's repositories empty again
POST /restore                    the organisation's roles and providers as loaded
"""

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from testbed.aws import wire
from testbed.aws.authority import Principal
from testbed.aws.backend import Backend
from testbed.aws.eks.authentication_mode import MODES
from testbed.aws.iam.evaluate import service_trust
from testbed.aws.wire import Request, Response
from testbed.oidc.app import start_job
from testbed.oidc.issuer import Issuer
from testbed.oidc.jobs import Jobs

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

INSTANCE_SESSION = timedelta(hours=6)
EC2 = "ec2.amazonaws.com"


class Control:
    def __init__(self, backend: Backend, issuer: Issuer, jobs: Jobs) -> None:
        self._backend = backend
        self._issuer = issuer
        self._jobs = jobs
        self._actions: dict[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("GET", "/health"): lambda _: {"serving": True},
            ("GET", "/calls"): lambda _: backend.calls.all(),
            ("GET", "/secrets"): lambda _: [*backend.sessions.secrets(), *jobs.secrets()],
            ("POST", "/reset-calls"): lambda _: backend.calls.reset(),
            ("POST", "/restore"): lambda _: backend.restore(),
            ("POST", "/reset-images"): lambda _: backend.ecr.reset(),
            ("POST", "/expire"): lambda body: backend.sessions.expire(body["access_key_id"]),
            ("POST", "/oidc-providers"): self._change_provider,
            ("POST", "/instance-credentials"): self._instance_credentials,
            ("POST", "/id-tokens"): lambda body: {"token": issuer.token(body["claims"], body.get("header"))},
        }

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self.answer(wire.read(environ)).wsgi(start_response)

    def answer(self, request: Request) -> Response:
        try:
            body = json.loads(request.body) if request.body else {}
            if request.path == "/runner-jobs" and request.method == "POST":
                return start_job(self._jobs, request.body)
            return Response(200, json.dumps(self._act(request, body), default=str).encode())
        except (LookupError, TypeError, ValueError) as error:
            return Response(400, json.dumps({"message": f"{type(error).__name__}: {error}"}).encode())

    def _act(self, request: Request, body: dict[str, Any]) -> Any:
        action = self._actions.get((request.method, request.path))
        if action is not None:
            return action(body)
        collection, _, name = request.path.lstrip("/").partition("/")
        if collection == "roles" and request.method == "POST":
            self._backend.world.change_role(
                name,
                trust=body.get("trust"),
                policies=body.get("policies"),
                max_session_duration=body.get("max_session_duration"),
            )
            return None
        if collection == "roles" and request.method == "DELETE":
            return self._backend.world.remove_role(name)
        if collection == "clusters" and request.method == "POST":
            return self._create_access(name, body.get("authentication_mode"))
        if collection == "runner-jobs" and request.method == "DELETE":
            return {"ended": self._jobs.end(name)}
        raise LookupError(f"no {request.method} {request.path}")

    def _create_access(self, name: str, mode: str | None) -> None:
        cluster = self._backend.clusters.organisation.clusters[name]
        mode = mode or cluster.authentication_mode
        if mode not in MODES:
            raise LookupError(f"{mode} is not one of {', '.join(MODES)}")
        self._backend.access_entries.create_as(cluster, mode)

    def _change_provider(self, body: dict[str, Any]) -> None:
        audiences = body["audiences"]
        self._backend.world.change_provider(
            body["account"], body["url"], None if audiences is None else tuple(audiences)
        )

    def _instance_credentials(self, body: dict[str, Any]) -> dict[str, Any]:
        """EC2 assumes an instance profile's role as the service, and names the session by instance.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2.html
        """
        role = self._backend.world.role(body["role_arn"])
        if role is None or not service_trust(role.trust, EC2, {}):
            raise LookupError(f"{body['role_arn']} does not trust {EC2}")
        principal = Principal(
            arn=f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{body['instance_id']}",
            account=role.account,
            role_arn=role.arn,
            user_id=f"{role.id}:{body['instance_id']}",
        )
        session = self._backend.sessions.open(principal, INSTANCE_SESSION, instance=True)
        return {
            "access_key_id": session.access_key,
            "secret_access_key": session.secret,
            "session_token": session.token,
            "expiration": session.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
