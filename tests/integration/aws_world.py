"""The testbed's AWS for a test: boto3 clients on the real host names, GitHub's tokens, roles of its own."""

import base64
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from testbed.bed import Bed
from testbed.oidc.jobs import SERVICE_HOST

Document = dict[str, Any]


class Aws:
    """Roles are copies of the organisation's: other runs use those, and change them, at the same time."""

    def __init__(self, bed: Bed) -> None:
        self.bed = bed
        self.region = bed.org.region
        self._made: list[str] = []
        shared, dev = bed.org.accounts["shared"].id, bed.org.accounts["dev"].id
        name = f"test-{secrets.token_hex(4)}"
        self.names = {
            "role/github-build": f"role/{name}-build",
            "role/deploy-chained": f"role/{name}-chained",
            "role/github-deploy": f"role/{name}-deploy",
        }
        self.build = self._copy(shared, "github-build", f"{name}-build")
        self.chained = self._copy(dev, "deploy-chained", f"{name}-chained")
        self.deploy = self._copy(dev, "github-deploy", f"{name}-deploy")

    def client(self, service: str, credentials: Mapping[str, Any] | None = None, **settings: Any) -> Any:
        """`credentials` as STS answers them; None is unsigned."""
        keys = (
            {
                "aws_access_key_id": credentials["AccessKeyId"],
                "aws_secret_access_key": credentials["SecretAccessKey"],
                "aws_session_token": credentials["SessionToken"],
            }
            if credentials
            else {}
        )
        config = Config(
            retries={"total_max_attempts": 1}, **({} if keys else {"signature_version": UNSIGNED})
        )
        settings = {"region_name": self.region, **settings}
        return boto3.session.Session().client(service, config=config, **keys, **settings)

    def id_token(self, audience: str = "sts.amazonaws.com", **job: Any) -> str:
        """As a job gets it: its runner starts it, the job asks for a token, the runner ends it."""
        started = self.github(
            "POST",
            "/_service/jobs",
            self._credential(),
            {
                "repository": "org/app",
                "ref": "refs/heads/main",
                **job,
            },
        )
        url = f"{started['id_token_request_url']}&audience={audience}"
        answer = _https("GET", url, started["id_token_request_token"])
        self.github("DELETE", f"/_service/jobs/{started['id']}", self._credential())
        return str(answer["value"])

    def web_identity(self, role: str, token: str, **more: Any) -> Any:
        arguments = {"RoleArn": role, "RoleSessionName": "test", "WebIdentityToken": token, **more}
        return self.client("sts").assume_role_with_web_identity(**arguments)["Credentials"]

    def hop(self, credentials: Mapping[str, Any], role: str, **more: Any) -> Any:
        arguments = {"RoleArn": role, "RoleSessionName": "test", **more}
        return self.client("sts", credentials).assume_role(**arguments)["Credentials"]

    def _copy(self, account: str, name: str, copy: str) -> str:
        original, arn = f"arn:aws:iam::{account}:role/{name}", f"arn:aws:iam::{account}:role/{copy}"
        self._made.append(arn)
        self.change(arn, trust=self.trust(original), policies=self.policies(original))
        return arn

    def trust(self, original: str) -> Document:
        """The example trust policy of one of the organisation's roles, with the copies' names in it."""
        return self._document(self.bed.org.roles[original].trust)

    def policies(self, original: str) -> dict[str, Document]:
        return {path.stem: self._document(path) for path in self.bed.org.roles[original].policies}

    def _document(self, path: Path) -> Document:
        text = path.read_text()
        for old, new in self.names.items():
            text = text.replace(f'{old}"', f'{new}"')
        document: Document = json.loads(text)
        return document

    def change(self, arn: str, **documents: Any) -> None:
        self.bed.control.post(f"/roles/{arn}", **documents)

    def renamed(self, text: str) -> str:
        """An ARN of the organisation's role as that of its copy; other texts as they are."""
        start, slash, name = text.rpartition("role/")
        return f"{start}{self.names.get(slash + name, slash + name)}"

    def providers(self, account: str, audiences: list[str]) -> None:
        url = "token.actions.githubusercontent.com"
        self.bed.control.post("/oidc-providers", account=account, url=url, audiences=audiences)

    def clean_up(self) -> None:
        for arn in self._made:
            self.bed.control.delete(f"/roles/{arn}")

    def docker_login(self, password: str, registry: str) -> int:
        """The status that a registry answers to this password."""
        basic = base64.b64encode(f"AWS:{password}".encode()).decode()
        request = urllib.request.Request(
            f"https://{registry}/v2/", headers={"Authorization": f"Basic {basic}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def _credential(self) -> str:
        runner = next(iter(self.bed.org.runners))
        return (self.bed.state / "runners" / runner / "credential").read_text().strip()

    def github(self, method: str, path: str, token: str, body: Any = None) -> Any:
        return _https(method, f"https://{SERVICE_HOST}{path}", token, body)


def without(document: Document, element: str, value: str) -> Document:
    """The document with one value less in each statement's Action, Resource or (AWS) Principal."""
    changed: Document = json.loads(json.dumps(document))
    for statement in changed["Statement"]:
        holder = _holder(statement, element)
        values = listed(holder[element])
        assert value in values, f"{value} is not there to be taken away"
        holder[element] = [item for item in values if item != value]
    return changed


def without_one(document: Document, element: str, value: str) -> Document:
    """The document with one value less where it has it; a statement that is left with none goes."""
    kept = []
    for statement in document["Statement"]:
        if value not in listed(_holder(statement, element)[element]):
            kept.append(statement)
            continue
        (lessened,) = without({"Statement": [statement]}, element, value)["Statement"]
        kept += [lessened] if _holder(lessened, element)[element] else []
    return {**document, "Statement": kept}


def _holder(statement: Document, element: str) -> Document:
    holder: Document = statement["Principal"] if element == "AWS" else statement
    return holder


def listed(values: str | list[str]) -> list[str]:
    """An element of a policy, which may be one text or a list of them."""
    return [values] if isinstance(values, str) else values


def refusal(error: ClientError) -> tuple[str, str]:
    return error.response["Error"]["Code"], error.response["Error"]["Message"]


def _https(method: str, url: str, token: str, body: Any = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Authorization": f"bearer {token}"}
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None
