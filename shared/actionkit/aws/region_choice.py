"""The region, settled before AWS is asked."""

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
