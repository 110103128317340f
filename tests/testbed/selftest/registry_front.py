"""A registry's front for tests: an ECR API in memory, and a storage that remembers what it was asked."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from typing import Any

from testbed.aws.authority import Decision, EcrImage, EcrRepository, PolicyDocument, Principal
from testbed.registry.routes import ACTIONS

ECR = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com"
ARN = "arn:aws:sts::111111111111:assumed-role/runner/i-1"
REPOSITORY = "arn:aws:ecr:ap-northeast-2:111111111111:repository"


@dataclass
class Ecr:
    """The ECR API's state for one account: `app`, and `frozen` with immutable tags."""

    images: dict[tuple[str, str], EcrImage] = field(default_factory=dict)

    def repository(self, account: str, name: str) -> EcrRepository | None:
        if name not in {"app", "frozen", "team/service"}:
            return None
        arn = f"{REPOSITORY}/{name}"
        return EcrRepository(account=account, name=name, arn=arn, immutable=name == "frozen", policy=None)

    def tags(self, account: str, name: str) -> dict[str, str]:
        del account
        return {ref: i.digest for (n, ref), i in self.images.items() if n == name and ":" not in ref}

    def image(self, account: str, name: str, reference: str) -> EcrImage | None:
        del account
        return self.images.get((name, reference))

    def put_image(self, account: str, name: str, image: EcrImage, tag: str | None) -> None:
        del account
        for reference in {image.digest, tag or image.digest}:
            self.images[name, reference] = image


@dataclass
class Aws:
    """Whoever holds the token `good` may do what is in `allowed`."""

    allowed: set[str] = field(default_factory=lambda: set(ACTIONS.values()))
    ecr: Ecr = field(default_factory=Ecr)
    calls: list[Mapping[str, Any]] = field(default_factory=list)

    def principal_of_ecr_token(self, password: str) -> Principal | None:
        if password != "good":
            return None
        role = "arn:aws:iam::111111111111:role/runner"
        return Principal(arn=ARN, account="111111111111", role_arn=role, user_id="AROA:i-1")

    def decide(
        self,
        principal: Principal,
        action: str,
        resource_arn: str,
        resource_policy: PolicyDocument | None,
        context: Mapping[str, Any],
    ) -> Decision:
        del principal, resource_arn, resource_policy, context
        return Decision(
            action in self.allowed, f"because no identity-based policy allows the {action} action"
        )

    def record(self, call: Mapping[str, Any]) -> None:
        self.calls.append(call)


class Storage(BaseHTTPRequestHandler):
    """What distribution answers to uploads and manifests; remembers what it was asked."""

    asked: list[tuple[str, str, bytes]]

    def answer(self) -> None:
        body = self._chunked() if "Transfer-Encoding" in self.headers else self._sized()
        self.asked.append((self.command, self.path, body))
        path = self.path.partition("?")[0]
        self.send_response(202 if "/uploads/" in path else 201 if self.command == "PUT" else 200)
        self.send_header("Location", f"{path.rstrip('/')}/id-1?_state=secret")
        self.send_header("Content-Length", "4" if self.command == "GET" else "0")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(b"blob")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = answer  # noqa: N815

    def _sized(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _chunked(self) -> bytes:
        content = b""
        while size := int(self.rfile.readline(), 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return content

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        del format, args


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> tuple[str, str]:
        (error,) = json.loads(self.body)["errors"]
        return error["code"], error["message"]


@dataclass
class Front:
    aws: Aws
    asked: list[tuple[str, str, bytes]]
    application: Any

    def ask(
        self,
        method: str,
        path: str,
        *,
        host: str = ECR,
        authorization: str | None = "",
        body: bytes | None = None,
        chunked: bool = False,
    ) -> Answer:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path.partition("?")[0],
            "QUERY_STRING": path.partition("?")[2],
            "HTTP_HOST": host,
            "wsgi.input": BytesIO(body or b""),
            "CONTENT_TYPE": "application/vnd.oci.image.manifest.v1+json" if body else "",
        }
        if chunked:
            environ["wsgi.input_terminated"] = True
        elif body is not None:
            environ["CONTENT_LENGTH"] = str(len(body))
        credentials = basic("AWS", "good") if authorization == "" and host == ECR else authorization
        if credentials:
            environ["HTTP_AUTHORIZATION"] = credentials
        seen: list[Any] = []
        content = b"".join(self.application(environ, lambda *args: seen.extend(args)))
        return Answer(int(seen[0].split()[0]), dict(seen[1]), content)


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
