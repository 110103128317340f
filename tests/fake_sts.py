"""STS's wire on loopback: everything above it runs unchanged."""

import base64
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest

EXPIRATION = "2026-11-23T13:00:00Z"
NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
ISSUER = "https://token.actions.githubusercontent.com"


@dataclass(frozen=True)
class Request:
    action: str
    parameters: dict[str, str]
    authorization: str
    user_agent: str


@dataclass(frozen=True)
class Refusal:
    code: str
    message: str
    status: int = 400


@dataclass
class FakeSts:
    """Says yes to everybody; `refuse` scripts what an action answers first, `raw` what it answers always."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    refusals: dict[str, list[Refusal]] = field(default_factory=dict)
    ambient_arn: str = "arn:aws:sts::111111111111:assumed-role/runner/i-0abc"
    arns: dict[str, str] = field(default_factory=dict)
    expiration: str = EXPIRATION
    raw: dict[str, tuple[int, str]] = field(default_factory=dict)

    def refuse(self, action: str, code: str, message: str, *, status: int = 403, times: int = 99) -> None:
        self.refusals.setdefault(action, []).extend([Refusal(code, message, status)] * times)

    def called(self, action: str) -> list[Request]:
        return [request for request in self.requests if request.action == action]

    @property
    def actions(self) -> list[str]:
        return [request.action for request in self.requests]

    def answer(self, request: Request) -> tuple[int, str]:
        self.requests.append(request)
        if request.action in self.raw:
            return self.raw[request.action]
        if self.refusals.get(request.action):
            refusal = self.refusals[request.action].pop(0)
            return refusal.status, (
                f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type><Code>{refusal.code}</Code>'
                ""
                f"<Message>{refusal.message}</Message></Error><RequestId>request-1</RequestId></ErrorResponse>"
            )
        body = self._caller(request) if request.action == "GetCallerIdentity" else self._session(request)
        name = request.action
        return 200, (
            f'<{name}Response xmlns="{NAMESPACE}"><{name}Result>{body}</{name}Result>'
            f"<ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></{name}Response>"
        )

    def _session(self, request: Request) -> str:
        role, session = request.parameters["RoleArn"], request.parameters["RoleSessionName"]
        account, name = role.split(":")[4], role.rpartition("/")[2]
        key = f"ASIA{account}{len(self.arns):04d}"
        self.arns[key] = f"arn:{role.split(':')[1]}:sts::{account}:assumed-role/{name}/{session}"
        return (
            ""
            f"<AssumedRoleUser><Arn>{self.arns[key]}</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>"
            ""
            f"<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>canary-secret-{key}</SecretAccessKey>"
            ""
            f"<SessionToken>canary-token-{key}</SessionToken><Expiration>{self.expiration}</Expiration></Credentials>"
        )

    def _caller(self, request: Request) -> str:
        key = request.authorization.partition("Credential=")[2].partition("/")[0]
        arn = self.arns.get(key, self.ambient_arn)
        return f"<Arn>{arn}</Arn><UserId>x</UserId><Account>{arn.split(':')[4]}</Account>"


class Served:
    """`with Served(sts):` the server is there, and `sts.url` is where."""

    def __init__(self, sts: FakeSts) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                parameters = dict(parse_qsl(body))
                headers = self.headers
                status, text = sts.answer(
                    Request(
                        parameters["Action"],
                        parameters,
                        headers.get("Authorization", ""),
                        headers.get("User-Agent", ""),
                    )
                )
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002, ARG002
                return

        self.sts = sts
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> FakeSts:
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.sts.url = f"http://127.0.0.1:{self.server.server_port}"
        return self.sts

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def clean_environment(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
    """The process's environment for botocore: none of this machine's AWS or proxy settings, no metadata."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    defaults = {
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in {**defaults, **variables}.items():
        monkeypatch.setenv(name, value)


def jwt(**claims: object) -> str:
    """A token with these claims over GitHub's usual ones, and a signature that nobody checks."""
    usual = {
        "iss": ISSUER,
        "sub": "repo:org/app:environment:dev",
        "aud": "sts.amazonaws.com",
        "iat": 1795435200,  # 2026-11-23 12:00 UTC
        "exp": 1795435500,
    }
    parts = [{"alg": "RS256", "kid": "1"}, {**usual, **claims}]
    encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*encoded, "canary-signature"])
