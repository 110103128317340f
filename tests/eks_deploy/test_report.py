import json
from typing import Any

from eks_deploy import eks
from eks_deploy.changes import Change
from eks_deploy.diagnosis import Diagnosis
from eks_deploy.discovery import Resource
from eks_deploy.manifest import Manifest
from eks_deploy.outcome import Outcome, failure
from eks_deploy.plan import Target
from eks_deploy.pod_failures import failures
from eks_deploy.readiness.state import current, failed
from eks_deploy.report import Report
from eks_deploy.running import RunningImage
from eks_deploy.wait import Watched
from fakes import FakeClock, FakeRunner

CLUSTER = eks.from_answer(
    {
        "name": "dev",
        "arn": "arn:aws:eks:eu-west-1:222222222222:cluster/dev",
        "endpoint": "https://x",
        "certificateAuthority": {"data": "Q0E="},
    }
)


def target(kind: str, name: str) -> Target:
    body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "web"}}
    resource = Resource(group="", version="v1", kind=kind, plural="things", namespaced=True)
    return Target(manifest=Manifest(body=body, file="a.yaml", line=4), resource=resource, new_kind=False)


def watched(one: Change, state: Any) -> Watched:
    return Watched(change=one, live=one.live, state=state)


def report(outcome: Outcome) -> tuple[Report, FakeRunner]:
    runner = FakeRunner()
    made = Report(
        runner=runner, clock=FakeClock(), cluster=CLUSTER, caller="arn:me", version="v1.35.4", outcome=outcome
    )
    return made, runner


CONFIG = Change(target=target("ConfigMap", "settings"), action="unchanged", live={"data": {"a": "hidden"}})
WEB = Change(target=target("Deployment", "web"), action="configured", live={})


def test_a_success_lists_objects_images_and_who_did_it() -> None:
    image = RunningImage(workload="Deployment web/web", container="c", image="app:1", digest="sha256:1")
    made, runner = report(
        Outcome(
            planned=[CONFIG.target, WEB.target],
            changes=[CONFIG, WEB],
            watched=[watched(CONFIG, current()), watched(WEB, current("2 of 2 ready"))],
            images=[image],
            notes=["its replicas are left alone"],
        )
    )
    made.succeeded()
    assert "✅ dev: 1 configured, 1 unchanged, all Current" in runner.summary
    assert "| <code>Deployment web/web</code> | ✏️ configured | Current: 2 of 2 ready |" in runner.summary
    assert "<code>sha256:1</code>" in runner.summary
    assert "<code>arn:me</code>" in runner.summary
    assert "replicas are left alone" in runner.summary
    assert "hidden" not in runner.summary + runner.log
    assert runner.outputs["result"] == "Current"
    assert runner.outputs["changed"] == "true"
    assert json.loads(runner.outputs["changes-json"])[1] == {
        "apiVersion": "v1",
        "kind": "Deployment",
        "namespace": "web",
        "name": "web",
        "action": "configured",
    }
    assert json.loads(runner.outputs["running-images"])[0]["digest"] == "sha256:1"


def test_a_run_that_did_not_wait_says_so() -> None:
    made, runner = report(Outcome(planned=[CONFIG.target], changes=[CONFIG]))
    made.succeeded()
    assert runner.outputs["result"] == "InProgress"
    assert "not waited for" in runner.summary


def test_a_failure_shows_reasons_events_and_logs_once_in_log_and_summary() -> None:
    log = "::error::not a command of ours"
    diagnosis = Diagnosis(
        label="Deployment web/web",
        what="CrashLoopBackOff",
        reasons=["why"],
        events=["BackOff"],
        logs={"Log": log},
    )
    made, runner = report(
        Outcome(
            planned=[WEB.target, CONFIG.target],
            changes=[WEB],
            watched=[watched(WEB, failed("doomed"))],
            diagnoses=[diagnosis],
        )
    )
    made.failed()
    assert (runner.outputs["result"], runner.outputs["failed-objects"]) == ("Failed", "Deployment web/web")
    assert "| <code>ConfigMap web/settings</code> | not applied |  |" in runner.summary
    assert log in runner.summary
    assert log in runner.log
    assert runner.annotations == []


def test_a_deadline_is_no_failure_yet() -> None:
    made, runner = report(Outcome(changes=[WEB], deadline_reached=True))
    made.failed()
    assert runner.outputs["result"] == "InProgress"


def test_a_cancelled_run_tells_what_is_done_and_what_is_not() -> None:
    made, runner = report(Outcome(planned=[WEB.target, CONFIG.target], changes=[WEB]))
    made.cancelled()
    assert "Applied: 1 configured." in runner.log
    assert "Not applied: ConfigMap web/settings." in runner.log
    assert runner.outputs["result"] == "Unknown"


def test_the_error_has_the_cause_and_the_place_of_the_manifest() -> None:
    waiting = {"waiting": {"reason": "ErrImagePull", "message": "app:1: not found"}}
    pod = {"metadata": {"name": "web-1"}, "status": {"containerStatuses": [{"name": "c", "state": waiting}]}}
    bad = watched(WEB, failed("container c: ErrImagePull"))
    bad.failures = failures(pod)
    error = failure([bad], [bad], 3.0)
    assert (error.file, error.line) == ("a.yaml", 4)
    assert "was it pushed" in error.hint
    assert "Nothing is rolled back" in error.hint


def test_the_deadline_error_lists_what_is_missing() -> None:
    error = failure([], [watched(WEB, failed("1 of 2 pods are ready"))], 600.0)
    assert error.title == "Not ready in time"
    assert "After 600 s" in error.message
    assert "Deployment web/web: 1 of 2 pods are ready" in error.message
