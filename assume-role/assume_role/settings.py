"""This action's inputs: those that get credentials, and those that say where these go."""

from collections.abc import Mapping
from dataclasses import dataclass

from actionkit.aws import settings as credentials
from actionkit.aws.settings import CredentialSettings
from actionkit.inputs import Reader
from assume_role import profiles

INPUTS = credentials.INPUTS | {
    "action-timeout-s",
    "aws-profile",
    "mode",
    "output-credentials",
    "output-env-credentials",
    "overwrite-aws-profile",
    "profile-location",
    "profile-refresh",
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
        "overwrite-aws-profile",
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
ASSUME = "assume"
CLEAR = "clear"
# What would end the name, or begin something else, in AWS's files.
PROFILE = r"[^\s\[\]/\\\"'#;]{1,128}"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """mode: ASSUME or CLEAR. seconds: all that the step may take; 0 for no limit.

    profile: the one to write, if any. to_environment, to_outputs: where the keys go besides.
    unset: what an earlier step exported is taken back.
    """

    credentials: CredentialSettings
    mode: str
    seconds: int
    profile: profiles.Wanted | None
    to_environment: bool
    to_outputs: bool
    unset: bool


def read(reader: Reader) -> Settings:
    name = reader.matching("aws-profile", PROFILE, "a name without spaces, quotes, brackets and slashes")
    wanted = profiles.Wanted(
        name=name,
        location=reader.choice("profile-location", (profiles.JOB, profiles.HOME), default=profiles.JOB),
        overwrite=reader.boolean("overwrite-aws-profile", default=False),
        refresh=reader.boolean("profile-refresh", default=False),
    )
    if wanted.refresh and (not name or wanted.location == profiles.HOME):
        reader.problem(
            "profile-refresh",
            "is `true` without a profile of the job",
            "Give `aws-profile` a name, and leave `profile-location` at `job`.",
        )
    return Settings(
        mode=reader.choice("mode", (ASSUME, CLEAR), default=ASSUME),
        credentials=credentials.read(reader),
        profile=wanted if name else None,
        seconds=reader.integer("action-timeout-s", 0, 86400, default=0),
        to_environment=reader.boolean("output-env-credentials", default=not name),
        to_outputs=reader.boolean("output-credentials", default=False),
        unset=reader.boolean("unset-current-credentials", default=False),
    )


def with_variables(inputs: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """The inputs, those that are empty from the environment."""
    given = {name: environ[variable] for name, variable in VARIABLES.items() if environ.get(variable)}
    return {**inputs, **{name: value for name, value in given.items() if not inputs.get(name)}}
