"""ECR's refusals: which call, of whom, on what, and on which side the permission is missing."""

from botocore.exceptions import ClientError

from actionkit.aws import regions
from actionkit.aws.explain import DENIED, code, explain, message
from actionkit.aws.identity import Identity
from actionkit.errors import ActionError
from build_push.target import Repository

# The reasons at the end of AWS's messages.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_SIDES = (
    ("explicit deny in a service control policy", "A service control policy of the organisation denies it."),
    ("no service control policy allows", "No service control policy of the organisation allows it."),
    ("explicit deny in a resource-based policy", "The repository's policy denies it."),
    ("explicit deny in a VPC endpoint policy", "The policy of ECR's VPC endpoint denies it."),
    ("no VPC endpoint policy allows", "The policy of ECR's VPC endpoint doesn't allow it."),
    ("explicit deny", "A policy of the caller denies it explicitly."),
    ("no permissions boundary allows", "The permissions boundary of the caller's role doesn't allow it."),
    ("no session policy allows", "The session's policy doesn't allow it."),
)


class Denied(ActionError):
    """A permission is missing."""


def of(error: ClientError, identity: Identity, repository: Repository | None) -> ActionError:
    """`error` for people. The call was about `repository`, or about no resource in particular."""
    if code(error) == "RepositoryNotFoundException" and repository:
        return missing(repository, identity.account)
    if code(error) in DENIED:
        return _denied(error, identity, repository)
    doing = f"calling ecr:{error.operation_name}" + (f" for {repository.uri}" if repository else "")
    return explain(error, doing=doing, identity=identity)


def missing(repository: Repository, account: str) -> ActionError:
    """A repository that isn't there, with the command that makes it."""
    host = repository.host
    hint = (
        "ECR makes no repository on push. Create it:\n"
        f"    aws ecr create-repository --region {host.region} --repository-name {repository.name}\n"
        "or correct the tag."
    )
    if account != host.account:
        hint += f" That is for credentials of account {host.account}; this job's are account {account}'s."
    return ActionError(
        "The repository doesn't exist",
        f"There is no repository `{repository.name}` in the registry of account {host.account} in "
        f"{host.region}.",
        hint,
    )


def _denied(error: ClientError, identity: Identity, repository: Repository | None) -> Denied:
    action = f"ecr:{error.operation_name}"
    return Denied(
        "ECR denied the call",
        f"{identity.arn} is not allowed {action} on {_arn(repository) if repository else '`*`'}.",
        side(message(error), identity.account, action, repository),
    )


def side(said: str, account: str, action: str, repository: Repository | None) -> str:
    """Where to allow `action`: by AWS's own words if it gives the reason, else by whose the repository is."""
    for words, meaning in _SIDES:
        if words in said:
            return meaning
    where = f'"{action}" in a policy of the role'
    if repository and repository.host.account != account:
        return (
            f"The repository is account {repository.host.account}'s and the caller is account "
            f"{account}'s, so both "
            f"must allow it: {where}, and the repository's policy. If the accounts should be the same, "
            f"the tag or "
            "the role is the wrong one."
        )
    wrong = " If the repository's name is wrong, correct the tag." if repository else ""
    return f"Allow {where}: build-push's README has the whole policy.{wrong}"


def _arn(repository: Repository) -> str:
    host = repository.host
    return (
        f"arn:{regions.partition(host.region)}:ecr:{host.region}:{host.account}:repository/{repository.name}"
    )
