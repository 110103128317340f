"""inputs → credentials, confirmed → environment, outputs, summary; nothing exported before all is known."""

from actionkit.aws.obtain import obtain
from actionkit.inputs import Reader
from actionkit.retry import Clock, SystemClock
from actionkit.runner import Runner
from actionkit.time_limit import time_limit
from assume_role import profiles, result, variables
from assume_role.settings import CLEAR, FORMER, INPUTS, Settings, read, with_variables


def main(runner: Runner) -> None:
    assume(runner, SystemClock())


def assume(runner: Runner, clock: Clock) -> None:
    """The whole action, on a clock."""
    inputs = with_variables(runner.inputs, runner.environ)
    reader = Reader(inputs, INPUTS, FORMER)
    settings = read(reader)
    reader.finish()
    for warning in reader.warnings:
        runner.warning(warning, title="Input without effect")
    if settings.mode == CLEAR:
        _clear(runner)
        return
    environ = {
        name: value for name, value in runner.environ.items() if not (settings.unset and name in result.KEYS)
    }
    place = None
    with time_limit(settings.seconds, "action-timeout-s"):
        identity = obtain(settings.credentials, runner, clock, environ=environ)
        if settings.profile:
            place = profiles.write(identity, settings.profile, runner.environ, runner.temp, inputs)
        exported = result.variables(identity, settings, place)
        variables.remember(exported.keys() - result.REGIONS, runner.environ, runner.temp)
    _warn_of_rivals(runner, settings, exports_keys=settings.to_environment and not identity.found)
    runner.export(exported)
    for name, value in result.outputs(identity, clock.utc(), settings, place).items():
        runner.set_output(name, value)
    runner.append_summary(result.summary(identity, clock.utc()))


def _warn_of_rivals(runner: Runner, settings: Settings, *, exports_keys: bool) -> None:
    """Keys in the environment and a profile compete, and tools differ in which of them wins."""
    profile = runner.environ.get("AWS_PROFILE")
    if exports_keys and profile and not settings.profile:
        runner.warning(
            f"AWS_PROFILE is set to `{profile}` in this job, and some tools prefer a profile to the "
            "credentials that this step exports.",
            title="AWS_PROFILE competes",
        )
    keys_stay = runner.environ.get("AWS_ACCESS_KEY_ID") and not settings.unset
    if settings.profile and not exports_keys and keys_stay:
        runner.warning(
            "AWS_ACCESS_KEY_ID is set in this job, and AWS's own tools prefer it to the profile "
            f"`{settings.profile.name}` unless they are given `--profile`.",
            title="Keys in the environment compete",
        )


def _clear(runner: Runner) -> None:
    """Logs out: later steps find what was there before the first step of ours."""
    try:
        for file in profiles.clear(runner.temp):
            runner.info(f"Put back as it was: {file}")
    finally:
        # Whatever became of the files: the keys go.
        runner.export(variables.restored(runner.environ, runner.temp))
    runner.info("Later steps find no credentials of earlier ones.")
