"""No secret of a job turns up in a log, a summary, an output, a command line or a file left behind."""

import time

import pytest

from e2e import leaks
from e2e.support import App, Step, workflow
from testbed.runner_host.machine import Machine
from tools.demo import application

REGION = "ap-northeast-2"


@pytest.fixture
def machine() -> Machine:
    return Machine("peered")


def test_a_deploy_leaks_nothing(app: App, machine: Machine) -> None:
    app.edit("app.py", 'GREETING = "hello"', 'GREETING = "can you keep a secret?"')
    # Tracing makes everything slow, and prod's job does nothing that dev's doesn't.
    app.edit(application.WORKFLOW, "  deploy-prod:\n", "  deploy-prod:\n    if: false\n")
    began = time.time()
    with leaks.traced(machine) as arguments:
        result = app.push()
        assert result.conclusion == "success", "\n".join(job.log for job in result.jobs.values())
        trace = arguments()
    secrets = leaks.handed_out()
    assert len(secrets) > 10
    assert "buildx" in trace, "the trace saw no build"
    assert "entrypoint.py" in trace
    assert leaks.in_text({**leaks.shown(result), "command lines": trace}, secrets) == []
    assert leaks.in_files(secrets, machine, began) == set()


SEEDED = """
- run: echo "${AWS_SESSION_TOKEN}" > ~/left-behind
- run: /bin/true "${AWS_SECRET_ACCESS_KEY}"
"""


def test_a_seeded_leak_is_found(app: App, machine: Machine) -> None:
    """The search itself works: it names a leak into a file and one into a command line."""
    assume = Step(
        uses="org/assume-role@v1",
        inputs={"aws-region": REGION, "role-to-assume": "arn:aws:iam::222222222222:role/github-deploy"},
    )
    steps = "".join(f"      {line}\n" for line in SEEDED.strip().splitlines())
    app.write(".github/workflows/deploy.yml", workflow(assume, environment="dev") + steps)
    began = time.time()
    with leaks.traced(machine) as arguments:
        result = app.push()
        assert result.conclusion == "success", result.jobs["job"].log
        trace = arguments()
    secrets = leaks.handed_out()
    try:
        assert leaks.in_text({"command lines": trace}, secrets) == ["command lines"]
        assert [f for f in leaks.in_files(secrets, machine, began) if f.endswith("left-behind")]
        assert leaks.in_text(leaks.shown(result), secrets) == []
    finally:
        machine.run(["rm", "-f", "/home/runner/left-behind"])
