from typing import Any

import pytest

from eks_deploy.advice import advice
from eks_deploy.pod_failures import AT_ONCE, LATER, SOON, failures, missing, well
from eks_deploy.verdict import Faults, doomed, ready_by_starting


def pod(*statuses: dict[str, Any], name: str = "web-1", **status: Any) -> dict[str, Any]:
    containers = [{"name": f"c{i}", "ready": False, "restartCount": 0, **s} for i, s in enumerate(statuses)]
    return {"metadata": {"name": name, "uid": name}, "status": {"containerStatuses": containers, **status}}


def waiting(reason: str, message: str = "", **more: Any) -> dict[str, Any]:
    return {"state": {"waiting": {"reason": reason, "message": message}}, **more}


@pytest.mark.parametrize(
    ("reason", "message", "after"),
    [
        ("CrashLoopBackOff", "back-off 10s", AT_ONCE),
        ("InvalidImageName", "", AT_ONCE),
        ("ErrImageNeverPull", "", AT_ONCE),
        ("ErrImagePull", "docker.io/library/app:1: not found", AT_ONCE),
        ("ErrImagePull", "pull access denied", AT_ONCE),
        ("ErrImagePull", "unexpected status from HEAD request: 403 Forbidden", AT_ONCE),
        ("ImagePullBackOff", 'Back-off pulling image "app": ErrImagePull: not found', AT_ONCE),
        ("ErrImagePull", "x509: certificate signed by unknown authority", AT_ONCE),
        ("ErrImagePull", "dial tcp: i/o timeout", LATER),
        ("ImagePullBackOff", 'Back-off pulling image "app"', LATER),
        ("CreateContainerConfigError", 'secret "x" not found', SOON),
        ("CreateContainerError", "context deadline exceeded", SOON),
        ("RunContainerError", "exec: not found", SOON),
    ],
)
def test_what_waiting_will_not_cure(reason: str, message: str, after: float) -> None:
    (failure,) = failures(pod(waiting(reason, message)))
    assert (failure.reason, failure.after, failure.container) == (reason, after, "c0")


@pytest.mark.parametrize(
    "status",
    [
        waiting("ContainerCreating"),
        waiting("PodInitializing"),
        waiting("CreateContainerConfigError", "failed to sync secret cache: timed out"),
        {"state": {"running": {}}},
        {},
    ],
)
def test_what_may_still_become_good(status: dict[str, Any]) -> None:
    assert failures(pod(status)) == []


def test_an_init_container_counts_like_any_other() -> None:
    found = failures(pod(initContainerStatuses=[{"name": "init", **waiting("CrashLoopBackOff")}]))
    assert [f.container for f in found] == ["init"]


def test_a_crash_loop_tells_how_the_last_run_ended() -> None:
    last = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    (failure,) = failures(pod(waiting("CrashLoopBackOff", lastState=last, restartCount=3)))
    assert failure.text == "container c0 of web-1: CrashLoopBackOff: exit code 137 (OOMKilled), 3 restarts"
    assert "memory" in advice(failure)


def test_the_pods_of_a_job_may_crash_but_not_lack_their_image() -> None:
    crash, image = waiting("CrashLoopBackOff"), waiting("ErrImagePull", "not found")
    assert [f.reason for f in failures(pod(crash, image), restarts_count=False)] == ["ErrImagePull"]
    assert failures(pod(phase="Failed"), restarts_count=False) == []


@pytest.mark.parametrize(("reason", "count"), [("Evicted", 0), ("Preempting", 0), ("", 1), ("OutOfcpu", 1)])
def test_a_pod_that_was_moved_did_not_fail(reason: str, count: int) -> None:
    assert len(failures(pod(phase="Failed", reason=reason))) == count


