"""The run of the action, put together: settings → manifests → cluster → apply → report."""

from __future__ import annotations

from actionkit.errors import ActionError, Cancelled
from actionkit.inputs import Reader
from actionkit.retry import SystemClock
from actionkit.runner import Runner
from eks_deploy import settings as inputs
from eks_deploy.deploy import Run
from eks_deploy.load import load
from eks_deploy.report import Report
from eks_deploy.settings import Settings
from eks_deploy.sources import Places


def main(runner: Runner) -> None:
    reader = Reader(runner.inputs, inputs.INPUTS, inputs.FORMER)
    settings = inputs.read(reader)
    for text in reader.warnings:
        runner.warning(text)
    clock = SystemClock()
    manifests = load(settings, places(settings, runner))
    # botocore and kubernetes take half a second to import: a wrong input or manifest is told before that.
    from eks_deploy.connect import connect  # noqa: PLC0415

    connection = connect(settings, runner, clock)
    run = Run(
        api=connection.api,
        clock=clock,
        say=runner.info,
        namespace=settings.namespace,
        wait=settings.wait,
        timeout=settings.timeout,
    )
    report = Report(
        runner=runner,
        clock=clock,
        cluster=connection.cluster,
        caller=connection.identity.arn,
        version=connection.version,
        outcome=run.outcome,
    )
    try:
        with connection.explained():
            run.run(manifests)
    except ActionError:
        report.failed()
        raise
    except Cancelled:
        report.cancelled()
        raise
    report.succeeded()


def places(settings: Settings, runner: Runner) -> Places:
    """Where the runner's paths are in this container; the deeper ones first."""
    pairs = [
        (settings.host_temp, str(runner.temp)),
        (settings.host_workspace, str(runner.workspace)),
    ]
    known = [(outside, inside) for outside, inside in pairs if outside and outside != inside]
    known.sort(key=lambda pair: len(pair[0]), reverse=True)
    return Places(workspace=runner.workspace, mapped=tuple(known))
