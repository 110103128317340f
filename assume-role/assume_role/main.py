"""inputs → credentials, confirmed → environment, outputs, summary. Nothing is exported before all is "
"checked."""

from actionkit.aws.obtain import obtain
from actionkit.inputs import Reader
from actionkit.retry import Clock, SystemClock
from actionkit.runner import Runner
from assume_role import result
from assume_role.settings import FORMER, INPUTS, REFUSED, read


def main(runner: Runner) -> None:
    assume(runner, SystemClock())


def assume(runner: Runner, clock: Clock) -> None:
    """The whole action, on a clock."""
    reader = Reader(runner.inputs, INPUTS, FORMER, refused=REFUSED)
    settings = read(reader)
    reader.finish()
    for warning in reader.warnings:
        runner.warning(warning, title="Input without effect")
    identity = obtain(settings, runner, clock)
    assumed = bool(settings.roles)
    if assumed and runner.environ.get("AWS_PROFILE"):
        runner.warning(
            f"AWS_PROFILE is set to `{runner.environ['AWS_PROFILE']}` in this job, and some tools prefer a "
            "profile "
            "to the credentials that this step exports.",
            title="AWS_PROFILE competes",
        )
    for name, value in result.variables(identity, assumed=assumed).items():
        runner.export(name, value)
    for name, value in result.outputs(identity, clock.utc()).items():
        runner.set_output(name, value)
    runner.append_summary(result.summary(identity, clock.utc(), assumed=assumed))
