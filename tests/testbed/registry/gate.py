"""Who asks ECR's registry, and whether IAM lets them; what was asked is in the testbed's list of calls."""

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone

from testbed.aws.authority import AwsAuthority, Principal
from testbed.registry.message import Refused, Request
from testbed.registry.routes import Route

USER = "AWS"
EXPIRED = "Your authorization token has expired. Reauthenticate and try again."
VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}


class Gate:
    def __init__(self, aws: AwsAuthority, region: str) -> None:
        self._aws = aws
        self._region = region

    def authenticated(self, request: Request) -> Principal:
        """Whose token it is: Basic, user AWS, the password from GetAuthorizationToken.

        https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
        """
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user = password = ""
        if scheme.lower() != "basic" or user != USER or not password:
            challenge = f'Basic realm="https://{request.host}/",service="ecr.amazonaws.com"'
            headers = {**VERSION, "WWW-Authenticate": challenge}
            raise Refused(401, "UNAUTHORIZED", "Not Authorized", headers=headers)
        principal = self._aws.principal_of_ecr_token(password)
        if principal is None:
            raise Refused(403, "DENIED", EXPIRED)
        return principal

    def authorise(self, principal: Principal, action: str, account: str, name: str) -> None:
        """IAM answers before ECR says what exists: who may not ask learns nothing."""
        repository = self._aws.ecr.repository(account, name)
        arn = repository.arn if repository else f"arn:aws:ecr:{self._region}:{account}:repository/{name}"
        policy = repository.policy if repository else None
        decision = self._aws.decide(principal, action, arn, policy, {})
        if not decision.allowed:
            sentence = f"User: {principal.arn} is not authorized to perform: {action} on resource: {arn}"
            raise Refused(403, "DENIED", f"{sentence} {decision.reason}")
        if repository is None:
            missing = f"The repository with name '{name}' does not exist in the registry with id '{account}'"
            raise Refused(404, "NAME_UNKNOWN", missing)

    @contextmanager
    def recorded(self, request: Request, principal: Principal, action: str, route: Route) -> Iterator[None]:
        """Record the call with its outcome: ok, or the error's code."""
        call = {
            "time": datetime.now(timezone.utc).isoformat(),
            "service": "ecr-registry",
            "action": action,
            "region": self._region,
            "principal": principal.arn,
            "account": principal.account,
            "parameters": {"repositoryName": route.repository, "reference": route.reference},
            "host": request.host,
            "user_agent": request.headers.get("user-agent", ""),
        }
        try:
            yield
        except Refused as refusal:
            self._aws.record({**call, "outcome": refusal.code, "message": refusal.message})
            raise
        self._aws.record({**call, "outcome": "ok", "message": ""})
