"""Clusters, broken and mended: what curl on a runner's machine sees of it, and the cluster itself."""

import json
import re
import secrets
from contextlib import suppress
from http.client import HTTPException
from typing import Any

import pytest

from testbed.bed import Bed, eventually
from testbed.faults.active import struck

from .fault_clients import Curl

CONFIG_MAPS = "/api/v1/namespaces/{}/configmaps"
COULD_NOT_CONNECT, TIMED_OUT, STREAM_BROKEN = 7, 28, 92


@pytest.fixture
def curl(bed: Bed) -> Curl:
    del bed
    return Curl()


def config_map() -> list[str]:
    body = {"metadata": {"name": f"fault-{secrets.token_hex(4)}"}}
    return ["--json", json.dumps(body)]


def test_a_busy_api_server_says_when_to_come_back(curl: Curl) -> None:
    def ask(group: str) -> Any:
        who = ["--header", "Impersonate-User: someone", "--header", f"Impersonate-Group: {group}"]
        return curl.kubernetes("dev", "/api/v1/namespaces/default/pods", "--include", *who)

    with struck("api-server-busy", group="deployers"):
        for _ in range(3):
            seen = ask("deployers")
            # The seconds grow with what is refused: apiserver, dropped_requests_tracker.go.
            assert seen.status == 429, seen.body
            assert re.search(r"^retry-after: [1-9]\d*\s*$", seen.body, re.IGNORECASE | re.MULTILINE), (
                seen.body
            )
        assert "Too many requests, please try again later." in seen.body
        assert ask("others").status == 403
        assert curl.kubernetes("dev", "/api/v1/namespaces/default/pods").status == 200
    assert ask("deployers").status == 200


def test_a_silent_etcd_lets_requests_run_out_of_time(curl: Curl) -> None:
    path = CONFIG_MAPS.format("default") + "/nothing"

    def refused() -> bool:
        """504; or, if the time is over in the middle of the answer, a stream that is broken off."""
        seen = curl.kubernetes("dev", f"{path}?timeout=1s")
        assert (seen.status, seen.exit_status) in [(504, 0), (0, STREAM_BROKEN)], (seen.said, seen.body)
        return "Timeout" in seen.body

    with struck("etcd-silent"):
        eventually(refused)
        assert curl.kubernetes("dev", path, seconds=1).exit_status == TIMED_OUT
        assert curl.kubernetes("prod", path).status == 404
    assert curl.kubernetes("dev", path).status == 404


def test_a_slow_etcd_makes_the_api_server_slow(curl: Curl) -> None:
    def seconds() -> float:
        path = CONFIG_MAPS.format("default") + "/nothing"
        return max(float(curl.kubernetes("dev", path).facts["time_starttransfer"]) for _ in range(4))

    with struck("etcd-slow", pause="1", run="0.05"):
        assert 0.5 < seconds() < 5
    assert seconds() < 0.5


@pytest.mark.parametrize(
    ("kind", "backend", "said"),
    [
        ("validating", "none", 'no endpoints available for service "policy"'),
        ("mutating", "silent", "context deadline exceeded"),
    ],
)
def test_objects_are_refused_while_a_webhook_is_down(
    curl: Curl, namespace: str, kind: str, backend: str, said: str
) -> None:
    path = CONFIG_MAPS.format(namespace)
    with struck("webhook-down", kind=kind, namespace=namespace, backend=backend, timeout="1"):
        seen = curl.kubernetes("dev", path, *config_map())
        assert seen.status == 500
        message = json.loads(seen.body)["message"]
        assert 'failed calling webhook "policy.testbed.example": failed to call webhook: ' in message
        assert said in message
        assert (
            curl.kubernetes("dev", CONFIG_MAPS.format("default") + "?dryRun=All", *config_map()).status == 201
        )
    assert curl.kubernetes("dev", path, *config_map()).status == 201


def test_an_api_group_without_a_backend_is_unavailable(curl: Curl) -> None:
    path = "/apis/metrics.k8s.io/v1beta1"
    with struck("api-group-down"):
        seen = curl.kubernetes("dev", path)
        assert (seen.status, seen.body.strip()) == (503, "service unavailable")
        assert "metrics.k8s.io" in curl.kubernetes("dev", "/apis").body
    assert curl.kubernetes("dev", path).status == 404


def test_a_stopped_api_server_refuses_connections(curl: Curl) -> None:
    with struck("api-server-stopped"):
        assert curl.kubernetes("dev", "/version").exit_status == COULD_NOT_CONNECT
        assert curl.kubernetes("prod", "/version").status == 200
    assert curl.kubernetes("dev", "/version").status == 200


def test_a_restarted_api_server_breaks_what_is_open_and_comes_back_by_itself(bed: Bed, curl: Curl) -> None:
    watch = bed.api("dev").connection()
    watch.request("GET", "/api/v1/namespaces/default/configmaps?watch=true&resourceVersion=0")
    answer = watch.getresponse()
    with struck("api-server-restarted"):
        with suppress(OSError, HTTPException):
            answer.read()
        watch.close()
        eventually(lambda: curl.kubernetes("dev", "/readyz").status == 200, 30)


def test_a_silent_nodes_pods_are_soon_not_ready_and_it_comes_back(bed: Bed) -> None:
    api = bed.api("dev")

    def ready() -> str:
        conditions = api.get(f"/api/v1/nodes/{api.node}")["status"]["conditions"]
        return next(str(each["status"]) for each in conditions if each["type"] == "Ready")

    eventually(lambda: ready() == "True")
    with struck("node-silent"):
        eventually(lambda: ready() == "Unknown", 30)
        assert "node.kubernetes.io/unreachable" in str(eventually(lambda: taints(bed), 5))
    assert ready() == "True"


def taints(bed: Bed) -> Any:
    api = bed.api("dev")
    return api.get(f"/api/v1/nodes/{api.node}")["spec"].get("taints")


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("node-late", {}, "no nodes available to schedule pods"),
        (
            "node-tainted",
            {"taint": "dedicated=gpu:NoSchedule"},
            "0/1 nodes are available: 1 node(s) had untolerated taint",
        ),
    ],
)
def test_pods_wait_for_a_node_that_takes_them(
    bed: Bed, namespace: str, name: str, given: dict[str, str], why: str
) -> None:
    api, pods = bed.api("dev"), f"/api/v1/namespaces/{namespace}/pods"

    def phase() -> str:
        return str(api.get(f"{pods}/waiting")["status"]["phase"])

    with struck(name, **given):
        eventually(lambda: api.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/default"))
        container = {"name": "main", "image": "busybox:1.37", "command": ["sleep", "600"]}
        api.create(pods, {"metadata": {"name": "waiting"}, "spec": {"containers": [container]}})
        eventually(lambda: why in str(api.get(f"/api/v1/namespaces/{namespace}/events")), 10)
        assert phase() == "Pending"
    eventually(lambda: phase() == "Running", 30)
