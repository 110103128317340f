"""What is settled before AWS is asked, and again with its answer."""

from actionkit.aws import regions
from actionkit.aws.settings import CredentialSettings
from actionkit.errors import ActionError
from actionkit.runner import Runner


def settle_region(settings: CredentialSettings, runner: Runner) -> str:
    """The input's region, or the environment's; ActionError where it, or a role in it, can't be right."""
    region = settings.aws_region or next(
        (v for n in ("AWS_REGION", "AWS_DEFAULT_REGION") if (v := runner.environ.get(n, ""))), ""
    )
    if not region:
        raise ActionError(
            "No AWS region",
            "`aws-region` is empty, and so is AWS_REGION of the environment.",
            "Give `aws-region`, or run assume-role earlier in the job.",
        )
    if wrong := regions.problem(region, settings.roles):
        raise ActionError("Wrong AWS region", f"The region {wrong[0]}.", wrong[1])
    if not regions.is_known(region):
        near = regions.nearest(region)
        runner.warning(
            f"`{region}` is not among the regions this release knows."
            + (f" Perhaps you meant `{near}`." if near else ""),
            title="Unknown AWS region",
        )
    return region


def require_allowed(settings: CredentialSettings, account: str) -> None:
    """ActionError where `allowed-account-ids` is given and lacks the account."""
    allowed = settings.allowed_account_ids
    if allowed and account not in allowed:
        raise ActionError(
            "Wrong AWS account",
            f"The credentials would be for account {account}, and `allowed-account-ids` allows "
            f"{', '.join(allowed)}. Nothing was exported.",
            "Correct the role's ARN, the runner that the job is on, or the list.",
        )
