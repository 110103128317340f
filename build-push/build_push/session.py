"""The job's identity in AWS for as long as a build takes."""

from dataclasses import replace
from datetime import timedelta

from actionkit.aws.identity import Identity
from actionkit.aws.obtain import obtain
from actionkit.aws.settings import CredentialSettings
from actionkit.retry import Clock
from actionkit.runner import Runner

_REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
_RENEWED_BEFORE = timedelta(minutes=5)


class Session:
    """Credentials, obtained when they are first needed and anew before they expire."""

    def __init__(self, settings: CredentialSettings, region: str, runner: Runner, clock: Clock) -> None:
        # Where neither the input nor the job names a region, the tags do.
        named = settings.aws_region or any(runner.environ.get(name) for name in _REGION_VARIABLES)
        self._settings = settings if named else replace(settings, aws_region=region)
        self._runner = runner
        self._clock = clock
        self._identity: Identity | None = None

    def __call__(self) -> Identity:
        identity = self._identity
        if identity is None or self._ends(identity):
            identity = self._identity = obtain(self._settings, self._runner, self._clock)
        return identity

    def _ends(self, identity: Identity) -> bool:
        end = identity.expiration
        return end is not None and end - self._clock.utc() < _RENEWED_BEFORE