@pytest.mark.parametrize(
    ("reason", "message", "says"),
    [
        ("ErrImagePull", "app:1: not found", "was it pushed"),
        ("ErrImagePull", "403 Forbidden", "The node may not pull it"),
        ("ErrImagePull", "[manifests 1]: 401 Unauthorized", "needs ecr:GetAuthorizationToken"),
        ("ErrImagePull", "no match for platform in manifest", "architecture"),
        ("CreateContainerConfigError", 'secret "x" not found', "Create it in this namespace"),
        ("CreateContainerConfigError", "container has runAsNonRoot", ""),
        ("CrashLoopBackOff", "exit code 127 (Error), 1 restarts", "command"),
        ("CrashLoopBackOff", "exit code 1 (Error), 1 restarts", "last log lines"),
    ],
)
def test_the_usual_cause(reason: str, message: str, says: str) -> None:
    (failure,) = failures(pod(waiting(reason, message)))
    assert says in advice(failure)
    assert bool(says) == bool(advice(failure))


def test_why_a_pod_is_not_ready_yet() -> None:
    unscheduled = [{"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}]
    assert missing(pod(conditions=unscheduled)) == "no node takes it: 0/3 nodes are available"
    assert missing(pod(waiting("ContainerCreating"))) == "container c0: ContainerCreating"
    assert "readiness probe" in missing(pod({"state": {"running": {}}}))


def test_a_container_is_well_when_it_is_ready_or_done() -> None:
    done = {"state": {"terminated": {"exitCode": 0}}}
    assert [well(pod(s), "c0") for s in ({"ready": True}, done, waiting("X"))] == [True, True, False]
    assert not well(pod(), "gone")


def test_all_new_pods_of_a_deployment_must_be_doomed_and_any_of_the_others() -> None:
    bad, good = pod(waiting("CrashLoopBackOff"), name="bad"), pod({"ready": True}, name="good")
    found = Faults().of([bad, good], now=0.0, restarts_count=True)
    assert doomed("Deployment", found) == []
    assert [f.pod_name for f in doomed("StatefulSet", found)] == ["bad"]
    assert len(doomed("Deployment", Faults().of([bad], now=0.0, restarts_count=True))) == 1
    assert doomed("Deployment", {}) == []


def test_a_fault_that_may_heal_counts_only_after_a_while() -> None:
    faults, faulty = Faults(), [pod(waiting("CreateContainerConfigError", "no secret"))]
    counts = [len(faults.of(faulty, now=now, restarts_count=True)["web-1"]) for now in (0.0, 9.9, 10.0)]
    assert counts == [0, 0, 1]


def test_a_fault_that_healed_starts_anew() -> None:
    faults, faulty = Faults(), [pod(waiting("CreateContainerConfigError", "no secret"))]
    faults.of(faulty, now=0.0, restarts_count=True)
    faults.of([pod({"state": {"running": {}}})], now=5.0, restarts_count=True)
    assert faults.of(faulty, now=12.0, restarts_count=True) == {"web-1": []}


def test_a_crash_loop_is_remembered_between_two_crashes_until_the_container_is_ready() -> None:
    faults, running = Faults(), {"state": {"running": {}}}
    crashing = pod(waiting("CrashLoopBackOff"))

    def count(seen: dict[str, Any]) -> int:
        return len(faults.of([seen], now=0.0, restarts_count=True)["web-1"])

    seen = [crashing, pod(running), pod({**running, "ready": True}), pod(running)]
    assert [count(one) for one in seen] == [1, 1, 0, 0]


def test_pods_that_cannot_be_made_count_after_a_while() -> None:
    refused = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}
    workload = {"metadata": {"uid": "u"}, "status": {"conditions": [refused]}}
    faults = Faults()
    assert [faults.replicas(workload, now=now) for now in (0.0, 10.0)] == ["", "exceeded quota"]
    assert faults.replicas({"metadata": {"uid": "u"}}, now=11.0) == ""
    assert faults.replicas(workload, now=12.0) == ""


def test_without_a_readiness_probe_a_pod_is_ready_by_starting() -> None:
    def deployment(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
        template = {"spec": {"containers": list(containers)}}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": template, **spec}}

    probed = {"readinessProbe": {"httpGet": {}}}
    assert ready_by_starting(deployment({}))
    assert ready_by_starting(deployment(probed, {}))
    assert not ready_by_starting(deployment(probed))
    assert not ready_by_starting(deployment({}, replicas=0))
    assert not ready_by_starting({"apiVersion": "batch/v1", "kind": "Job", "spec": {}})
