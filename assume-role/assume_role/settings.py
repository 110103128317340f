"""This action's inputs: those that get credentials, and nothing else yet."""

from actionkit.aws import settings as credentials
from actionkit.aws.settings import CredentialSettings
from actionkit.inputs import Reader

INPUTS = credentials.INPUTS

_NO_OUTPUT = "Credentials go to the job's environment only, never to outputs."
_ALWAYS = "Leave it out: here it is always so."
# Inputs of aws-actions/configure-aws-credentials that change nothing about who one becomes.
FORMER = {
    "action-timeout-s": "Every wait is bounded here; `timeout-minutes` of the step bounds the rest.",
    "disable-retry": "Only what can heal is tried again, for a minute at most.",
    "force-skip-oidc": "Without `role-to-assume` no OIDC token is asked for.",
    "http-proxy": "Set HTTPS_PROXY in the step's `env:`.",
    "mask-aws-account-id": "Account ids are not secret, and masking one drops every job output that "
    "contains it.",
    "no-proxy": "Set NO_PROXY in the step's `env:`.",
    "output-env-credentials": _ALWAYS,
    "retry-max-attempts": "Only what can heal is tried again, for a minute at most.",
    "role-skip-session-tagging": "No session tags are sent, so there are none to skip.",
    "special-characters-workaround": "Quote the variables where a tool can't take them.",
    "translate-env-variables": "Every input is given in `with:`.",
    "unset-current-credentials": "With a role, all that an earlier step exported is overwritten.",
    "use-existing-credentials": "Leave `role-to-assume` and `role-chain` empty to keep the credentials "
    "there are.",
}
# Those that narrow, name or move credentials: ignoring one would give something else than was asked for.
REFUSED = {
    "aws-access-key-id": "Long-lived keys are not taken. Give `role-to-assume` a role that trusts GitHub's "
    "OIDC provider.",
    "aws-profile": "Credentials go to the job's environment; profiles are not written.",
    "aws-secret-access-key": "Long-lived keys are not taken. Give `role-to-assume` a role that trusts "
    "GitHub's OIDC provider.",
    "aws-session-token": "Set AWS_ACCESS_KEY_ID and the others in the step's `env:`, and name the next "
    "role in `role-chain`.",
    "custom-tags": "Session tags are not sent; an OIDC session takes them from the token's claims only.",
    "inline-session-policy": "Give the role the narrower permissions.",
    "managed-session-policies": "Give the role the narrower permissions.",
    "output-credentials": _NO_OUTPUT,
    "role-chaining": "Leave `role-to-assume` empty and name the role in `role-chain`.",
    "role-external-id": "Write `ARN|external-id` in `role-chain`; OIDC takes no external id.",
    "sts-endpoint": "Set AWS_ENDPOINT_URL_STS in the step's `env:`.",
    "transitive-tag-keys": "Session tags are not sent.",
    "web-identity-token-file": "Set AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN in the step's `env:`.",
}


def read(reader: Reader) -> CredentialSettings:
    return credentials.read(reader)
