"""A job's step of assume-role on the runner's machine, and roles of a test's own."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integration.assume_role.step import Step
from testbed import paths
from testbed.aws.control_client import ControlClient
from testbed.faults.active import struck
from testbed.runner_host.machine import Machine

JOB = {"repository": "org/app", "ref": "refs/heads/main"}
Starter = Callable[..., Step]


@pytest.fixture(scope="module")
def aws() -> ControlClient:
    return ControlClient(paths.state())


@pytest.fixture(scope="module")
def machine() -> Machine:
    machine = Machine("peered")
    Step.install(machine)
    return machine


@pytest.fixture
def job(machine: Machine, aws: ControlClient) -> Iterator[Starter]:
    """Starts a job: `job(environment="dev")` has an ID token, `job(None)` may not ask for one."""
    steps: list[Step] = []

    def start(claims: str | None = "", **more: Any) -> Step:
        github = None if claims is None else aws.post("/runner-jobs", **JOB, **more)
        steps.append(Step(machine, github))
        return steps[-1]

    yield start
    for step in steps:
        step.remove()


@pytest.fixture
def role(aws: ControlClient) -> Iterator[Callable[..., str]]:
    """Makes a role of this test's own; gives its ARN."""
    made: list[str] = []

    def make(account: str = "222222222222", **documents: Any) -> str:
        made.append(f"arn:aws:iam::{account}:role/it-{uuid.uuid4().hex[:12]}")
        aws.post(f"/roles/{made[-1]}", **documents)
        return made[-1]

    yield make
    for arn in made:
        aws.delete(f"/roles/{arn}")


@pytest.fixture
def slow_sts() -> Iterator[None]:
    with struck("aws-slow", operation="sts:AssumeRoleWithWebIdentity", delay="8", times="1"):
        yield
