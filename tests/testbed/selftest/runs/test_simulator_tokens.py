"""ID tokens: who may ask, and which claims the job is registered with.

https://docs.github.com/en/actions/reference/security/oidc
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from testbed.selftest.workflows import job, run


class Service(BaseHTTPRequestHandler):
    """The part of the service that a runner speaks to."""

    calls: list[tuple[str, str, str, dict[str, Any]]]

    def do_POST(self) -> None:
        self._record()
        answer = {"id": "j1", "id_token_request_url": "https://x/?v=2", "id_token_request_token": "tok3n"}
        self._answer(201, json.dumps(answer).encode())

    def do_DELETE(self) -> None:
        self._record()
        self._answer(204, b"")

    def _record(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        entry = (self.command, self.path, self.headers["Authorization"], json.loads(body or b"{}"))
        self.calls.append(entry)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing on the test's output."""


@pytest.fixture
def service() -> Iterator[tuple[dict[str, Any], type[Service]]]:
    handler = type("Recorded", (Service,), {"calls": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings = {"url": f"http://127.0.0.1:{server.server_port}", "credential": "cr3dential"}
    yield {"token_service": settings}, handler
    server.shutdown()
    server.server_close()


ASK = """
- run: test "$ACTIONS_ID_TOKEN_REQUEST_URL" = "https://x/?v=2"
- run: echo "<$ACTIONS_ID_TOKEN_REQUEST_TOKEN>"
"""


def test_granted(tmp_path: Path, service: tuple[dict[str, Any], type[Service]]) -> None:
    settings, handler = service
    result = run(
        tmp_path,
        job(ASK, permissions="{id-token: write}", environment="dev"),
        settings=settings,
        ref="refs/tags/v1",
    )
    assert result.conclusion == "success"
    assert "<***>" in result.jobs["a"].log
    (post, path, authorization, claims), (delete, ended, _, _) = handler.calls
    assert (post, path, authorization) == ("POST", "/_service/jobs", "Bearer cr3dential")
    assert (delete, ended) == ("DELETE", "/_service/jobs/j1")
    expected = {
        "repository": "org/app",
        "repository_owner": "org",
        "ref": "refs/tags/v1",
        "ref_type": "tag",
        "environment": "dev",
        "event_name": "push",
        "workflow_ref": "org/app/.github/workflows/wf.yml@refs/tags/v1",
        "job_workflow_ref": "org/app/.github/workflows/wf.yml@refs/tags/v1",
        "runner_environment": "self-hosted",
        "run_attempt": "1",
        "actor": "octocat",
        "base_ref": "",
    }
    assert {name: claims[name] for name in expected} == expected


def test_called_workflow(tmp_path: Path, service: tuple[dict[str, Any], type[Service]]) -> None:
    """`job_workflow_ref` is the called one's, the rest the caller's, who has to grant the token.

    https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims
    """
    settings, handler = service
    called = f"on: workflow_call\njobs:\n  b:\n    runs-on: x\n    environment: prod\n    steps: {STEPS}\n"
    result = run(
        tmp_path,
        """
        on: push
        permissions: {contents: read}
        jobs:
          a: {uses: ./.github/workflows/called.yml, permissions: {id-token: write}}
          none: {uses: ./.github/workflows/called.yml}
        """,
        files={".github/workflows/called.yml": called},
        settings=settings,
    )
    assert result.conclusion == "success"
    [claims] = [claims for method, _, _, claims in handler.calls if method == "POST"]
    expected = {
        "repository": "org/app",
        "environment": "prod",
        "workflow_ref": "org/app/.github/workflows/wf.yml@refs/heads/main",
        "job_workflow_ref": "org/app/.github/workflows/called.yml@refs/heads/main",
        "job_workflow_sha": claims["sha"],
    }
    assert {name: claims[name] for name in expected} == expected
    assert "token: yes" in result.jobs["a / b"].log
    assert "token: no" in result.jobs["none / b"].log


STEPS = "[{run: 'echo token: $(test -n \"$ACTIONS_ID_TOKEN_REQUEST_TOKEN\" && echo yes || echo no)'}]"


@pytest.mark.parametrize("permissions", ["{contents: read}", "read-all", "{id-token: read}", "{}"])
def test_not_granted(tmp_path: Path, service: tuple[dict[str, Any], type[Service]], permissions: str) -> None:
    settings, handler = service
    steps = '- run: test -z "$ACTIONS_ID_TOKEN_REQUEST_URL$ACTIONS_ID_TOKEN_REQUEST_TOKEN"'
    result = run(tmp_path, job(steps, permissions=permissions), settings=settings)
    assert result.conclusion == "success"
    assert handler.calls == []


def test_service_that_is_away(tmp_path: Path) -> None:
    settings = {"token_service": {"url": "http://127.0.0.1:1", "credential": "x"}}
    result = run(tmp_path, job(ASK, permissions="write-all"), settings=settings)
    assert result.conclusion == "failure"
    assert "The token service at http://127.0.0.1:1 can't be reached" in result.annotations[0].message
