"""GitHub's tokens: the subject by kind of job, and who may ask for one."""

import json
from pathlib import Path
from typing import Any

import jwt
import pytest

from testbed.aws.wire import Request, Response
from testbed.oidc.app import ServiceApp
from testbed.oidc.claims import ISSUER, claims, subject
from testbed.oidc.issuer import Issuer
from testbed.oidc.jobs import SERVICE_HOST, Jobs

MAIN = {"repository": "org/app", "ref": "refs/heads/main"}
IDS = {"repository_owner_id": 7, "repository_id": 42}
PULL_REQUEST = {"event_name": "pull_request", "ref": "refs/pull/3/merge"}
QUEUE = "refs/heads/gh-readonly-queue/main/pr-1-abc"
SUBJECTS: list[tuple[dict[str, Any], str]] = [
    ({}, "repo:org/app:ref:refs/heads/main"),
    ({"ref": "refs/heads/feature/x"}, "repo:org/app:ref:refs/heads/feature/x"),
    ({"ref": "refs/tags/v1.2.3"}, "repo:org/app:ref:refs/tags/v1.2.3"),
    (PULL_REQUEST, "repo:org/app:pull_request"),
    ({"event_name": "pull_request_target"}, "repo:org/app:ref:refs/heads/main"),
    ({"environment": "prod"}, "repo:org/app:environment:prod"),
    ({**PULL_REQUEST, "environment": "dev"}, "repo:org/app:environment:dev"),
    ({"environment": "a:ref:b"}, "repo:org/app:environment:a%3Aref%3Ab"),
    ({"immutable_sub": True, **IDS}, "repo:org@7/app@42:ref:refs/heads/main"),
    ({"immutable_sub": True, **IDS, "environment": "prod"}, "repo:org@7/app@42:environment:prod"),
    ({"immutable_sub": True, **IDS, **PULL_REQUEST}, "repo:org@7/app@42:pull_request"),
    ({"immutable_sub": True, **IDS, "ref": "refs/tags/v1"}, "repo:org@7/app@42:ref:refs/tags/v1"),
    ({"event_name": "merge_group", "ref": QUEUE}, f"repo:org/app:ref:{QUEUE}"),
    ({"event_name": "schedule"}, "repo:org/app:ref:refs/heads/main"),
    ({"event_name": "release", "ref": "refs/tags/v1"}, "repo:org/app:ref:refs/tags/v1"),
]


@pytest.mark.parametrize(("job", "expected"), SUBJECTS)
def test_subject(job: dict[str, Any], expected: str) -> None:
    assert subject({**MAIN, **job}) == expected


def test_claims_say_what_the_job_is() -> None:
    made = claims(
        {**MAIN, **IDS, "environment": "prod", "actor": "octocat", "sha": "a" * 40}, "aud", 1000, "id"
    )
    wanted = {
        "iss": ISSUER,
        "aud": "aud",
        "iat": 1000,
        "exp": 1300,
        "repository": "org/app",
        "repository_owner": "org",
        "repository_id": "42",
        "environment": "prod",
        "ref_type": "branch",
        "sha": "a" * 40,
        "runner_environment": "self-hosted",
    }
    assert wanted.items() <= made.items()
    assert "environment" not in claims(MAIN, "aud", 1000, "id")


class Service:
    """A runner that is registered with GitHub, and its jobs."""

    def __init__(self, state: Path, issuer: Issuer) -> None:
        (state / "runners" / "peered").mkdir(parents=True)
        (state / "runners" / "peered" / "credential").write_text("runner-secret\n")
        self.issuer = issuer
        self.app = ServiceApp(issuer, Jobs(), state)

    def send(self, method: str, url: str, token: str, body: Any = None) -> Response:
        path, _, query = url.removeprefix(f"https://{SERVICE_HOST}").partition("?")
        headers = {"authorization": f"bearer {token}", "host": SERVICE_HOST}
        data = json.dumps(body).encode() if body is not None else b""
        return self.app.answer(Request(method, path, query, headers, data, ""))

    def start(self, **job: Any) -> dict[str, str]:
        answer = self.send("POST", "/_service/jobs", "runner-secret", {**MAIN, **job})
        assert answer.status == 201
        started: dict[str, str] = json.loads(answer.body)
        return started


@pytest.fixture
def service(tmp_path: Path, issuer: Issuer) -> Service:
    return Service(tmp_path, issuer)


def test_a_job_gets_tokens_for_the_audience_that_it_names(service: Service) -> None:
    job = service.start(environment="prod")
    url, token = job["id_token_request_url"], job["id_token_request_token"]
    assert "?api-version=2.0" in url
    answer = json.loads(service.send("GET", f"{url}&audience=sts.amazonaws.com", token).body)
    key = jwt.PyJWK(service.issuer.key_set()["keys"][0])
    decoded = jwt.decode(
        answer["value"], key, algorithms=["RS256"], audience="sts.amazonaws.com", issuer=ISSUER
    )
    assert decoded["sub"] == "repo:org/app:environment:prod"
    assert decoded["exp"] - decoded["iat"] == 300
    default = json.loads(service.send("GET", url, token).body)["value"]
    assert jwt.decode(default, options={"verify_signature": False})["aud"] == "https://github.com/org"


def test_tokens_end_with_the_job(service: Service) -> None:
    job = service.start()
    url, token = job["id_token_request_url"], job["id_token_request_token"]
    assert service.send("DELETE", f"/_service/jobs/{job['id']}", "runner-secret").status == 204
    assert service.send("GET", url, token).status == 401
    assert service.send("DELETE", f"/_service/jobs/{job['id']}", "runner-secret").status == 404


def test_a_job_asks_for_its_own_token_only(service: Service) -> None:
    one, other = service.start(), service.start()
    assert service.send("GET", one["id_token_request_url"], other["id_token_request_token"]).status == 401
    assert service.send("GET", one["id_token_request_url"], "").status == 401


@pytest.mark.parametrize("credential", ["", "runner-secre", "something"])
def test_only_a_registered_runner_starts_jobs(service: Service, credential: str) -> None:
    assert service.send("POST", "/_service/jobs", credential, MAIN).status == 401


@pytest.mark.parametrize("body", [[], {}, {"repository": "app", "ref": "x"}, {"repository": "org/app"}])
def test_a_job_without_repository_and_ref_is_refused(service: Service, body: Any) -> None:
    assert service.send("POST", "/_service/jobs", "runner-secret", body).status == 400
