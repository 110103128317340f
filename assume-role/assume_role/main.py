"""inputs → credentials, confirmed → environment, outputs, summary; nothing exported before all is known."""

from actionkit.aws.obtain import obtain
from actionkit.inputs import Reader
from actionkit.retry import Clock, SystemClock
from actionkit.runner import Runner
from actionkit.time_limit import time_limit
from assume_role import result
from assume_role.settings import FORMER, INPUTS, REFUSED, read, with_variables


def main(runner: Runner) -> None:
    assume(runner, SystemClock())


def assume(runner: Runner, clock: Clock) -> None:
    """The whole action, on a clock."""
    reader = Reader(with_variables(runner.inputs, runner.environ), INPUTS, FORMER, refused=REFUSED)
    settings = read(reader)
    reader.finish()
    for warning in reader.warnings:
        runner.warning(warning, title="Input without effect")
    environ = {
        name: value for name, value in runner.environ.items() if not (settings.unset and name in result.KEYS)
    }
    with time_limit(settings.seconds, "action-timeout-s"):
        identity = obtain(settings.credentials, runner, clock, environ=environ)
    if not identity.found and settings.to_environment and runner.environ.get("AWS_PROFILE"):
        runner.warning(
            f"AWS_PROFILE is set to `{runner.environ['AWS_PROFILE']}` in this job, and some tools prefer a "
            "profile to the credentials that this step exports.",
            title="AWS_PROFILE competes",
        )
    for name, value in result.variables(identity, settings).items():
        runner.export(name, value)
    for name, value in result.outputs(identity, clock.utc(), settings).items():
        runner.set_output(name, value)
    runner.append_summary(result.summary(identity, clock.utc()))
