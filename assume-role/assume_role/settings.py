"""This action's inputs: those that get credentials, and those that say where these go."""

from collections.abc import Mapping
from dataclasses import dataclass

from actionkit.aws import settings as credentials
from actionkit.aws.settings import CredentialSettings
from actionkit.inputs import Reader

INPUTS = credentials.INPUTS | {
    "action-timeout-s",
    "output-credentials",
    "output-env-credentials",
    "unset-current-credentials",
}
# Variables that configure-aws-credentials reads where the input is empty, but for region and proxies.
VARIABLES = {
    name: name.upper().replace("-", "_")
    for name in (
        "disable-retry",
        "inline-session-policy",
        "managed-session-policies",
        "mask-aws-account-id",
        "output-credentials",
        "retry-max-attempts",
        "role-chaining",
        "role-duration-seconds",
        "role-external-id",
        "role-session-name",
        "role-skip-session-tagging",
        "role-to-assume",
        "special-characters-workaround",
        "transitive-tag-keys",
        "unset-current-credentials",
        "use-existing-credentials",
        "web-identity-token-file",
    )
}
# Inputs of aws-actions/configure-aws-credentials that change nothing about who one becomes.
FORMER = {
    "translate-env-variables": "They are read where the input is empty.",
}
# Those that move credentials: ignoring one would put them elsewhere than was asked for.
REFUSED = {
    "aws-profile": "Credentials go to the job's environment; profiles are not written.",
    "overwrite-aws-profile": "Profiles are not written.",
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """seconds: all that the step may take; 0 for no limit. to_environment, to_outputs: where the keys go.

    unset: what an earlier step exported is taken back.
    """

    credentials: CredentialSettings
    seconds: int
    to_environment: bool
    to_outputs: bool
    unset: bool


def read(reader: Reader) -> Settings:
    return Settings(
        credentials=credentials.read(reader),
        seconds=reader.integer("action-timeout-s", 0, 86400, default=0),
        to_environment=reader.boolean("output-env-credentials", default=True),
        to_outputs=reader.boolean("output-credentials", default=False),
        unset=reader.boolean("unset-current-credentials", default=False),
    )


def with_variables(inputs: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """The inputs, those that are empty from the environment."""
    given = {name: environ[variable] for name, variable in VARIABLES.items() if environ.get(variable)}
    return {**inputs, **{name: value for name, value in given.items() if not inputs.get(name)}}
