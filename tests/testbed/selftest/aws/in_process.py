"""The front without a socket: real botocore clients sign and parse, and their requests are handed to it."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from testbed import organisation
from testbed.aws.authority import Principal
from testbed.aws.backend import Backend
from testbed.aws.control import Control
from testbed.aws.front import Front
from testbed.aws.sessions import Session, utc_now
from testbed.aws.wire import Request, Response
from testbed.oidc.claims import ISSUER, claims
from testbed.oidc.issuer import Issuer
from testbed.oidc.jobs import Jobs

REGION = "ap-northeast-2"
SHARED, DEV, PROD = "111111111111", "222222222222", "333333333333"
BUILD = f"arn:aws:iam::{SHARED}:role/github-build"
RUNNER = f"arn:aws:iam::{SHARED}:role/runner"
DEPLOY_DEV = f"arn:aws:iam::{DEV}:role/github-deploy"
CHAINED_DEV = f"arn:aws:iam::{DEV}:role/deploy-chained"
NODE_DEV = f"arn:aws:iam::{DEV}:role/eks-node"
LOOKED_AT = [f"arn:aws:ecr:ap-northeast-2:{SHARED}:repository/{name}" for name in ("app", "team/*")]
_loader = botocore.session.Session()


class _Raw(BytesIO):
    def stream(self, **_: Any) -> Any:
        yield self.read()


@dataclass
class Aws:
    state: Path
    issuer: Issuer
    ahead: timedelta = timedelta(0)  # AWS's clock against that of the clients
    tamper: dict[str, str] = field(default_factory=dict)  # headers replaced after signing

    def __post_init__(self) -> None:
        self.backend = Backend(organisation.built_in(), self.state, self._jwks, self.now)
        self.front = Front(self.backend)
        self.control = Control(self.backend, self.issuer, Jobs())
        self._let_look(BUILD)

    def _let_look(self, arn: str) -> None:
        """These tests look at what a push left by DescribeImages, which a push itself doesn't need."""
        role = self.backend.world.role(arn)
        assert role is not None
        look = {"Statement": [{"Effect": "Allow", "Action": "ecr:DescribeImages", "Resource": LOOKED_AT}]}
        policies = {**role.policies, "look": look}
        self.backend.world.change_role(arn, trust=None, policies=policies, max_session_duration=None)

    def now(self) -> datetime:
        return utc_now() + self.ahead

    def client(self, service: str, session: Session | None = None, **settings: Any) -> Any:
        config = Config(
            retries={"total_max_attempts": 1}, **({} if session else {"signature_version": UNSIGNED})
        )
        keys = (session.access_key, session.secret, session.token) if session else (None, None, None)
        made = _loader.create_client(
            service,
            region_name=settings.pop("region", REGION),
            aws_access_key_id=keys[0],
            aws_secret_access_key=keys[1],
            aws_session_token=keys[2],
            config=config,
            **settings,
        )
        made.meta.events.register("before-send", self._send)
        return made

    def session(
        self, role_arn: str, *, instance: bool = False, seconds: int = 3600, **changes: Any
    ) -> Session:
        """A role's session, as if somebody had assumed it."""
        role = self.backend.world.role(role_arn)
        assert role is not None
        principal = Principal(
            arn=f"arn:aws:sts::{role.account}:assumed-role/{role.name}/test",
            account=role.account,
            role_arn=role_arn,
            user_id=f"{role.id}:test",
            **changes,
        )
        return self.backend.sessions.open(principal, timedelta(seconds=seconds), instance=instance)

    def id_token(
        self, *, audience: str = "sts.amazonaws.com", change: dict[str, Any] | None = None, **job: Any
    ) -> str:
        wanted = {"repository": "org/app", "ref": "refs/heads/main", **job}
        made = claims(wanted, audience, int(time.time()), "id")
        return self.issuer.token({**made, **(change or {})})

    def post(self, path: str, body: bytes = b"{}") -> Response:
        return self.control.answer(Request("POST", path, "", {}, body, ""))

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        url = urlsplit(request.url)
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        headers = {"host": url.netloc, **headers, **self.tamper}
        body = request.body or b""
        data = body.encode() if isinstance(body, str) else bytes(body)
        answer = self.front.answer(
            Request(request.method, url.path or "/", url.query, headers, data, "10.10.1.10")
        )
        return AWSResponse(request.url, answer.status, dict(answer.headers), _Raw(answer.body))

    def _jwks(self, issuer: str) -> dict[str, Any]:
        return self.issuer.key_set() if issuer == ISSUER else {}


def refusal(error: ClientError) -> tuple[str, str, int]:
    """Code, message and HTTP status."""
    answer = error.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
